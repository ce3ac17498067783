import Foundation
import Glibc
import Primitives

/// A file system of its own for a folder, small enough to be filled. It needs root.
struct SmallDisk {
    private let folder: URL
    private var filler: URL { folder.appendingPathComponent("filler") }

    /// Whether it can be had here; prints why not.
    static var isPossible: Bool {
        if getuid() == 0 { return true }
        print("skipped: mounting a small file system needs root")
        return false
    }

    init(_ folder: URL, megabytes: Int) throws {
        self.folder = folder
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
            throw NeverHappened(description: "\(folder.path) cannot be mounted: \(systemErrorText())")
        }
    }

    func unmount() { umount2(folder.path, Int32(MNT_DETACH)) }

    /// Takes every byte that is left, but for `left`.
    func fill(leaving left: Int = 0) {
        let descriptor = open(filler.path, O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        let block = [UInt8](repeating: 0, count: 4096)
        var size = 0
        while true {
            let count = write(descriptor, block, block.count)
            if count <= 0 { break }
            size += count
        }
        ftruncate(descriptor, max(0, size - left))
    }

    func empty() throws { try FileManager.default.removeItem(at: filler) }
}
