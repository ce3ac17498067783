import OrderedCollections
import Primitives
import Testing

@testable import Installation

@Suite("What another boot of the same machine would meet again, and what it may mend")
struct PermanenceTests {
    /// Why a plan of these disks cannot be carried out.
    private func refused(
        _ disks: [Value], _ machine: MachineFacts, _ members: OrderedDictionary<String, Value> = [:]
    ) throws -> InstallationError {
        var members = members
        members["disks"] = .array(disks)
        members["volume_groups"] = []
        return try #require(
            #expect(throws: InstallationError.self) { try Fixture.operations(members, machine) })
    }

    /// A plan whose root does not fit on the disk.
    private static func large(_ device: String, _ address: String? = nil, _ bus: String? = nil) -> Value {
        Fixture.disk(
            device, address: address, bus: bus,
            partitions: [Fixture.partition("root", "600g", Fixture.fileSystem("/"), ["bootable": true])])
    }

    private static func machine(_ change: (inout [MachineFacts.Disk]) -> Void) -> MachineFacts {
        var disks = Fixture.disks
        change(&disks)
        return Fixture.machine(disks: disks)
    }

    @Test(
        "a design that is too large for its disk fails for good where the disk is known and found by what is its own",
        arguments: [
            ("S1", "serial"), ("5000c500a1b2c3d4", "wwn"), ("ata-DISK_S1", "by-id"), ("0000:03:00.0", "pci"),
            ("0:2.0.0", "scsi"), ("S1", nil),
        ] as [(String, String?)])
    func tooSmall(address: String, bus: String?) throws {
        let error = try refused([Self.large("d", address, bus)], Fixture.machine())
        #expect(error.reason == .space && error.isPermanent)
    }

    @Test("nor by a serial or link that stands in the place of its name")
    func alias() throws {
        for name in ["S1", "ata-DISK_S1", "wwn-0x5000c500a1b2c3d4"] {
            #expect(try refused([Self.large(name)], Fixture.machine()).isPermanent, "\(name)")
        }
    }

    @Test("by a name or number that the kernel counts it may find a larger disk at the next boot, if there is one")
    func names() throws {
        // sdb is larger.
        #expect(try !refused([Self.large("sda")], Fixture.machine()).isPermanent)
        let equal = Self.machine { $0[1].size = $0[0].size }
        #expect(try refused([Self.large("sda")], equal).isPermanent)
        let alone = Self.machine { $0.removeLast() }
        #expect(try refused([Self.large("sda")], alone).isPermanent)
        // The hosts of SCSI are counted: sdb may have the address of sda then.
        let hosts = Self.machine { $0[1].addresses = ["1:2:0:0"] }
        #expect(try !refused([Self.large("d", "0:2.0.0", "scsi")], hosts).isPermanent)
        #expect(try refused([Self.large("d", "S1", "serial")], hosts).isPermanent)
    }

    @Test("a disk without serial and WWN may be another one, and one that can be taken out, too")
    func unknown() throws {
        let nameless = Self.machine { disks in
            disks[0].serial = nil
            disks[0].wwns = []
        }
        let error = try refused([Self.large("d", "0:2.0.0", "scsi")], nameless)
        #expect(error.reason == .space && !error.isPermanent)
        let removable = Self.machine { $0[0].isRemovable = true }
        #expect(try !refused([Self.large("d", "0:2.0.0", "scsi")], removable).isPermanent)
    }

    @Test("so it is with a volume group, with what a file system needs, and with what the firmware needs")
    func otherSpace() throws {
        let group = Fixture.disk("d", address: "S1", bus: "serial", group: "data")
        let boot = Fixture.disk(
            "e", address: "S2", bus: "serial",
            partitions: [Fixture.partition("root", "20g", Fixture.fileSystem("/"), ["bootable": true])])
        let error = #expect(throws: InstallationError.self) {
            try Fixture.operations([
                "disks": [group, boot],
                "volume_groups": [
                    [
                        "name": "data", "uuid": nil, "physical_volumes": [["device": "d", "partition": nil]],
                        "logical_volumes": [
                            ["name": "a", "size": "600g", "uuid": nil, "filesystem": Fixture.fileSystem("/srv")]
                        ],
                    ]
                ],
            ])
        }
        #expect(error?.reason == .space && error?.isPermanent == true)
        let root = Fixture.partition("root", "20g", Fixture.fileSystem("/"), ["bootable": true])
        let small = Fixture.partition("a", "200mi", Fixture.fileSystem("/a", type: "xfs"))
        let filled = Fixture.disk("d", address: "S1", bus: "serial", partitions: [root, small])
        let xfs = try refused([filled], Fixture.machine())
        #expect(xfs.reason == .space && xfs.isPermanent)
        let tiny = Self.machine { $0[0].size = 256 << 20 }
        let esp = Fixture.disk("d", address: "S1", bus: "serial", partitions: [root])
        let firmware = try refused(
            [esp], MachineFacts(firmware: .uefi, disks: tiny.disks, interfaces: tiny.interfaces), ["boot_mode": "uefi"])
        #expect(firmware.reason == .space && firmware.isPermanent)
    }

    @Test("a disk that is missing may only be late, one that is empty or locked may be so for this boot")
    func mayMend() throws {
        let missing = try refused([Self.large("d", "S9", "serial")], Fixture.machine())
        #expect(missing.reason == .diskMissing && !missing.isPermanent)
        for change in [{ $0[0].size = 0 }, { $0[0].isReadOnly = true }] as [(inout [MachineFacts.Disk]) -> Void] {
            let unusable = try refused([Self.large("d", "S1", "serial")], Self.machine(change))
            #expect(unusable.reason == .diskUnusable && !unusable.isPermanent)
        }
        let paths = Self.machine { disks in
            disks[1].wwns = disks[0].wwns
            disks[1].size = disks[0].size
        }
        let several = try refused([Self.large("d", "S1", "serial")], paths)
        #expect(several.reason == .diskAmbiguous && !several.isPermanent)
        let firmware = try refused(
            [Self.large("d", "S1", "serial")],
            MachineFacts(firmware: .uefi, disks: Fixture.disks, interfaces: Fixture.interfaces))
        #expect(firmware.reason == .firmware && !firmware.isPermanent)
    }

    @Test("sectors, a size and a mark of other machines stay with a disk that is found by what is its own")
    func ofDisk() throws {
        for (change, reason) in [
            ({ $0[0].logicalSectorSize = 520 }, .diskUnusable), ({ $0[0].size = .max }, .diskUnusable),
            ({ $0[0].signatures = ["vmfs"] }, .diskShared),
        ] as [((inout [MachineFacts.Disk]) -> Void, InstallationError.Reason)] {
            let machine = Self.machine(change)
            let known = try refused([Self.large("d", "S1", "serial")], machine)
            #expect(known.reason == reason && known.isPermanent)
            let named = try refused([Self.large("sda")], machine)
            #expect(named.reason == reason && !named.isPermanent)
        }
    }

    @Test("that two disks or two names are one stays so where both are found by what is their own")
    func ambiguous() throws {
        let equal = Self.machine { $0[1].serial = "S1" }
        let serial = try refused([Self.large("d", "S1", "serial")], equal)
        #expect(serial.reason == .diskAmbiguous && serial.isPermanent)
        let drive = Self.machine { disks in
            disks[1].serial = "S1"
            disks[1].isRemovable = true
        }
        #expect(try !refused([Self.large("d", "S1", "serial")], drive).isPermanent)
        let other = Fixture.disk("e", address: "5000c500a1b2c3d4", bus: "wwn")
        let twice = try refused([Self.large("d", "S1", "serial"), other], Fixture.machine())
        #expect(twice.reason == .diskAmbiguous && twice.isPermanent)
        let named = try refused([Self.large("d", "S1", "serial"), Fixture.disk("sda")], Fixture.machine())
        #expect(named.reason == .diskAmbiguous && !named.isPermanent)
    }

    @Test("interfaces keep their addresses and places, and not their names; one that is missing may only be late")
    func interfaces() throws {
        func refused(_ cards: [Value]) throws -> InstallationError {
            let network: Value = [
                "interfaces": .array(cards), "bonds": [], "vlans": [], "routes": [],
                "dns": ["servers": [], "search": []],
            ]
            return try #require(
                #expect(throws: InstallationError.self) { try Fixture.operations(["network": network]) })
        }
        let missing = try refused([Fixture.card("eno1", "0000:09:00.0")])
        #expect(missing.reason == .interfaceMissing && !missing.isPermanent)
        let twice = try refused([Fixture.card("a", "0000:01:00.0"), Fixture.card("b", "01:00.0")])
        #expect(twice.reason == .interfaceAmbiguous && twice.isPermanent)
        for card in [Fixture.card("eno1", nil), Fixture.card("b", "regexp:0000:01:00.0")] {
            let named = try refused([Fixture.card("a", "0000:01:00.0"), card])
            #expect(named.reason == .interfaceAmbiguous && !named.isPermanent)
        }
    }

    @Test("a size that is none is one at each boot")
    func size() throws {
        let wrong = Fixture.disk(
            "d", address: "S1", bus: "serial",
            partitions: [Fixture.partition("root", "large", Fixture.fileSystem("/"), ["bootable": true])])
        let error = #expect(throws: InstallationError.self) { try Fixture.operations(["disks": [wrong]]) }
        #expect(error?.reason == .plan && error?.isPermanent == true)
    }
}
