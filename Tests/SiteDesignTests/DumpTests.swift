import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

/// The whole design as one value, which `boatyard check design --output json` prints and recordings are compared with.
@Suite("Designs in full")
struct DumpTests {
    private let rendering = DesignDump.Rendering(
        identity: BootActionIdentity(actionID: "01CZTB7GN1000G40R40M30E27Z", key: Secret([0xAB, 0xCD])),
        designReference: "deckhand+http://host/r", reportURL: "http://boat/", fetch: DesignDump.Rendering.stub)

    private let rack = """
        ---
        schema: drydock/Rack/v1
        metadata: {name: rack1}
        data:
          tor_switches: {switch1: {mgmt_ip: 10.0.0.250, sdn_api_uri: "https://sdn/"}}
          location: {clli: HSTNTXMOCG0, grid: EG12}
          local_networks: [pxe]
        ---
        schema: drydock/Region/v1
        metadata: {name: site}
        data:
          tag_definitions: [{tag: small, definition_type: lshw_xpath, definition: "//node"}]
          authorized_keys: [key]
          repositories:
            remove_unlisted: true
            main_archive: {repo_type: apt, url: "http://mirror/", distributions: [jammy], options: {a: b}}
        """

    private func dump(_ extra: String = "", filters: [Value] = []) async throws -> Value {
        try await DesignDump.value(of: Design.compile(extra), rendering: rendering, filters: filters)
    }

    @Test("counts, the state of reading and of validation")
    func summary() async throws {
        let dump = try await dump(rack)
        #expect(
            dump["ingest_counts"] == [
                "racks": 1, "network_links": 3, "networks": 4, "hardware_profiles": 1, "host_profiles": 1,
                "baremetal_nodes": 1, "bootactions": 1,
            ])
        #expect(dump["ingest"]?["status"] == "Success")
        #expect(dump["validation"]?["status"] == "success" || dump["validation"]?["status"] == "Success")
        #expect(dump["validation"]?["error_count"] == 0)
        #expect(dump["boatyard_findings"] != nil)
        #expect(dump["node_filters"] == nil)
        #expect(dump["action_key_hex"] == "abcd")
        #expect(dump["design_ref_for_assets"] == "deckhand+http://host/r")
        #expect(dump["report_url"] == "http://boat/")
    }

    @Test("region, racks, links, networks and hardware have Drydock's names for their members")
    func site() async throws {
        let dump = try await dump(rack)
        #expect(
            dump["racks"] == [
                [
                    "name": "rack1", "location": ["clli": "HSTNTXMOCG0", "grid": "EG12"], "local_networks": ["pxe"],
                    "tor_switches": [["switch_name": "switch1", "mgmt_ip": "10.0.0.250", "sdn_api_uri": nil]],
                ]
            ])
        let region = try #require(dump["region"])
        #expect(region["authorized_keys"] == ["key"])
        #expect(region["tag_definitions"] == [["tag": "small", "type": "lshw_xpath", "definition": "//node"]])
        #expect(region["repositories"]?["remove_unlisted"] == true)
        let repository = try #require(region["repositories"]?["list"]?[0])
        #expect(repository["name"] == "main_archive")
        #expect(repository["url"] == "http://mirror/")
        #expect(repository["distributions"] == ["jammy"])
        #expect(repository["options"] == ["a": "b"])
        #expect(repository["components"] == .null)
        let link = try #require(dump["network_links"]?.arrayValue?.first { $0["name"] == "gp" })
        #expect(link["bonding_mode"] == "802.3ad")
        #expect(link["bonding_mon_rate"] == 100)
        #expect(link["native_network"] == "mgmt")
        #expect(link["allowed_networks"] == ["mgmt", "storage"])
        let network = try #require(dump["networks"]?.arrayValue?.first { $0["name"] == "mgmt" })
        #expect(network["default_gateway"] == "10.2.0.1")
        #expect(network["dns_servers"] == "10.2.0.2,10.2.0.3" || network["dns_servers"] == ["10.2.0.2", "10.2.0.3"])
        #expect(network["routes"]?[1]?["subnet"] == "10.9.0.0/16")
        let hardware = try #require(dump["hardware_profiles"]?[0])
        #expect(hardware["boot_mode"] == "bios")
        #expect(hardware["hugepages"] == [["name": "dpdk", "size": "1G", "count": 300]])
        #expect(
            hardware["devices"]?[0]
                == ["alias": "nic1", "address": "0000:01:00.0", "bus_type": "pci", "dev_type": "NIC"])
    }

    @Test("a machine is shown with all that it inherited")
    func machine() async throws {
        let dump = try await dump()
        let node = try #require(dump["nodes"]?[0])
        #expect(node["name"] == "n1")
        #expect(node["fqdn"] == "n1.example.com")
        #expect(node["boot_mac"] == "52:54:00:00:00:11")
        #expect(node["source"] == "compiled")
        #expect(node["root_fs"] == ["kind": "HostPartition", "device": "bootdisk", "block": "root"])
        #expect(node["boot_fs"] == ["kind": "HostPartition", "device": "bootdisk", "block": "boot"])
        #expect(node["kernel_param_string"] == " console=ttyS0 quiet")
        #expect(node["oob_type"] == "ipmi")
        let bond = try #require(node["interfaces"]?.arrayValue?.first { $0["device_name"] == "bond0" })
        #expect(bond["sriov"] == true)
        #expect(bond["vf_count"] == 2)
        #expect(
            bond["slave_selectors"]?[0]
                == ["selector_type": "address", "address": "0000:01:00.0", "device_type": "NIC"])
        let disk = try #require(node["storage_devices"]?[0])
        #expect(disk["labels"] == ["bootdrive": "true"] || disk["labels"] == ["bootdrive": "True"])
        #expect(disk["partitions"]?.arrayValue?.map { $0["mountpoint"] } == ["/", "/boot", "/var"])
        #expect(disk["partitions"]?[0]?["is_sys"] == true)
        #expect(disk["partitions"]?[2]?["fstype"] == "xfs")
        let group = try #require(node["volume_groups"]?[0])
        #expect(group["logical_volumes"]?[0]?["mountpoint"] == "/var/log")
        #expect(dump["host_profiles"]?[0]?["name"] == "base")
    }

    @Test("a root on a logical volume is shown as one, and a parameter that cannot be resolved as its error")
    func machineErrors() async throws {
        let members = """
            storage:
              physical_devices: {'!bootdisk': {}}
              volume_groups: {data: {logical_volumes: [{name: root, size: 40g, filesystem: {mountpoint: /}}]}}
            """
        let dump = try await dump(Design.node("n2", members))
        let node = try #require(dump["nodes"]?.arrayValue?.first { $0["name"] == "n2" })
        #expect(node["root_fs"] == ["kind": "HostVolume", "device": "data", "block": "root"])
        #expect(node["boot_fs"] == .null)
    }

    @Test("boot actions are shown as each machine gets them")
    func bootActions() async throws {
        let action = """
            schema: drydock/BootAction/v1
            metadata: {name: hello}
            data:
              assets:
                - type: file
                  path: /etc/hello
                  permissions: "644"
                  data: "hi {{ node.hostname }}"
                  data_pipeline: [utf8_decode, template]
                - type: unit
                  path: /etc/systemd/system/a.service
                  location: "http://host/a"
                  location_pipeline: [template]
                - {type: pkg_list, data: {curl: null, jq: 1.6-2}}
            """
        let dump = try await dump(action)
        let rendered = try #require(dump["bootactions"]?[0])
        #expect(rendered["name"] == "hello")
        #expect(rendered["target_nodes"] == ["n1"])
        #expect(rendered["assets"]?[0]?["data_pipeline"] == ["utf8_decode", "template"])
        #expect(rendered["assets"]?[2]?["package_list"] == ["curl": nil, "jq": "1.6-2"])
        let assets = try #require(rendered["rendered"]?["n1"]?["assets"])
        #expect(assets[0]?["text"] == "hi n1")
        #expect(assets[0]?["size"] == 5)
        // printf 'hi n1' | sha256sum
        #expect(assets[0]?["sha256"] == "1a2273f500e806c21cbf7931793d3c342717ea80805aac4814a531716de3d7d9")
        #expect(assets[1]?["text"] == "#stub http://host/a\n")
        #expect(assets[2]?["package_list"] == ["curl": nil, "jq": "1.6-2"])
        #expect(rendered["rendered"]?["n1"]?["fetched_urls"] == ["http://host/a"])
        let archives = try #require(dump["tarballs"]?["n1"])
        #expect(archives["file"]?.arrayValue?.count == 1)
        #expect(archives["file"]?[0]?["mode"] == "644")
        #expect(archives["file"]?[0]?["uid"] == 0)
        #expect(archives["unit"]?[0]?["size"] == 20)
        #expect(archives["pkg_list"] == ["curl": nil, "jq": "1.6-2"])
    }

    @Test("what a boot action cannot render is its error, and the rest is shown")
    func bootActionErrors() async throws {
        let action = """
            schema: drydock/BootAction/v1
            metadata: {name: hello}
            data: {assets: [{type: file, path: /a, data: "{{ nope.x }}", data_pipeline: [utf8_decode, template]}]}
            """
        let dump = try await dump(action)
        let error = try #require(dump["bootactions"]?[0]?["rendered"]?["n1"]?["!error"])
        #expect(error == "BootActionError")
        #expect(dump["tarballs"]?["n1"]?["file"]?["!error"] == "BootActionError")
        #expect(dump["nodes"]?[0]?["name"] == "n1")
    }

    @Test("node filters are shown with what they choose, or with their error")
    func filters() async throws {
        let choice: Value = [
            "filter_set_type": "union", "filter_set": [["filter_type": "union", "node_names": ["n2", "nope"]]],
        ]
        let dump = try await dump(Design.node("n2", ""), filters: [choice, nil, "nonsense"])
        #expect(dump["node_filters"]?[0] == ["filter": choice, "result": ["n2"]])
        #expect(dump["node_filters"]?[1]?["result"] == ["n1", "n2"])
        #expect(dump["node_filters"]?[2]?["result"]?["!error"] == "BoatyardError")
        let site = try Design.site(Design.node("n2", ""))
        #expect(try NodeFilter.unknownNames(choice, in: site) == ["nope"])
        #expect(try NodeFilter.unknownNames(nil, in: site).isEmpty)
    }

    @Test("a document that cannot be read ends the reading, with its messages")
    func unread() async throws {
        let dump = try await dump("{schema: drydock/Toaster/v1, metadata: {name: t}, data: {}}")
        #expect(dump["ingest"]?["status"] == "failure")
        #expect(dump["ingest"]?["error_count"] == 1)
        #expect(
            dump["ingest"]?["messages"]?[0]?["message"]
                == "Error processing document: Invalid document - Kind Toaster and Version v1")
        let stopped = try await self.dump(
            """
            schema: drydock/BaremetalNode/v1
            metadata: {name: n2}
            data: {host_profile: none, addressing: [{network: oob, address: 10.0.0.12}]}
            """
        )
        let last = try #require(stopped["validation"]?["messages"]?.arrayValue?.last)
        #expect(last["message"] == "Error loading effective site: HostProfile none not found in design state")
        #expect(last["context"] == "NA")
    }
}
