import Installation
import Primitives

/// Reads what the kernel and udev know of this machine.
package struct FactsReader: Sendable {
    let system: SystemFiles
    private let virtual: VirtualDevices

    package init(system: SystemFiles = SystemFiles()) {
        self.system = system
        virtual = VirtualDevices(in: system)
    }

    /// - Parameter looksForErasure: whether disks are asked in which ways they can erase themselves, which takes a while.
    package func read(looksForErasure: Bool = false) async throws -> MachineFacts {
        var disks: [MachineFacts.Disk] = []
        for var disk in try kernelDisks() {
            try await DiskContents.read(of: "/dev/\(disk.name)").apply(to: &disk)
            if looksForErasure { disk.secureErasures = try await ErasureMethods.read(disk: disk.name) }
            disks.append(disk)
        }
        return try await facts(of: disks, try await layers(above: disks.map(\.name)))
    }

    /// Every disk, as far as it is known without reading from it.
    ///
    /// - Throws: `BoatyardError` `file.read` where the kernel does not list them.
    func kernelDisks() throws(BoatyardError) -> [MachineFacts.Disk] {
        try diskNames().compactMap { kernelFacts(ofDisk: $0) }
    }

    func facts(of disks: [MachineFacts.Disk], _ layers: [MachineFacts.Layer]) async throws -> MachineFacts {
        MachineFacts(
            firmware: system.exists("/sys/firmware/efi") ? .uefi : .bios, hasSecureBoot: hasSecureBoot, disks: disks,
            layers: layers,
            interfaces: try await NetworkCard.all(in: system).map {
                .init(name: virtual.name(of: $0), mac: $0.mac, pciAddress: $0.pciAddress, hasLink: $0.hasLink)
            })
    }

    /// UEFI 2.10 §3.3: a byte behind the four of the attributes.
    private var hasSecureBoot: Bool {
        let name = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
        return system.bytes(name).map { $0.count == 5 && $0[4] == 1 } ?? false
    }

    private static let others = ["loop", "ram", "zram", "sr", "fd", "dm-", "md", "nbd", "mtdblock"]

    /// Boot areas of eMMC are disks of their own to the kernel, and hold no system.
    ///
    /// - Throws: `BoatyardError` `file.read` where the kernel does not list them.
    func diskNames() throws(BoatyardError) -> [String] {
        try system.list("/sys/block").filter { name in
            !Self.others.contains { name.hasPrefix($0) } && system.exists("/sys/block/\(name)/device")
                && !(name.hasPrefix("mmcblk") && (name.contains("boot") || name.hasSuffix("rpmb")))
        }
    }

    private static let sectorsOfSysfs = 512

    func size(_ folder: String) -> Int {
        let size = (system.number("\(folder)/size") ?? 0).multipliedReportingOverflow(by: Self.sectorsOfSysfs)
        return size.overflow ? 0 : max(0, size.partialValue)
    }

    /// What is known of a disk without reading from it; nil where there is no such disk.
    package func kernelFacts(ofDisk name: String) -> MachineFacts.Disk? {
        let folder = "/sys/block/\(name)"
        guard !name.isEmpty, !name.contains("/"), system.exists(folder) else { return nil }
        let udev = UdevProperties(of: folder, in: system)
        let worldWideNames = [
            udev["ID_WWN"], udev["ID_WWN_WITH_EXTENSION"], system.text("\(folder)/wwid"),
            system.text("\(folder)/device/wwid"),
        ].compactMap { $0 }
        var seen: Set<String> = []
        var disk = MachineFacts.Disk(
            name: name, size: size(folder),
            logicalSectorSize: system.number("\(folder)/queue/logical_block_size") ?? Self.sectorsOfSysfs,
            addresses: addresses(of: folder, name), serial: serial(of: folder) ?? udev["ID_SERIAL_SHORT"],
            wwns: worldWideNames.filter { seen.insert($0).inserted }, links: udev.links,
            isRemovable: system.flag("\(folder)/removable"), isReadOnly: system.flag("\(folder)/ro"))
        virtual.apply(to: &disk)
        return disk
    }

    /// As the maker wrote it; nil where the disk does not say.
    func model(ofDisk name: String) -> String? { system.text("/sys/block/\(name)/device/model") }

    /// NVMe and virtio say it in a file; a SCSI device on its page 0x80, behind a header of four bytes (SPC-4 §7.8.16).
    private func serial(of folder: String) -> String? {
        if let text = system.text("\(folder)/device/serial") ?? system.text("\(folder)/serial") { return text }
        guard let page = system.bytes("\(folder)/device/vpd_pg80"), page.count > 4 else { return nil }
        let text = String(decoding: page.dropFirst(4).prefix { $0 != 0 }, as: UTF8.self).trimmed
        return text.isEmpty ? nil : text
    }

    private func addresses(of folder: String, _ name: String) -> [String] {
        guard let device = system.resolved("\(folder)/device") else { return [] }
        let path = device.split(separator: "/").map { String($0) }
        let last = path.last ?? ""
        var addresses: [String] = []
        let numbers = last.split(separator: ":", omittingEmptySubsequences: false)
        if numbers.count == 4, numbers.allSatisfy({ Int($0) != nil }) {
            addresses.append("scsi@\(last)")
        } else if name.hasPrefix("nvme") {
            let numbers = name.dropFirst(4).split(separator: "n").compactMap { Int($0) }
            if numbers.count == 2 { addresses.append("nvme@\(numbers[0]):\(numbers[1])") }
        } else if last.hasPrefix("virtio"), let number = Int(last.dropFirst(6)) {
            addresses.append("virtio@\(number)")
        }
        if let pci = path.last(where: PCIAddress.isOne) { addresses.append("pci@\(pci)") }
        return addresses
    }
}

/// What udev knows of a device.
struct UdevProperties: Sendable {
    private var values: [String: String] = [:]
    /// Names under `/dev/disk/by-id` and `/dev/disk/by-path`.
    private(set) var links: [String] = []

    /// Empty where udev does not run, or has not seen the device yet.
    init(of folder: String, in system: SystemFiles) {
        guard let number = system.text("\(folder)/dev"), let text = system.text("/run/udev/data/b\(number)") else {
            return
        }
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("E:") {
                let parts = line.dropFirst(2).split(separator: "=", maxSplits: 1)
                if parts.count == 2 { values[String(parts[0])] = String(parts[1]) }
            } else if line.hasPrefix("S:disk/by-id/") || line.hasPrefix("S:disk/by-path/") {
                links.append(line.split(separator: "/").last.map { String($0) } ?? "")
            }
        }
    }

    subscript(name: String) -> String? { values[name] }
}

/// `0000:01:00.0`: domain, bus, device and function.
enum PCIAddress {
    static func isOne(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 12, bytes[4] == UInt8(ascii: ":"), bytes[7] == UInt8(ascii: ":"),
            bytes[10] == UInt8(ascii: ".")
        else { return false }
        return [UInt8](hex: bytes[0..<4] + bytes[5..<7] + bytes[8..<10]) != nil && (48...55).contains(bytes[11])
    }
}
