import Archive
import Primitives

/// Turns a root file system, member by member, into the ramdisk that is the installer. `RamdiskStart` precedes it.
///
/// The ramdisk has no links between files: the second name is a symbolic link. Every time is that of the release.
package struct RamdiskWriter {
    private var cpio = CpioWriter()
    private let modified: Int
    private let leavesOut: (String) -> Bool
    /// Of the member whose contents pass.
    private var destination = Destination.nothing
    private var padding = 0
    private var left = 0
    private var isBegun = false
    /// Bytes of its files once they are unpacked, in whole pages.
    package private(set) var unpacked = 0
    /// The kernel, as its file in `/boot` is named.
    package private(set) var kernel: String?

    private enum Destination {
        case nothing
        case ramdisk
        case kernel
    }

    private static let kernelPath = "boot/vmlinuz-"

    /// - Parameters:
    ///   - modified: the time of every member, in seconds since 1970.
    ///   - leavesOut: whether a path, without a slash at the begin, is left out with all below it.
    package init(modified: Int, leavesOut: @escaping (String) -> Bool) {
        self.modified = modified
        self.leavesOut = leavesOut
    }

    /// Takes the next member or piece.
    ///
    /// - Parameters:
    ///   - ramdisk: gets the next bytes of the ramdisk.
    ///   - kernel: gets the next bytes of the kernel.
    package mutating func take(
        _ event: TarStream.Event, ramdisk: ([UInt8]) throws -> Void, kernel: (ArraySlice<UInt8>) throws -> Void
    ) throws {
        switch event {
        case .contents(let bytes):
            switch destination {
            case .nothing: break
            case .kernel: try kernel(bytes)
            case .ramdisk:
                try ramdisk(Array(bytes))
                left -= bytes.count
                if left == 0, padding > 0 { try ramdisk([UInt8](repeating: 0, count: padding)) }
            }
        case .entry(let entry):
            if !isBegun {
                isBegun = true
                try begin(ramdisk)
            }
            try take(entry, ramdisk)
        }
    }

    private mutating func take(_ entry: TarEntry, _ ramdisk: ([UInt8]) throws -> Void) throws {
        destination = .nothing
        let path = Array(TarEntry.parts(of: entry.path).joined(separator: [UInt8(ascii: "/")]))
        let name = String(decoding: path, as: UTF8.self)
        if name.hasPrefix(Self.kernelPath), entry.kind == .file {
            guard kernel == nil else {
                throw BoatyardError("build.kernel", "The root has two kernels, \(kernel ?? "") and \(name).")
            }
            kernel = String(name.dropFirst(Self.kernelPath.count))
            destination = .kernel
            return
        }
        // What runs first is in the archive before this one.
        guard !path.isEmpty, name != "init", !leavesOut(name) else { return }
        switch entry.kind {
        case .file:
            try ramdisk(
                try cpio.header(
                    path: path, type: 0o100000, mode: entry.mode, owner: entry.owner, group: entry.group,
                    size: entry.size, modified: modified))
            destination = .ramdisk
            unpacked += (entry.size + 4095) / 4096 * 4096
            left = entry.size
            padding = CpioWriter.padding(after: entry.size)
        case .folder:
            try ramdisk(
                try cpio.header(
                    path: path, type: 0o040000, mode: entry.mode, owner: entry.owner, group: entry.group,
                    modified: modified))
        case .symbolicLink: try link(path, to: entry.target, ramdisk)
        case .hardLink:
            let parts = TarEntry.parts(of: entry.target).joined(separator: [UInt8(ascii: "/")])
            try link(path, to: [UInt8(ascii: "/")] + parts, ramdisk)
        // What a running system makes itself.
        case .characterDevice, .blockDevice, .pipe: break
        }
    }

    private mutating func link(_ path: [UInt8], to target: [UInt8], _ ramdisk: ([UInt8]) throws -> Void) throws {
        let header = try cpio.header(path: path, type: 0o120000, mode: 0o777, size: target.count, modified: modified)
        try ramdisk(header + target + [UInt8](repeating: 0, count: CpioWriter.padding(after: target.count)))
    }

    /// The devices that the kernel opens before it has a file system for them.
    private mutating func begin(_ ramdisk: ([UInt8]) throws -> Void) throws {
        try ramdisk(try cpio.header(path: Array("dev".utf8), type: 0o040000, mode: 0o755, modified: modified))
        for (name, mode, device) in [("dev/console", 0o600, (5, 1)), ("dev/null", 0o666, (1, 3))] {
            try ramdisk(
                try cpio.header(path: Array(name.utf8), type: 0o020000, mode: mode, modified: modified, device: device))
        }
    }

    /// Ends the ramdisk.
    ///
    /// - Throws: `BoatyardError` `build.kernel` where no kernel has passed.
    package mutating func finish(_ ramdisk: ([UInt8]) throws -> Void) throws {
        guard kernel != nil else {
            throw BoatyardError("build.kernel", "The root has no kernel: there is no file /\(Self.kernelPath)….")
        }
        try ramdisk(try cpio.header(path: Array(".boatyard".utf8), type: 0o040000, mode: 0o755, modified: modified))
        try ramdisk(
            try cpio.header(
                path: Array(RamdiskStart.lastFile.utf8), type: 0o100000, mode: 0o644, modified: modified))
        try ramdisk(try CpioWriter.trailer())
    }
}
