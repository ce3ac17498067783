import Primitives

/// A loadable driver that the installer uses for a device between the processor and a disk.
struct DiskDriver: Sendable, Hashable {
    /// The name of the disk in the kernel.
    var disk: String
    /// The name of the device on its bus: `0000:00:1f.2`.
    var device: String
    /// By what any kernel finds a driver for the device: `pci:v00008086d00002922sv…`.
    var alias: String
    /// Its module in the installer's kernel.
    var module: String
}

extension FactsReader {
    /// From the controller to the disk. Drivers that are part of the installer's kernel itself are left out: what a module
    /// of theirs would be called is not known.
    func drivers(ofDisk name: String) -> [DiskDriver] {
        guard var folder = system.resolved("/sys/block/\(name)/device") else { return [] }
        var drivers: [DiskDriver] = []
        while let slash = folder.lastIndex(of: "/"), folder.hasPrefix("/sys/devices/") {
            if let alias = system.text("\(folder)/modalias"), let module = system.resolved("\(folder)/driver/module"),
                let last = module.split(separator: "/").last
            {
                let device = String(folder[folder.index(after: slash)...])
                drivers.append(DiskDriver(disk: name, device: device, alias: alias, module: String(last)))
            }
            folder = String(folder[..<slash])
        }
        return drivers.reversed()
    }
}

/// What is looked for in an initramfs.
struct InitramfsContents: Sendable, Hashable {
    var hasLVM = false
    /// Kernel modules, with underscores.
    var modules: Set<String> = []

    /// Takes a member of its archive.
    mutating func add(_ path: some StringProtocol) {
        if path.hasSuffix("sbin/lvm") { hasLVM = true }
        guard let file = path.split(separator: "/").last else { return }
        for end in [".ko", ".ko.xz", ".ko.zst", ".ko.gz"] where file.hasSuffix(end) {
            modules.insert(Self.module(file.dropLast(end.count)))
        }
    }

    /// The name of a module as kernels compare it.
    static func module(_ name: some StringProtocol) -> String { String(name.map { $0 == "-" ? "_" : $0 }) }

    func has(_ wanted: InitramfsContents) -> Bool {
        (hasLVM || !wanted.hasLVM) && modules.isSuperset(of: wanted.modules)
    }
}
