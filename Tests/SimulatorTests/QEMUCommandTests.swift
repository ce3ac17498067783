import IPMI
import Installation
import Primitives
import Testing

@testable import Simulator

@Suite("Virtual machines of a rehearsal")
struct QEMUCommandTests {
    private func machine(_ firmware: MachineFacts.Firmware) throws -> MachineDescription {
        let mac = try #require(MACAddress("52:54:00:20:01:11"))
        let second = try #require(MACAddress("52:54:00:20:01:12"))
        return MachineDescription(
            name: "n1", bmcAddress: "10.0.0.11", account: "a", credential: Secret("b"), mac: mac,
            firmware: firmware,
            interfaces: [
                .init(name: "ens3", mac: mac, address: "0000:00:03.0"), .init(name: "ens4", mac: second, address: nil),
            ],
            disks: [
                .init(name: "sda", size: 960_000_000_000, address: "0:2.0.0", needed: 8 << 30),
                .init(name: "sdb", size: 960_000_000_000, address: nil),
            ], assets: [])
    }

    private var options: VirtualMachineOptions { VirtualMachineOptions(bridge: "br0", folder: "/vms") }

    private func devices(_ command: QEMUCommand, _ kind: String) -> [String] {
        command.arguments.filter { $0.hasPrefix(kind) }
    }

    @Test(
        "machines have two processors where the host has enough for all, else one",
        arguments: [(1, 2, 2), (1, 1, 1), (4, 2, 1), (4, 8, 2), (20, 64, 2), (0, 4, 2)])
    func processors(machines: Int, host: Int, expected: Int) throws {
        var options = options
        options.processors = VirtualMachineOptions.processors(of: machines, host: host)
        let arguments = QEMUCommand(try machine(.uefi), options, first: .disk).arguments
        let place = try #require(arguments.firstIndex(of: "-smp"))
        #expect(arguments[place + 1] == "\(expected)")
    }

    @Test("a BIOS machine has its disks and cards, and boots what its BMC was told")
    func bios() throws {
        let machine = try machine(.bios)
        let network = QEMUCommand(machine, options, first: .network)
        #expect(
            devices(network, "virtio-net-pci") == [
                "virtio-net-pci,netdev=net0,mac=52:54:00:20:01:11,bootindex=1",
                "virtio-net-pci,netdev=net1,mac=52:54:00:20:01:12",
            ])
        #expect(
            devices(network, "scsi-hd") == [
                "scsi-hd,bus=scsi0.0,scsi-id=0,drive=disk0,serial=525400200111d0,bootindex=1000",
                "scsi-hd,bus=scsi1.0,scsi-id=0,drive=disk1,serial=525400200111d1,bootindex=1001",
            ])
        let disk = devices(QEMUCommand(machine, options, first: .disk), "scsi-hd")
        #expect(disk[0].hasSuffix(",bootindex=1") && disk[1].hasSuffix(",bootindex=2"))
        #expect(network.arguments.contains("tap,id=net0,ifname=by525400200111,script=no,downscript=no"))
        #expect(QEMUCommand.tap(of: machine.mac).utf8.count <= 15)
        #expect(!network.arguments.contains { $0.contains("pflash") })
    }

    @Test(
        "a disk is on the bus of the design, else on that of its kernel name, under its serial and its place in the order"
    )
    func buses() throws {
        var machine = try machine(.bios)
        let disks: [(name: String, bus: String?)] = [
            ("sda", "NVMe"), ("sdb", "sata"), ("sdc", "ata"), ("sdd", "virtio"), ("nvme0n1", nil), ("vda", nil),
            ("sde", "by-id"), ("vdb", nil), ("sdf", "nvme"),
        ]
        machine.disks = disks.map { .init(name: $0.name, size: 8 << 30, address: nil, bus: $0.bus) }
        let command = QEMUCommand(machine, options, first: .disk)
        func own(_ place: Int) -> String {
            "drive=disk\(place),serial=525400200111d\(place),bootindex=\(place + 1)"
        }
        let expected: [(kind: String, devices: [String])] = [
            ("nvme", ["nvme,\(own(0))", "nvme,\(own(4))"]),
            ("ich9-ahci", ["ich9-ahci,id=sata1", "ich9-ahci,id=sata2"]),
            ("ide-hd", ["ide-hd,bus=sata1.0,\(own(1))", "ide-hd,bus=sata2.0,\(own(2))"]),
            ("virtio-blk-pci", ["virtio-blk-pci,\(own(3))", "virtio-blk-pci,\(own(5))"]),
            ("virtio-scsi-pci", ["virtio-scsi-pci,id=scsi6", "virtio-scsi-pci,id=scsi7"]),
            (
                "scsi-hd",
                [
                    "scsi-hd,bus=scsi6.0,scsi-id=0,\(own(6))", "scsi-hd,bus=scsi7.0,scsi-id=0,\(own(7))",
                    "scsi-hd,bus=scsi7.0,scsi-id=1,\(own(8))",
                ]
            ),
        ]
        for (kind, found) in expected { #expect(devices(command, kind) == found) }
        #expect(RehearsedDevices.value(of: machine)["disks"]?[4]?["serial"] == "525400200111d4")
    }

    @Test("no two devices have the same place in the order of booting, whatever is first", arguments: [true, false])
    func order(hasImage: Bool) throws {
        for first in [QEMUCommand.FirstDevice.network, .disk, .image] {
            let arguments = QEMUCommand(try machine(.uefi), options, first: first, hasImage: hasImage).arguments
            let places = arguments.compactMap { $0.split(separator: "bootindex=").dropFirst().first }
            #expect(places.count >= 3 && Set(places).count == places.count, "\(places)")
        }
    }

    @Test("the image in the drive of its BMC is a disc, which is booted only where that was ordered")
    func image() throws {
        for firmware in [MachineFacts.Firmware.bios, .uefi] {
            let machine = try machine(firmware)
            let ordered = QEMUCommand.first(BootFlags(device: .cdrom), of: machine, options)
            #expect(ordered == .image)
            let first = QEMUCommand(machine, options, first: ordered, hasImage: true)
            #expect(devices(first, "scsi-cd") == ["scsi-cd,bus=bmc.0,drive=image,bootindex=1"])
            #expect(first.arguments.contains { $0.hasSuffix("file=/vms/n1/image.iso") && $0.contains("media=cdrom") })
            #expect(devices(first, "scsi-hd").allSatisfy { $0.contains("bootindex=100") })
            let disk = QEMUCommand(machine, options, first: .disk, hasImage: true)
            #expect(devices(disk, "scsi-cd") == ["scsi-cd,bus=bmc.0,drive=image,bootindex=3000"])
            #expect(devices(QEMUCommand(machine, options, first: .disk), "scsi-cd").isEmpty)
        }
    }

    @Test("a UEFI machine keeps its variables, and Secure Boot has the firmware that enforces it")
    func uefi() throws {
        let machine = try machine(.uefi)
        let own = QEMUCommand(machine, options, first: .own)
        #expect(!own.arguments.contains { $0.contains("bootindex") })
        #expect(own.arguments.contains("if=pflash,format=raw,unit=1,file=/vms/n1/variables.fd"))
        #expect(devices(own, "virtio-net-pci").allSatisfy { $0.contains(",romfile=") })
        #expect(own.freshVariables == "/usr/share/OVMF/OVMF_VARS_4M.fd")
        var options = options
        options.secureBoot = ["n1"]
        let secure = QEMUCommand(machine, options, first: .own)
        #expect(secure.arguments.contains("q35,smm=on"))
        #expect(secure.arguments.contains("driver=cfi.pflash01,property=secure,value=on"))
        #expect(secure.freshVariables == "/usr/share/OVMF/OVMF_VARS_4M.ms.fd")
    }

    @Test("the first device is the BMC's order, else that of the firmware")
    func first() throws {
        let (bios, uefi) = (try machine(.bios), try machine(.uefi))
        var options = options
        #expect(QEMUCommand.first(BootFlags(device: .pxe), of: uefi, options) == .network)
        #expect(QEMUCommand.first(BootFlags(device: .disk), of: uefi, options) == .disk)
        #expect(QEMUCommand.first(.cleared, of: uefi, options) == .own)
        #expect(QEMUCommand.first(.cleared, of: bios, options) == .disk)
        options.networkFirst = ["n1"]
        #expect(QEMUCommand.first(.cleared, of: bios, options) == .network)
    }

    @Test("the agent learns which device stands for which address of the design")
    func rehearsedDevices() throws {
        let value = RehearsedDevices.value(of: try machine(.bios))
        #expect(value["disks"]?[0] == ["serial": "525400200111d0", "bus": nil, "address": "0:2.0.0"])
        #expect(value["disks"]?[1] == ["serial": "525400200111d1", "bus": nil, "address": nil])
        #expect(
            value["interfaces"]?[0]
                == ["mac": "52:54:00:20:01:11", "name": "ens3", "address": "0000:00:03.0"])
        #expect(value["bmc"] == "10.0.0.11")
        var guest = try machine(.bios)
        guest.bmcAddress = "n1"
        guest.bmcProtocol = .libvirt
        #expect(RehearsedDevices.value(of: guest)["bmc"]?.isNull == true)
        #expect(try machine(.bios).disks[0].layoutSize == 8 << 30)
    }

    @Test("QEMU's words become power events, in pieces and with garbage between")
    func events() {
        var lines = LineReader(limit: 200)
        let text = """
            {"QMP": {"version": {}}}
            {"return": {}}
            not json
            \(String(repeating: "x", count: 500))
            {"timestamp": {"seconds": 1}, "event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-reset"}}
            {"event": "SHUTDOWN", "data": {"guest": true, "reason": "guest-shutdown"}}
            {"event": "SHUTDOWN", "data": {"guest": false, "reason": "host-signal"}}

            """
        var events: [MonitorEvent] = []
        for byte in text.utf8 { events += lines.take([byte]).compactMap { MonitorEvent(line: $0) } }
        #expect(events == [.reset, .poweredOff, .ended(reason: "host-signal")])
    }

    @Test("Secure Boot and HTTP boot are refused for BIOS machines, and unknown names are named")
    func firmwareErrors() throws {
        let site = RehearsedSite(machines: [try machine(.bios)])
        var options = options
        options.secureBoot = ["n1"]
        let bios = #expect(throws: RehearsalError.self) { try options.check(against: site) }
        #expect(bios?.description.contains("n1 boots by BIOS") == true)
        options.secureBoot = ["n2"]
        let unknown = #expect(throws: RehearsalError.self) { try options.check(against: site) }
        #expect(unknown?.description == "There is no machine n2 in the site; there are n1.")
        #expect(throws: RehearsalError.self) { try site.limited(to: ["n9"]) }
        #expect(try site.limited(to: ["n1"]).machines.count == 1)
    }
}
