import OrderedCollections
import Primitives
import SiteDesign
import Testing
import YAML

@testable import Installation

@Suite("Documents of a machine that none names")
struct AdoptionTests {
    private static let mac = "52:54:00:20:01:15"

    /// A site of one node, with a host profile for machines with three interfaces and two disks.
    private static func site(_ more: String = "") throws -> [Value] {
        let site = """
            schema: drydock/HardwareProfile/v1
            metadata: {name: generic-1u, layeringDefinition: {layer: global}}
            data:
              boot_mode: bios
              device_aliases:
                pxe_nic: {address: '0000:00:03.0', bus_type: pci, dev_type: Ethernet}
                data_nic1: {address: '0000:00:04.0', bus_type: pci, dev_type: Ethernet}
                data_nic2: {address: '0000:00:05.0', bus_type: pci, dev_type: Ethernet}
                bootdisk: {address: '0:0.0.0', bus_type: scsi, dev_type: SSD}
                datadisk: {address: '0:1.0.0', bus_type: scsi, dev_type: SSD}
              cpu_sets: {sriov: '2,4'}
            ---
            schema: drydock/HostProfile/v1
            metadata: {name: worker, layeringDefinition: {layer: type}}
            data:
              hardware_profile: generic-1u
              primary_network: oam
              oob: {type: ipmi, network: oob, account: operator, credential: x}
              interfaces:
                bond0: {device_link: data, slaves: [data_nic1, data_nic2], networks: [oam]}
                pxe: {device_link: pxe, slaves: [pxe_nic], networks: [pxe]}
              storage:
                physical_devices:
                  bootdisk:
                    labels: {bootdrive: 'true'}
                    partitions: [{name: root, size: 30g, filesystem: {mountpoint: /, fstype: ext4}}]
                  datadisk: {volume_group: data}
            ---
            schema: drydock/Network/v1
            metadata: {name: oob}
            data: {cidr: 10.20.0.0/24, labels: {noconfig: enabled}}
            ---
            schema: drydock/Network/v1
            metadata: {name: pxe}
            data:
              cidr: 10.20.1.0/24
              ranges:
                - {type: reserved, start: 10.20.1.9, end: 10.20.1.10}
                - {type: static, start: 10.20.1.9, end: 10.20.1.12}
                - {type: dhcp, start: 10.20.1.150, end: 10.20.1.200}
            ---
            schema: drydock/Network/v1
            metadata: {name: oam}
            data:
              cidr: 10.20.2.0/24
              vlan: '20'
              routes: [{subnet: 0.0.0.0/0, gateway: 10.20.2.1, metric: 10}]
              ranges: [{type: static, start: 10.20.2.1, end: 10.20.2.100}]
            ---
            schema: drydock/Rack/v1
            metadata: {name: quay-1}
            data: {}
            ---
            schema: drydock/BaremetalNode/v1
            metadata: {name: berth-1, layeringDefinition: {layer: site}}
            data:
              host_profile: worker
              addressing:
                - {network: oob, address: 10.20.0.11}
                - {network: pxe, address: 10.20.1.11}
                - {network: oam, address: 10.20.2.2}
              metadata: {boot_mac: '52:54:00:20:01:11'}

            """
        return try YAML.load(Array((site + more).utf8))
    }

    /// A machine that generic-1u fits, with members replaced.
    private static func machine(_ members: OrderedDictionary<String, Value> = [:]) -> DiscoveredMachine {
        var hardware: Value.Object = [
            "vendor": "Generic", "product": "1U", "serial": "CN7016", "cpu_count": 8, "memory_mib": 16384,
            "firmware": "bios", "bmc_address": "10.20.0.15",
            "disks": [
                ["name": "sda", "size": 480_103_981_056, "address": "0:0.0.0", "model": "SSD", "serial": "D1"],
                ["name": "sdb", "size": 960_207_962_112, "address": "0:1.0.0", "model": "SSD", "serial": "D2"],
            ],
            "interfaces": [
                ["name": "eno1", "mac": .string(mac), "address": "0000:00:03.0", "link": true],
                ["name": "eno2", "mac": "52:54:00:20:01:16", "address": "0000:00:04.0"],
                ["name": "eno3", "mac": "52:54:00:20:01:17", "address": "0000:00:05.0"],
            ],
        ]
        for (key, value) in members { hardware[key] = value }
        return DiscoveredMachine(mac: MACAddress(mac) ?? .zero, hardware: .object(hardware))
    }

    private func text(
        _ machine: DiscoveredMachine = Self.machine(), networks: [(name: String, address: String?)] = [("pxe", nil)],
        name: String = "n7", profile: String = "worker", rack: String? = "quay-1", site: String = ""
    ) throws -> String {
        try Adoption(
            Adoption.Request(name: name, profile: profile, rack: rack, networks: networks), of: machine,
            in: Self.site(site)
        ).text(file: "n7.yaml")
    }

    private func documents(_ text: String) throws -> [Value] { try YAML.load(Array(text.utf8)) }

    @Test("a node is pinned to serial and UUID where that is asked for")
    func pinned() throws {
        let machine = Self.machine(["uuid": "4C4C4544-0043-4E10-8037-B7C04F363232"])
        let adoption = try Adoption(
            Adoption.Request(name: "n7", profile: "worker", rack: nil, networks: [("pxe", nil)], isPinned: true),
            of: machine, in: Self.site(""))
        let metadata = try documents(adoption.text(file: "n7.yaml")).last?["data"]?["metadata"]
        #expect(metadata?["owner_data"] == ["serial": "CN7016", "uuid": "4C4C4544-0043-4E10-8037-B7C04F363232"])
    }

    @Test("a machine that the host profile's hardware profile fits becomes a node, with a BMC address and free ones")
    func fits() throws {
        let text = try text(networks: [("pxe", nil), ("oam", nil)])
        let documents = try documents(text)
        #expect(
            documents == [
                [
                    "schema": "drydock/BaremetalNode/v1",
                    "metadata": [
                        "schema": "metadata/Document/v1", "name": "n7",
                        "layeringDefinition": ["abstract": false, "layer": "site"], "storagePolicy": "cleartext",
                    ],
                    "data": [
                        "host_profile": "worker",
                        "addressing": [
                            ["network": "oob", "address": "10.20.0.15"], ["network": "pxe", "address": "10.20.1.12"],
                            ["network": "oam", "address": "10.20.2.3"],
                        ], "metadata": ["rack": "quay-1", "boot_mac": .string(Self.mac)],
                    ],
                ]
            ])
        #expect(text.contains("generic-1u of the host profile fits"))
        #expect(
            text.contains(
                "# The machine: Generic 1U, serial CN7016, 8 CPUs, 16384 MiB, boots by bios, BMC 10.20.0.15\n"))
        #expect(text.contains("boatyard create configdocs n7 --filename n7.yaml --append"))
        #expect(!text.contains("To look at"))
        #expect(!text.contains("owner_data"))
        let design = SiteDesign.compile((try Self.site() + documents).compactMap { DesignDocument($0) })
        #expect(design.draft.node(named: "n7")?.outOfBandAddress == "10.20.0.15")
        #expect(design.messages.filter { $0.error && $0.message.contains("n7") }.isEmpty)
    }

    @Test("where no hardware profile fits one is written, with the host profile's names for what the machine has")
    func newHardware() throws {
        let machine = Self.machine([
            "vendor": "Dell Inc.", "product": "PowerEdge R640", "firmware": "uefi",
            "disks": [
                ["name": "nvme0n1", "size": 480_103_981_056, "address": "0:1", "model": "Micron 'X'"],
                ["name": "sda", "size": 1, "address": "0:1.0.0"], ["name": "sdb", "size": 1, "serial": "D3"],
            ],
            "interfaces": [
                ["name": "eno2", "mac": "52:54:00:20:01:16", "address": "0000:01:00.1"],
                ["name": "eno1", "mac": .string(Self.mac), "address": "0000:01:00.0"],
                ["name": "eno3", "mac": "52:54:00:20:01:17", "address": "0000:02:00.0"],
                ["name": "eno4", "mac": "52:54:00:20:01:18", "address": "0000:02:00.0"],
            ],
        ])
        let text = try text(machine)
        let documents = try documents(text)
        #expect(documents.map { $0["schema"] } == ["drydock/HardwareProfile/v1", "drydock/BaremetalNode/v1"])
        #expect(documents[0]["metadata"]?["name"] == "dell-inc-poweredge-r640")
        #expect(documents[1]["data"]?["hardware_profile"] == "dell-inc-poweredge-r640")
        let data = try #require(documents[0]["data"])
        #expect(data["boot_mode"] == "uefi")
        #expect(data["cpu_sets"] == ["sriov": "2,4"])
        func place(_ alias: String) -> [Value?] {
            [data["device_aliases"]?[alias]?["bus_type"], data["device_aliases"]?[alias]?["address"]]
        }
        #expect(place("pxe_nic") == ["pci", "0000:01:00.0"], "the one that booted")
        #expect(place("data_nic1") == ["pci", "0000:01:00.1"])
        #expect(place("data_nic2") == ["mac", "52:54:00:20:01:17"], "two ports have its PCI address")
        #expect(place("eno4") == ["mac", "52:54:00:20:01:18"])
        #expect(place("datadisk") == ["scsi", "0:1.0.0"], "it is where it was")
        #expect(place("bootdisk") == ["nvme", "0:1"])
        #expect(place("sdb") == ["serial", "D3"])
        #expect(data["device_aliases"]?["bootdisk"]?["dev_type"] == "Micron X")
        #expect(text.contains("boot_mode is bios, and the machine boots by uefi."))
        #expect(text.contains("there is no interface pxe_nic at pci 0000:00:03.0."))

        // What was written fits: the next machine of the kind gets no further profile.
        let second = try self.text(
            machine, networks: [("oam", nil)], name: "n8",
            site: text.replacing("n7", with: "other").replacing("01:15", with: "01:99"))
        #expect(try self.documents(second).count == 1)
    }

    @Test("another hardware profile of the site that fits is taken")
    func existing() throws {
        let profile = """
            ---
            schema: drydock/HardwareProfile/v1
            metadata: {name: generic-2u}
            data:
              device_aliases:
                pxe_nic: {address: 'regexp:0000:07:00[.][0-9]', bus_type: pci}
                data_nic1: {address: '0000:00:04.0', bus_type: pci}
                data_nic2: {address: '0000:00:05.0', bus_type: pci}
                bootdisk: {address: D1, bus_type: serial}
                datadisk: {address: '5000c500a1b2c3d4', bus_type: wwn}

            """
        var cards: [Value] = [["name": "eno1", "mac": .string(Self.mac), "address": "0000:07:00.0"]]
        cards += ["4", "5"].map { ["name": .string("eno\($0)"), "address": .string("0000:00:0\($0).0")] }
        let text = try text(Self.machine(["interfaces": .array(cards)]), site: profile)
        let documents = try documents(text)
        #expect(documents.count == 1)
        #expect(documents[0]["data"]?["hardware_profile"] == "generic-2u")
        #expect(text.contains("Whether there is a disk datadisk cannot be told from the inventory"))
    }

    @Test("a host profile without hardware profile gets one, and what the machine lacks is said")
    func bare() throws {
        let profile = """
            ---
            schema: drydock/HostProfile/v1
            metadata: {name: bare}
            data:
              interfaces:
                pxe: {device_link: pxe, slaves: [boot_nic], networks: [pxe]}
                data: {device_link: data, slaves: [data_nic], networks: [oam]}
              storage: {physical_devices: {bootdisk: {}, datadisk: {}}}

            """
        let text = try text(
            Self.machine([
                "vendor": nil, "product": nil, "disks": [["name": "sdx"]],
                "interfaces": [["name": "eno1", "mac": .string(Self.mac), "address": "0000:07:00.0"]],
            ]), profile: "bare", site: profile)
        let documents = try documents(text)
        #expect(documents[0]["metadata"]?["name"] == "machine")
        #expect(documents[0]["data"]?["device_aliases"]?["boot_nic"]?["address"] == "0000:07:00.0")
        #expect(text.contains("The host profile needs an interface data_nic, and the machine has none left for it."))
        #expect(text.contains("The host profile needs a disk datadisk, and the machine has none left for it."))
        #expect(text.contains("Of sdx, which is to be bootdisk, the inventory tells neither address nor serial"))
        #expect(text.contains("says no network of BMCs (oob.network)"))
    }

    @Test(
        "a BMC address that cannot be the node's is left out, and why is said",
        arguments: [
            ("10.20.0.11", "that of berth-1"), ("192.0.2.1", "not in 10.20.0.0/24"),
            ("10.20.0.255", "the broadcast address"),
        ])
    func foreignBMC(address: String, reason: String) throws {
        let text = try text(Self.machine(["bmc_address": .string(address)]))
        #expect(
            text.contains("The machine says that its BMC has the address \(address), which is \(reason)"), "\(text)")
        #expect(try documents(text)[0]["data"]?["addressing"] == [["network": "pxe", "address": "10.20.1.12"]])
        let given = try self.text(
            Self.machine(["bmc_address": .string(address)]), networks: [("oob", "10.20.0.16"), ("pxe", "dhcp")])
        #expect(
            try documents(given)[0]["data"]?["addressing"] == [
                ["network": "oob", "address": "10.20.0.16"], ["network": "pxe", "address": "dhcp"],
            ])
    }

    @Test("a network of the host profile that was not given is named, with its next free address")
    func missingNetwork() throws {
        #expect(
            try text().contains(
                "It has no address on the network oam of its host profile (--network oam; the next free address is"
                    + " 10.20.2.3)."))
        #expect(try text(Self.machine(["bmc_address": nil])).contains("The inventory tells no BMC address"))
    }

    private func refused(_ body: () throws -> String) throws -> BoatyardError {
        try #require(#expect(throws: BoatyardError.self) { try body() })
    }

    @Test("what cannot be is refused with what, where and what to do")
    func refused() throws {
        func check(_ code: String, _ words: String, _ body: () throws -> String) throws {
            let error = try refused(body)
            #expect(error.code == code)
            #expect(error.message.contains(words), "\(error.message)")
        }
        try check("adopt.profile", "Did you mean 'worker'?") { try text(profile: "wroker") }
        try check("adopt.name", "There is a node berth-1 already, which boots from 52:54:00:20:01:11") {
            try text(name: "berth-1")
        }
        try check("adopt.name", "is no host name") { try text(name: "n_7") }
        try check("adopt.network", "Did you mean 'pxe'?") { try text(networks: [("pex", nil)]) }
        try check("adopt.network", "given twice") { try text(networks: [("pxe", nil), ("pxe", nil)]) }
        try check("adopt.address", "that of berth-1. The next free one is 10.20.1.12.") {
            try text(networks: [("pxe", "10.20.1.11")])
        }
        try check("adopt.address", "the gateway 10.20.2.1") { try text(networks: [("oam", "10.20.2.1")]) }
        try check("adopt.address", "is no address") { try text(networks: [("oam", "soon")]) }
        try check("adopt.address", "no range of type static") { try text(networks: [("oob", nil)]) }
        try check("adopt.address", "Its host profile has: oam, pxe.") {
            try text(Self.machine(["bmc_address": nil]), networks: [])
        }
        try check("adopt.rack", "Did you mean 'quay-1'?") { try text(rack: "quay-2") }
        try check("adopt.inventory", "neither disks nor interfaces") {
            try text(Self.machine(["disks": [], "interfaces": nil]))
        }
        try check("adopt.machine", "boatyard claim berth-1 --mac \(Self.mac)") {
            try text(Self.machine(["interfaces": [["name": "eno9", "mac": "52:54:00:20:01:11"]]]))
        }
        try check("adopt.machine", "is the boot_mac of the node n1 already") {
            try text(
                site: """
                    ---
                    schema: drydock/BaremetalNode/v1
                    metadata: {name: n1}
                    data: {host_profile: worker, addressing: [{network: pxe, address: dhcp}], metadata: {boot_mac: '\(Self.mac)'}}

                    """)
        }
        try check("adopt.address", "no free address in its ranges of type static") {
            try text(
                networks: [("full", nil)],
                site: """
                    ---
                    schema: drydock/Network/v1
                    metadata: {name: full}
                    data: {cidr: 10.9.0.0/30, ranges: [{type: static, start: 10.9.0.0, end: 10.9.0.0}]}

                    """)
        }
        try check("adopt.design", "do not compile") {
            try text(
                site: """
                    ---
                    schema: drydock/Network/v1
                    metadata: {name: broken}
                    data: []

                    """)
        }
    }

    @Test("nothing that a machine says of itself ends a line, or is read as anything but a text")
    func hostile() throws {
        let evil = "x\n---\nschema: drydock/BaremetalNode/v1 # ' \" \u{1B}[2J \u{202E}\u{7F}$(reboot)"
        let text = try text(
            Self.machine([
                "vendor": .string(evil), "product": .string(evil), "serial": .string(evil), "firmware": "uefi",
                "disks": [
                    ["name": "sda", "model": .string(evil), "serial": .string(evil)],
                    ["name": "nvme0n1", "address": .string(evil)], ["name": .string(evil), "serial": "S2"],
                ],
                "interfaces": [
                    // What is no name or no address of a bus, such as a pattern, stands in no document; nor does one name
                    // stand for two devices.
                    ["name": .string(evil), "mac": .string(Self.mac), "address": "regexp:.*"],
                    ["name": "bootdisk", "mac": .string(Self.mac), "address": .string(evil)],
                ],
            ]))
        #expect(!text.contains("regexp") && !text.contains("S2"))
        #expect(text.utf8.allSatisfy { $0 == 0x0a || (0x20...0x7e).contains($0) })
        let documents = try documents(text)
        #expect(documents.map { $0["schema"] } == ["drydock/HardwareProfile/v1", "drydock/BaremetalNode/v1"])
        #expect(documents[0]["data"]?["device_aliases"]?["bootdisk"]?["address"] == .string(evil))
    }

    @Test(
        "a scalar is read as the text that it was",
        arguments: [
            "n7", "yes", "~", "", "1:2", "0x1", "1e3", "a: b", "'", "é", "\u{2028}", "\u{1F6A2}", "- a", "#",
            "10.0.0.1",
        ])
    func scalars(text: String) throws {
        #expect(try YAML.load(Array("a: \(CommentedYAML.scalar(text))".utf8)) == [["a": .string(text)]])
    }
}
