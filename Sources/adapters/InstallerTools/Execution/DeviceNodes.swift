import Glibc
import Installation
import Primitives

/// Finds the node of a device that an installation makes or fills.
struct DeviceNodes: Sendable {
    let system: SystemFiles

    /// In tries of 200 ms: how long a device may take to appear.
    private static let tries = 150

    /// The node of a device, once it is there.
    ///
    /// - Throws: `BoatyardError` `device.missing` after half a minute; `device.other` where another partition has its place.
    func path(of device: BlockDevice) async throws -> String {
        for attempt in 0..<Self.tries {
            if let path = try await present(device) { return path }
            if attempt == 0 { try await Udev.settle() } else { try await Task.sleep(for: .milliseconds(200)) }
        }
        throw BoatyardError(
            "device.missing",
            "The \(device) has not appeared within half a minute, though it was made. Look at the kernel's messages on "
                + "the machine ('dmesg') for errors of the disk.")
    }

    /// nil where it is not there now.
    private func present(_ device: BlockDevice) async throws -> String? {
        guard case .partition(let uuid, let number, let disk) = device else {
            return access(device.path, F_OK) == 0 ? device.path : nil
        }
        let folder = "/sys/block/\(disk)"
        // The kernel says which of its names is which partition; 'p' and numbers behind the disk's name are only usual.
        let name = system.names(in: folder).first {
            $0.hasPrefix(disk) && system.number("\(folder)/\($0)/partition") == number
        }
        guard let name, access("/dev/\(name)", F_OK) == 0 else { return nil }
        let found = try await DiskContents.read(of: "/dev/\(name)").partitionUUID
        guard let found else { return nil }
        guard found == uuid else {
            throw BoatyardError(
                "device.other",
                "\(name) is the partition \(found), where the \(device) is to be \(uuid). The partition table of "
                    + "\(disk) was changed meanwhile: deploy the machine again.")
        }
        return "/dev/\(name)"
    }

    /// `8:1` of a node; nil where there is none.
    static func number(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFBLK else { return nil }
        let device = UInt64(status.st_rdev)
        // As gnu_dev_major and gnu_dev_minor take it apart.
        let major = (device >> 8 & 0xfff) | (device >> 32 & ~0xfff)
        let minor = (device & 0xff) | (device >> 12 & ~0xff)
        return "\(major & 0xffff_ffff):\(minor & 0xffff_ffff)"
    }
}
