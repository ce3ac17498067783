import IPMI
import Installation
import OrderedCollections
import Primitives

/// The command line of QEMU for one start of a machine.
///
/// KVM is not used: a machine of a rehearsal has to run wherever the rehearsal does. Sources: the manual of QEMU 7.2, and
/// the names of OVMF's `fw_cfg` files.
struct QEMUCommand: Sendable {
    /// What firmware boots first.
    enum FirstDevice: Sendable, Hashable {
        case network
        case disk
        /// The image in the drive of the BMC.
        case image
        /// The order that the firmware keeps itself.
        case own
    }

    let machine: MachineDescription
    let options: VirtualMachineOptions
    let first: FirstDevice
    /// Whether there is an image in the drive of the BMC.
    let hasImage: Bool

    /// Debian's package `ovmf`.
    static let firmware = "/usr/share/OVMF"
    private static let program = "qemu-system-x86_64"

    init(
        _ machine: MachineDescription, _ options: VirtualMachineOptions, first: FirstDevice, hasImage: Bool = false
    ) {
        self.machine = machine
        self.options = options
        self.first = first
        self.hasImage = hasImage
    }

    /// What a BMC's order means for the next start.
    static func first(
        _ flags: BootFlags, of machine: MachineDescription, _ options: VirtualMachineOptions
    ) -> FirstDevice {
        if flags.isValid, flags.device == .pxe { return .network }
        if flags.isValid, flags.device == .disk { return .disk }
        if flags.isValid, flags.device == .cdrom { return .image }
        if options.networkFirst.contains(machine.name) { return .network }
        return machine.firmware == .uefi ? .own : .disk
    }

    private var isSecure: Bool { options.secureBoot.contains(machine.name) }
    private var folder: String { "\(options.folder)/\(machine.name)" }

    /// The files with the contents of disks, in the order of the machine's disks.
    var disks: [String] { machine.disks.indices.map { "\(folder)/disk\($0).img" } }
    /// What the BMC has fetched for its drive.
    var image: String { "\(folder)/image.iso" }
    /// The variables of UEFI firmware, which outlive a power cycle.
    var variables: String { "\(folder)/variables.fd" }
    /// What `variables` are before the first start.
    var freshVariables: String { "\(Self.firmware)/OVMF_VARS_4M\(isSecure ? ".ms" : "").fd" }
    /// All that the machine has written to its serial line.
    var console: String { "\(folder)/console.log" }
    /// A Unix socket, for people who want to type.
    var consoleSocket: String { "\(folder)/console.sock" }
    /// The addresses that the design gives the machine's devices; see `RehearsedDevices`.
    var devices: String { "\(folder)/devices.json" }

    /// The name of the network interface of this host that the machine's interface `place` is connected with, at most
    /// 15 characters.
    static func tap(of mac: MACAddress) -> String {
        "by" + mac.description.split(separator: ":").joined()
    }

    var arguments: [String] {
        let board = machine.firmware == .uefi ? (isSecure ? "q35,smm=on" : "q35") : "q35,graphics=off"
        var arguments = [
            Self.program, "-name", machine.name, "-no-user-config", "-nodefaults", "-display", "none",
            "-machine", board, "-accel", "tcg,tb-size=128", "-cpu", "max", "-smp",
            String(options.processors), "-m", String(options.memory),
            "-uuid", machine.uuid, "-smbios", "type=1,serial=REHEARSED-\(machine.name)",
            "-smbios", "type=3,serial=REHEARSED-\(machine.name)", "-qmp", "stdio", "-action", "reboot=shutdown",
            "-chardev", "socket,id=console,path=\(consoleSocket),server=on,wait=off,logfile=\(console),logappend=on",
            "-serial", "chardev:console", "-device", "virtio-rng-pci",
            "-fw_cfg", "name=opt/boatyard/devices,file=\(devices)",
        ]
        if let clock = options.clock { arguments += ["-rtc", "base=\(clock)"] }
        if machine.firmware == .uefi { arguments += firmwareArguments }
        arguments += disk(0)
        for (place, interface) in machine.interfaces.enumerated() {
            let isBoot = interface.mac == machine.mac
            // Without QEMU's own iPXE, so that UEFI firmware does what it does on metal.
            let rom = machine.firmware == .uefi ? ",romfile=" : ""
            arguments += [
                "-netdev", "tap,id=net\(place),ifname=\(Self.tap(of: interface.mac)),script=no,downscript=no",
                "-device",
                "virtio-net-pci,netdev=net\(place),mac=\(interface.mac)\(rom)"
                    + (isBoot ? order(.network) : ""),
            ]
        }
        // Behind the interfaces, whose places on the bus do not depend on how many disks there are.
        for place in machine.disks.indices.dropFirst() { arguments += disk(place) }
        if hasImage {
            arguments += [
                "-device", "virtio-scsi-pci,id=bmc", "-drive",
                "if=none,id=image,media=cdrom,readonly=on,format=raw,file=\(image)", "-device",
                "scsi-cd,bus=bmc.0,drive=image" + order(.image),
            ]
        }
        return arguments
    }

    /// What a disk is connected with.
    private enum Connection {
        case scsi
        case sata
        case nvme
        case virtio

        /// By the bus of the design; where that gives none, by the name that the kernel is to have for the disk.
        init(_ disk: MachineDescription.Disk) {
            switch disk.bus?.lowercased() {
            case "nvme": self = .nvme
            case "virtio": self = .virtio
            case "sata", "ata", "ide": self = .sata
            case nil where disk.name.hasPrefix("nvme"): self = .nvme
            case nil where disk.name.hasPrefix("vd"): self = .virtio
            default: self = .scsi
            }
        }
    }

    /// OVMF finds one disk at each controller, so that the first ones have their own. The further ones share the last, which is
    /// one of SCSI: the bus that all controllers are on has 32 places.
    private static let controllers = 8

    private func disk(_ place: Int) -> [String] {
        guard machine.disks.indices.contains(place) else { return [] }
        let last = Self.controllers - 1
        let own = "drive=disk\(place),serial=\(Self.serial(machine, place))" + order(.disk, place)
        let connection = place < last ? Connection(machine.disks[place]) : Connection.scsi
        let devices: [String]
        switch connection {
        case .scsi:
            let controller = min(place, last)
            devices =
                (controller == place ? ["virtio-scsi-pci,id=scsi\(controller)"] : [])
                + ["scsi-hd,bus=scsi\(controller).0,scsi-id=\(place - controller),\(own)"]
        case .sata: devices = ["ich9-ahci,id=sata\(place)", "ide-hd,bus=sata\(place).0,\(own)"]
        case .nvme: devices = ["nvme,\(own)"]
        case .virtio: devices = ["virtio-blk-pci,\(own)"]
        }
        // Zeroes are not stored: the first synchronization of an array would fill it.
        let drive =
            "if=none,id=disk\(place),file=\(disks[place]),format=raw,cache=unsafe,discard=unmap,detect-zeroes=unmap"
        return ["-drive", drive] + devices.flatMap { ["-device", $0] }
    }

    /// Of a disk: at most 20 characters, as every bus has them.
    static func serial(_ machine: MachineDescription, _ place: Int) -> String {
        machine.mac.description.split(separator: ":").joined() + "d\(place)"
    }

    private var firmwareArguments: [String] {
        let code = "\(Self.firmware)/OVMF_CODE_4M\(isSecure ? ".ms" : "").fd"
        var arguments = [
            "-drive", "if=pflash,format=raw,unit=0,readonly=on,file=\(code)",
            "-drive", "if=pflash,format=raw,unit=1,file=\(variables)",
            // Nobody answers PXE over IPv6, and waiting for that takes more than a minute.
            "-fw_cfg", "name=opt/org.tianocore/IPv6PXESupport,string=n",
        ]
        if isSecure { arguments += ["-global", "driver=cfi.pflash01,property=secure,value=on"] }
        if options.httpBoot.contains(machine.name) {
            arguments += ["-fw_cfg", "name=opt/org.tianocore/IPv4PXESupport,string=n"]
        }
        return arguments
    }

    /// Its place in the order in which firmware tries devices. A disk that cannot be booted is followed by the next one.
    private func order(_ device: FirstDevice, _ place: Int = 0) -> String {
        guard first != .own else { return "" }
        // No two devices have the same.
        let later =
            switch device {
            case .network: 2000
            case .image: 3000
            default: 1000
            }
        return ",bootindex=\((device == first ? 1 : later) + place)"
    }
}

/// The addresses that a site's documents give the BMC and the devices of a machine, for the agent in a virtual machine.
///
/// QEMU cannot put a device at any PCI or SCSI address, and knows nothing of the BMC. The agent reads this from the firmware's configuration
/// (`opt/boatyard/devices`) and takes a device for the one at the address of the design.
enum RehearsedDevices {
    static func value(of machine: MachineDescription) -> Value {
        [
            "bmc": Value(machine.bmcProtocol.isInDocuments ? machine.bmcAddress : nil),
            "interfaces": .array(
                machine.interfaces.map {
                    ["mac": .string($0.mac.description), "name": .string($0.name), "address": Value($0.address)]
                }),
            "disks": .array(
                machine.disks.enumerated().map { place, disk in
                    [
                        "serial": .string(QEMUCommand.serial(machine, place)), "bus": Value(disk.bus),
                        "address": Value(disk.address),
                    ]
                }),
        ]
    }
}
