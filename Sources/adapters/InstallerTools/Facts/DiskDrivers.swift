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
