import OrderedCollections
import Primitives
import Testing

@testable import Installation

@Suite("Finding disks and interfaces")
struct SelectionTests {
    private static let nvme = MachineFacts.Disk(
        name: "nvme1n1", size: 500_000_000_000, addresses: ["pci@0000:41:00.0", "nvme@1:1"], serial: "N1",
        wwns: ["eui.0025385b71b0a1c2", "uuid.11111111"], links: ["nvme-MODEL_N1", "pci-0000:41:00.0-nvme-1"])
    private static let machine = Fixture.machine(
        disks: Fixture.disks + [
            nvme, MachineFacts.Disk(name: "vda", size: 8_000_000_000, addresses: ["virtio@2", "pci@0000:00:05.0"]),
        ])

    private func chosen(_ disk: Value, _ machine: MachineFacts = Self.machine) throws -> String? {
        let plan = try Fixture.read(["disks": [disk]])
        return try DiskSelection(node: "n1", facts: machine).disks(of: plan)[plan.disks[0].device]?.name
    }

    @Test(
        "a disk is found by its address in every way that it is written",
        arguments: [
            ("0:2.0.0", "scsi", "sda"), ("0:2:0:0", "scsi", "sda"), ("scsi@0:2.0.0", nil, "sda"),
            ("0:2.1.0", "scsi", "sdb"),
            ("0:2:1:0", nil, "sdb"), ("0000:41:00.0", "pci", "nvme1n1"), ("41:00.0", "pci", "nvme1n1"),
            ("0000:41:00.0", nil, "nvme1n1"), ("1:1", "nvme", "nvme1n1"), ("2", "virtio", "vda"),
            ("S2", "serial", "sdb"), ("5000C500A1B2C3D5", "wwn", "sdb"), ("0x5000c500a1b2c3d4", "wwn", "sda"),
            ("0025385b71b0a1c2", "wwn", "nvme1n1"), ("ata-DISK_S1", "by-id", "sda"),
            ("pci-0000:41:00.0-nvme-1", "by-path", "nvme1n1"), ("N1", nil, "nvme1n1"),
        ] as [(String, String?, String)])
    func addresses(address: String, bus: String?, name: String) throws {
        #expect(try chosen(Fixture.disk("bootdisk", name: "sdz", address: address, bus: bus)) == name)
    }

    @Test(
        "without an address a disk is found by its name, serial, link or WWN",
        arguments: [
            ("sda", "sda"), ("nvme-MODEL_N1", "nvme1n1"), ("S2", "sdb"), ("wwn-0x5000c500a1b2c3d5", "sdb"),
            ("N1", "nvme1n1"),
        ])
    func names(device: String, name: String) throws {
        #expect(try chosen(Fixture.disk(device)) == name)
    }

    @Test("the name that the kernel gave counts where the design's is an alias without an address")
    func kernelName() throws {
        #expect(try chosen(Fixture.disk("bootdisk", name: "sdb")) == "sdb")
    }

    private func refused(_ disks: [Value], _ machine: MachineFacts) throws -> InstallationError {
        let plan = try Fixture.read(["disks": .array(disks)])
        return try #require(
            #expect(throws: InstallationError.self) {
                try DiskSelection(node: "n1", facts: machine).disks(of: plan)
            })
    }

    private static let one = [Fixture.disk("d", address: "0:2.0.0", bus: "scsi")]

    private func disk(_ change: (inout MachineFacts.Disk) -> Void) -> MachineFacts {
        var disks = Fixture.disks
        change(&disks[0])
        return Fixture.machine(disks: disks)
    }

    @Test("a disk that is not there is told with those that are, and never by a name that may be another's")
    func missing() throws {
        let error = try refused([Fixture.disk("d", name: "sda", address: "0:9.0.0", bus: "scsi")], Fixture.machine())
        #expect(error.reason == .diskMissing)
        #expect(
            error.message
                == "n1 has no disk d at scsi 0:9.0.0. It has sda (480.1 GB, scsi@0:2.0.0, pci@0000:03:00.0, serial S1);"
                + " sdb (960.1 GB, 0:2:1:0, serial S2). Correct the alias in the HardwareProfile, or look whether the"
                + " disk is connected.")
        #expect(try refused(Self.one, Fixture.machine(disks: [])).message.contains("It has none at all"))
    }

    @Test("two disks of one serial are told by both names, and each is found by its address")
    func sameSerial() throws {
        var disks = Fixture.disks
        disks[1].serial = "S1"
        let machine = Fixture.machine(disks: disks)
        let error = try refused([Fixture.disk("d", address: "S1", bus: "serial")], machine)
        #expect(error.reason == .diskAmbiguous)
        #expect(error.message.contains("sda (") && error.message.contains("sdb ("))
        #expect(try chosen(Self.one[0], machine) == "sda")
    }

    @Test("one disk on two paths is refused")
    func paths() throws {
        var disks = Fixture.disks
        disks[1].wwns = disks[0].wwns
        disks[1].size = disks[0].size
        let error = try refused(Self.one, Fixture.machine(disks: disks))
        #expect(error.reason == .diskAmbiguous)
        #expect(error.message.contains("have the same WWN"))
    }

    @Test("a read-only disk, one without a size, and one with odd sectors are refused with what was seen")
    func unusable() throws {
        #expect(try refused(Self.one, disk { $0.isReadOnly = true }).message.contains("is read-only. Remove"))
        #expect(try refused(Self.one, disk { $0.size = 0 }).message.contains("has no size"))
        #expect(try refused(Self.one, disk { $0.size = .max }).message.contains("is larger than the 2251.7 TB"))
        #expect(try refused(Self.one, disk { $0.logicalSectorSize = 520 }).message.contains("sectors of 520 bytes"))
        for error in [
            try refused(Self.one, disk { $0.isReadOnly = true }), try refused(Self.one, disk { $0.size = 0 }),
        ] {
            #expect(error.reason == .diskUnusable)
        }
    }

    @Test(
        "a disk that other machines use is refused, wherever the mark is",
        arguments: ["VMFS_volume_member", "gfs2", "ocfs2", "gpfs", "VMFS"])
    func shared(mark: String) throws {
        let whole = try refused(Self.one, disk { $0.signatures = ["gpt", mark] })
        #expect(whole.reason == .diskShared)
        #expect(whole.message.contains(mark) && whole.message.contains("wipefs -a /dev/sda"))
        let layers = [
            MachineFacts.Layer(name: "sda1", kind: .partition, size: 1 << 30, lowers: ["sda"]),
            MachineFacts.Layer(name: "dm-0", kind: .mapped, size: 1 << 29, lowers: ["sda1"], signatures: [mark]),
        ]
        #expect(try refused(Self.one, Fixture.machine(layers: layers)).reason == .diskShared)
    }

    @Test("two devices of the design that are one disk are refused by both names")
    func same() throws {
        let error = try refused(
            [Fixture.disk("d", address: "0:2.0.0", bus: "scsi"), Fixture.disk("sda")], Fixture.machine())
        #expect(error.message.contains("d and sda of the design are the same disk"))
    }

    // MARK: Interfaces

    private func interface(_ card: Value, _ interfaces: [MachineFacts.Interface] = Fixture.interfaces) throws -> String?
    {
        let plan = try Fixture.read(["network": ["interfaces": [card]]])
        var machine = Fixture.machine()
        machine.interfaces = interfaces
        return try InterfaceSelection(node: "n1", facts: machine).interfaces(of: plan.network).values.first?.name
    }

    @Test(
        "an interface is found by PCI address, expression, name or MAC",
        arguments: [
            ("nic1", "0000:01:00.1", "eno2"), ("nic1", "02:00.0", "eno3"), ("nic1", "regexp:0000:0[1-9]:", "eno1"),
            ("nic1", "regexp:.*02:00", "eno3"), ("eno3", nil, "eno3"), ("52-54-00-00-00-12", nil, "eno2"),
        ] as [(String, String?, String)])
    func cards(alias: String, address: String?, name: String) throws {
        #expect(try interface(Fixture.card(alias, address)) == name)
    }

    @Test("an interface that is not there is told with those that are")
    func missingCard() throws {
        let error = try #require(
            #expect(throws: InstallationError.self) { try interface(Fixture.card("nic1", "0000:09:00.0")) })
        #expect(error.reason == .interfaceMissing)
        #expect(error.message.contains("nic1 at 0000:09:00.0. It has eno1 (52:54:00:00:00:11, 0000:01:00.0); eno2"))
        #expect(throws: InstallationError.self) { try interface(Fixture.card("nic1", "regexp:(")) }
    }

    @Test("ports with one address are told apart by the kernel's name, and refused where that is another")
    func ports() throws {
        let ports = [Fixture.interface("ens1", 1, "0000:01:00.0"), Fixture.interface("ens1d1", 2, "0000:01:00.0")]
        #expect(try interface(Fixture.card("ens1d1", "0000:01:00.0"), ports) == "ens1d1")
        let error = #expect(throws: InstallationError.self) {
            try interface(Fixture.card("nic1", "0000:01:00.0"), ports)
        }
        #expect(error?.reason == .interfaceAmbiguous)
    }

    @Test("two cards of the design that are one interface are refused")
    func sameCard() throws {
        let network: Value = ["interfaces": [Fixture.card("nic1", "0000:01:00.0"), Fixture.card("eno1", nil)]]
        let plan = try Fixture.read(["network": network])
        let error = #expect(throws: InstallationError.self) {
            try InterfaceSelection(node: "n1", facts: Fixture.machine()).interfaces(of: plan.network)
        }
        #expect(error?.message.contains("nic1 and eno1 of the design are the same interface") == true)
    }
}
