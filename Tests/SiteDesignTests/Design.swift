import OrderedCollections
import Primitives
import Testing
import YAML

@testable import SiteDesign

/// A small site in YAML, for tests to change.
enum Design {
    static let base = """
        ---
        schema: drydock/Region/v1
        metadata: {name: site}
        data:
          authorized_keys: ["ssh-ed25519 AAAA operator\\n"]
          repositories:
            remove_unlisted: true
            main_archive: {repo_type: apt, url: "http://mirror/ubuntu", distributions: [jammy], components: [main]}
        ---
        schema: drydock/NetworkLink/v1
        metadata: {name: pxe}
        data: {mtu: 1500, linkspeed: auto, trunking: {mode: disabled, default_network: pxe}, allowed_networks: [pxe]}
        ---
        schema: drydock/NetworkLink/v1
        metadata: {name: gp}
        data:
          bonding: {mode: 802.3ad}
          mtu: 9000
          linkspeed: auto
          trunking: {mode: 802.1q, default_network: mgmt}
          allowed_networks: [mgmt, storage]
        ---
        schema: drydock/NetworkLink/v1
        metadata: {name: oob}
        data:
          mtu: 1500
          linkspeed: auto
          trunking: {mode: disabled, default_network: oob}
          allowed_networks: [oob]
          labels: {noconfig: enabled}
        ---
        schema: drydock/Network/v1
        metadata: {name: pxe}
        data:
          cidr: 10.1.0.0/24
          ranges: [{type: dhcp, start: 10.1.0.100, end: 10.1.0.200}]
          dns: {domain: pxe.example.com, servers: "10.1.0.2"}
        ---
        schema: drydock/Network/v1
        metadata: {name: mgmt}
        data:
          cidr: 10.2.0.0/24
          mtu: 1500
          routes:
            - {subnet: 0.0.0.0/0, gateway: 10.2.0.1, metric: 10}
            - {subnet: 10.9.0.0/16, gateway: 10.2.0.254}
          dns: {domain: example.com, servers: "10.2.0.2,10.2.0.3"}
        ---
        schema: drydock/Network/v1
        metadata: {name: storage}
        data: {cidr: 10.3.0.0/24, vlan: "30", mtu: 9000}
        ---
        schema: drydock/Network/v1
        metadata: {name: oob}
        data: {cidr: 10.0.0.0/24}
        ---
        schema: drydock/HardwareProfile/v1
        metadata: {name: generic}
        data:
          boot_mode: bios
          device_aliases:
            nic1: {address: "0000:01:00.0", bus_type: pci, dev_type: NIC}
            nic2: {address: "0000:01:00.1", bus_type: pci, dev_type: NIC}
            nic3: {address: "0000:02:00.0", bus_type: pci, dev_type: NIC}
            bootdisk: {address: "0:2.0.0", bus_type: scsi, dev_type: Disk}
          cpu_sets: {sriov: "2,4"}
          hugepages: {dpdk: {size: 1G, count: 300}}
        ---
        schema: drydock/HostProfile/v1
        metadata: {name: base}
        data:
          hardware_profile: generic
          primary_network: mgmt
          oob: {type: ipmi, network: oob, account: admin, credential: hunter2}
          platform: {image: debian-12, kernel: generic, kernel_params: {console: ttyS0, quiet: true}}
          metadata: {tags: [base], owner_data: {role: worker}}
          interfaces:
            pxe: {device_link: pxe, slaves: [nic3], networks: [pxe]}
            bond0:
              device_link: gp
              slaves: [nic1, nic2]
              networks: [mgmt, storage]
              sriov: {vf_count: 2, trustedmode: true}
          storage:
            physical_devices:
              bootdisk:
                labels: {bootdrive: "true"}
                partitions:
                  - {name: root, size: 30g, bootable: true, filesystem: {mountpoint: /}}
                  - {name: boot, size: 1g, filesystem: {mountpoint: /boot}}
                  - {name: var, size: ">20g", filesystem: {mountpoint: /var, fstype: xfs}}
              sdb: {volume_group: data}
            volume_groups:
              data:
                logical_volumes:
                  - {name: log, size: 500m, filesystem: {mountpoint: /var/log}}
                  - {name: etcd, size: 10%, filesystem: {mountpoint: /var/lib/etcd}}
        ---
        schema: drydock/BaremetalNode/v1
        metadata: {name: n1}
        data:
          host_profile: base
          metadata: {rack: rack1, boot_mac: "52:54:00:00:00:11"}
          addressing:
            - {network: oob, address: 10.0.0.11}
            - {network: pxe, address: dhcp}
            - {network: mgmt, address: 10.2.0.11}
        ---
        schema: drydock/BootAction/v1
        metadata: {name: hello}
        data:
          assets:
            - {type: file, path: /etc/hello, permissions: "644", data: "hello", data_pipeline: [utf8_decode]}
            - {type: pkg_list, data: {curl: null, jq: 1.6-2}}
        """

    static func documents(_ text: String) throws -> [DesignDocument] {
        try YAML.load(text).compactMap { DesignDocument($0) }
    }

    /// The site with `extra` documents; one of the same schema and name takes the place of its own.
    static func compile(
        _ extra: String = "", platform: ImageCatalogSource = .absent, outOfBandTypes: OutOfBandTypes? = nil
    ) throws -> CompiledDesign {
        let replacing = try documents(extra)
        let kept = try documents(base).filter { old in
            !replacing.contains { $0.schema == old.schema && $0.name == old.name }
        }
        return SiteDesign.compile(kept + replacing, platform: platform, outOfBandTypes: outOfBandTypes)
    }

    static func site(_ extra: String = "") throws -> EffectiveSite {
        let design = try compile(extra)
        if design.site == nil { Issue.record("\(design.messages)") }
        return try #require(design.site)
    }

    static func node(_ extra: String = "", named name: String = "n1") throws -> BaremetalNode {
        try #require(try site(extra).node(named: name))
    }

    /// A node that inherits from `base` and adds `members`, lines of YAML without indentation.
    static func node(_ name: String, _ members: String, address: Int = 12) -> String {
        let lines = members.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }
        return """
            ---
            schema: drydock/BaremetalNode/v1
            metadata: {name: \(name)}
            data:
              host_profile: base
              addressing: [{network: oob, address: 10.0.0.\(address)}, {network: mgmt, address: 10.2.0.\(address)}]
            \(lines.joined(separator: "\n"))
            """
    }
}
