import Documents
import OrderedCollections
import Primitives
import RehearsalMap
import SiteDesign
import TestSupport
import YAML

extension FuzzReader {
    /// Documents from their stream to what is made of them, and what machines and simulators read.
    static let documents: [FuzzReader] = [
        FuzzReader(
            "documents", share: 4, corpus: ["etc/examples/site", "Tests/DocumentsTests"], seeds: [linked],
            words: [
                "---\n", "schema: ", "metadata:\n", "name: ", "layer: site", "abstract: true", "parentSelector: {a: b}",
                "actions:\n  - {method: merge, path: .}", "method: replace", "method: delete", "path: .a[0].b",
                "path: $..a", "path: .a[9999999999]", "substitutions:\n", "recurse: {depth: -1}", "pattern: '('",
                "replacement: true", "storagePolicy: encrypted", "data: ", "labels: ", "dest: {path: .}",
            ], form: .yaml
        ) { bytes in
            let stored = try Self.stored(bytes)
            let rendered = try DocumentEngine.render(stored, sizeLimit: 1 << 20)
            for document in rendered.prefix(3) {
                _ = try? DocumentEngine.explain(
                    stored, identity: document.identity, path: ".a.b[0]", sizeLimit: 1 << 20)
            }
            _ = DocumentDifference.between(rendered, Array(rendered.dropFirst()))
            let schemas = stored.filter { $0.schema.hasPrefix("deckhand/DataSchema") }
            try DocumentEngine.validate(rendered, latestSchemas: schemas, cache: DataSchemaCache())
        },
        FuzzReader(
            "site", share: 1, corpus: ["Tests/SiteDesignTests"], seeds: [Array(sites.prefix(60 << 10))],
            words: [
                "vlan: '4096'", "cidr: 10.0.0.0/33", "address: 255.255.255.255", "start: 0.0.0.0", "size: '100%'",
                "size: '>1g'", "size: 99999999999999999999t", "permissions: '777'", "mtu: 99999999999999999999",
                "metric: '-1'", "num: 65536", "vf_count: 1e9", "host_profile: a", "hugepages: {a: {size: 1, count: 1}}",
            ], sizeLimit: 64 << 10, form: .yaml
        ) { bytes in
            let documents = try YAML.load(bytes).compactMap { DesignDocument($0) }
            let design = SiteDesign.compile(documents, outOfBandTypes: OutOfBandTypes(["ipmi", "manual"]))
            _ = DesignPlan(from: design.draft, to: design.draft)
            for node in design.draft.nodes.prefix(3) {
                _ = NodeDescription(node, in: design.draft).value
                _ = try? InstallPlanBuilder(site: design.draft, node: node).plan()
            }
        },
        FuzzReader(
            "inventory", share: 6, seeds: [lshw, lshwOfOne],
            words: [
                "<node id=\"a\" class=\"network\">", "</node>", "<businfo>pci@0000:00:03.0</businfo>", "<logicalname>",
                "<![CDATA[", "]]>", "<!--", "-->", "&#x10ffff;", "&#xd800;", "&lt;", "/>", "'", "\"", "<?xml", "?>",
            ]
        ) { bytes in
            _ = try HardwareInventory(lshw: bytes)
        },
        FuzzReader(
            "filter", corpus: ["Tests/SiteDesignTests/NodeFilterTests.swift"], seeds: [nodeFilter],
            words: [
                "\"filter_set_type\":", "\"union\"", "\"intersection\"", "\"node_names\":", "\"node_labels\":", "[",
                "]", "{", "}",
            ], form: .json
        ) { bytes in _ = try NodeFilter(Value(json: bytes)) },
        FuzzReader(
            "rehearsal-map", seeds: [Array(#"{"bmc": {"10.0.0.1": "127.0.0.1:623"}, "hosts": {}}"#.utf8)], form: .json
        ) { bytes in _ = try RehearsalMap(Value(json: bytes))
        },
    ]

    /// The documents of a stream that have their shape, one of each name, with a layering policy at all events: what is
    /// refused for the lack of one reaches neither layering nor substitution.
    private static func stored(_ bytes: [UInt8]) throws -> [StoredDocument] {
        var documents: OrderedDictionary<DocumentIdentity, StoredDocument> = [:]
        for document in try YAML.load(bytes).prefix(200) + [policy] {
            guard let draft = try? DocumentDraft(document), documents[draft.identity] == nil,
                !(draft.identity.schema.hasPrefix(DocumentKind.layeringPolicy)
                    && documents.keys.contains { $0.schema.hasPrefix(DocumentKind.layeringPolicy) })
            else { continue }
            documents[draft.identity] = StoredDocument(
                id: documents.count, bucket: "b", revision: 1, identity: draft.identity, metadata: draft.metadata,
                data: draft.data)
        }
        return Array(documents.values)
    }

    private static let policy: Value = [
        "schema": "deckhand/LayeringPolicy/v1", "metadata": ["schema": "metadata/Control/v1", "name": "fallback"],
        "data": ["layerOrder": ["global", "type", "site", "a", "b"]],
    ]

    /// A layered pair with a substitution and a replacement, which most mutations of the example site break.
    private static let linked = Array(
        """
        ---
        {schema: deckhand/LayeringPolicy/v1, metadata: {schema: metadata/Control/v1, name: p}, data: {layerOrder: [a, b]}}
        ---
        schema: x/Y/v1
        metadata: {schema: metadata/Document/v1, name: one, storagePolicy: cleartext, labels: {k: v}, layeringDefinition: {layer: a, abstract: false}}
        data: {a: {b: [1, {c: d}]}, s: 'FIND me'}
        ---
        schema: x/Y/v1
        metadata:
          schema: metadata/Document/v1
          name: two
          storagePolicy: cleartext
          layeringDefinition: {layer: b, parentSelector: {k: v}, actions: [{method: merge, path: .}]}
          substitutions: [{src: {schema: x/Y/v1, name: one, path: .a.b}, dest: {path: '.s', pattern: FIND}}]
        data: {a: {c: 1}}
        """.utf8)

    /// A small design with everything that has numbers in it.
    private static let sites = Array(
        """
        ---
        {schema: drydock/Region/v1, metadata: {name: r}, data: {tag_definitions: [], authorized_keys: []}}
        ---
        {schema: drydock/NetworkLink/v1, metadata: {name: l}, data: {bonding: {mode: disabled}, mtu: 1500, linkspeed: auto, trunking: {mode: disabled, default_network: n}, allowed_networks: [n]}}
        ---
        schema: drydock/Network/v1
        metadata: {name: n}
        data:
          cidr: 10.0.0.0/24
          mtu: 1500
          vlan: '101'
          routes: [{subnet: 0.0.0.0/0, gateway: 10.0.0.1, metric: 100}]
          ranges: [{type: static, start: 10.0.0.10, end: 10.0.0.99}, {type: reserved, start: 10.0.0.1, end: 10.0.0.9}]
        ---
        {schema: drydock/HardwareProfile/v1, metadata: {name: h}, data: {vendor: v, generation: '1', hw_version: '1', bios_version: '1', boot_mode: bios, bootstrap_protocol: pxe, pxe_interface: 0, device_aliases: {e0: {address: '0000:00:03.0', dev_type: x, bus_type: pci}}, cpu_sets: {kvm: '4-9'}, hugepages: {dpdk: {size: 1G, count: 300}}}}
        ---
        schema: drydock/HostProfile/v1
        metadata: {name: p}
        data:
          hardware_profile: h
          primary_network: n
          oob: {type: ipmi, network: n, account: a, credential: c}
          interfaces: {i: {device_link: l, slaves: [e0], networks: [n], sriov: {vf_count: 8, trustedmode: true}}}
          storage:
            physical_devices:
              sda: {labels: {bootdrive: 'true'}, partitions: [{name: root, size: 30g, bootable: true, filesystem: {mountpoint: /, fstype: ext4}}, {name: var, size: '>50%', volume_group: vg}]}
            volume_groups: {vg: {logical_volumes: [{name: lv, size: '25%', filesystem: {mountpoint: /var}}]}}
          platform: {image: x, kernel: y, kernel_params: {hugepagesz: hardwareprofile:hugepages.dpdk.size, isolcpus: 'hardwareprofile:cpuset.kvm'}}
        ---
        {schema: drydock/BaremetalNode/v1, metadata: {name: m}, data: {host_profile: p, addressing: [{network: n, address: 10.0.0.20}], metadata: {rack: k, tags: [a]}}}
        """.utf8)

    private static let lshw = Array(
        """
        <?xml version="1.0" standalone="yes" ?>
        <!-- generated by lshw -->
        <list><node id="host" claimed="true" class="system" handle="DMI:0001">
         <node id="pci" class="bridge"><businfo>pci@0000:00:01.0</businfo>
          <node id="network:0" class="network"><logicalname>eno1</logicalname><businfo>pci@0000:00:03.0</businfo>
           <description>A &amp; B &#65;&#x42;</description></node></node>
         <node id="disk" class="disk"><logicalname>/dev/sda</logicalname><businfo>scsi@2:0.0.0</businfo></node>
        </node></list>
        """.utf8)
    private static let lshwOfOne = Array(
        "<node class='network'><businfo>pci@0</businfo><logicalname>a</logicalname></node>".utf8)
    private static let nodeFilter = Array(
        #"{"filter_set_type": "union", "filter_set": [{"filter_type": "union", "node_names": ["a"], "node_tags": ["b"], "node_labels": [{"k": "v"}], "rack_names": ["r"], "rack_labels": []}]}"#
            .utf8)
}
