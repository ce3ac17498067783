import Cryptography
import Glibc
import Installation
import OutboundHTTP
import Primitives
import Synchronization

/// Unpacks archives into the new system while they come.
struct ImageExecutor: Sendable {
    let target: TargetRoot
    let client: OutboundClient
    let log: InstallerLog

    /// In seconds.
    private static let patience = 4.0 * 3600

    func unpack(_ image: ImageSource) async throws {
        guard let address = RemoteAddress(image.url) else {
            throw BoatyardError(
                "image.address", "The plan's address of the image \(image.name) is none: '\(image.url)'.")
        }
        let title = "The image \(image.name)"
        try checkSpace(image)
        let download = Download(address, title: title, sha256: image.sha256, size: image.size)
        let log = log
        let fetch: Source = { [client] take in
            try await download.fetch(with: client, trouble: { log.write($0) }, take: take)
        }
        let extraction = Self.extraction(into: target.path)
        if image.format == .squashfs {
            try await unpackSquashfs(fetch, title: title, into: extraction)
        } else {
            let decompression = Self.decompression(image.format)
            _ = try await TarPipeline(title: title, decompression: decompression, extraction: extraction).run(fetch)
        }
        try giveIdentity()
    }

    /// Tells machines of one image apart.
    ///
    /// A machine that has an identity is not at its first boot for systemd, which would switch on every unit that has no preset,
    /// whatever the image has switched off (`ConditionFirstBoot=`, machine-id(5)).
    func giveIdentity() throws(BoatyardError) {
        let file = "/etc/machine-id"
        guard target.exists(file) || target.exists("/usr/lib/systemd") || target.exists("/lib/systemd") else { return }
        var identity = Random.bytes(16)
        // The version and the variant of a random UUID, which it may be taken for.
        identity[6] = identity[6] & 0x0f | 0x40
        identity[8] = identity[8] & 0x3f | 0x80
        try target.write(Array("\(identity.hex)\n".utf8), to: file, mode: 0o444)
        // The same for D-Bus, and those of NVMe over fabrics: both are made of what the machine has where they are missing.
        for copy in ["/var/lib/dbus/machine-id", "/etc/nvme/hostid", "/etc/nvme/hostnqn"] { try target.remove(copy) }
    }

    /// Access lists are extended attributes of an archive. With `--acls` GNU tar drops those of archives that have them in no other
    /// form, as mmdebstrap's.
    static func extraction(into folder: String) -> Command {
        Command(
            [
                "tar", "--extract", "--file=-", "--directory=\(folder)", "--xattrs", "--xattrs-include=*",
                "--numeric-owner",
                // Larger pieces than its 10 KiB are fewer writes: a fifth of its time.
                "--same-owner", "--preserve-permissions", "--warning=no-timestamp", "--blocking-factor=512",
            ], deadline: patience)
    }

    private static func decompression(_ format: ImageSource.Format) -> Command? {
        switch format {
        case .tarZstandard: Command("zstd", "--decompress", "--stdout", "--quiet", deadline: patience)
        case .tarGzip: Command("gzip", "--decompress", "--stdout", deadline: patience)
        case .tarXZ: Command("xz", "--decompress", "--stdout", deadline: patience)
        case .tar, .squashfs: nil
        }
    }

    /// A squashfs is read here and there, so it is first written to the new system, and removed afterwards.
    private func unpackSquashfs(_ fetch: @escaping Source, title: String, into extraction: Command) async throws {
        let file = target.path + "/.boatyard-image"
        let point = "/run/boatyard-image"
        defer { unlink(file) }
        let sink = try FileSink(file)
        try await fetch { piece in try sink.write(piece) }
        try sink.finish()
        try FileContents.makeFolder(point, mode: 0o700)
        try await ChildProcess.run(Command("mount", "-t", "squashfs", "-o", "loop,ro,nodev,nosuid", file, point))
        do {
            let packing = Command(
                [
                    "tar", "--create", "--file=-", "--directory=\(point)", "--format=pax", "--xattrs",
                    "--xattrs-include=*", "--acls", "--numeric-owner", "--sort=name", ".",
                ], deadline: Self.patience)
            let packer = try ChildProcess(packing, output: .pieces)
            _ = try await TarPipeline(title: title, decompression: nil, extraction: extraction).run { take in
                while let piece = try await packer.read() { try await take(piece) }
                try await packer.succeed()
            }
        } catch {
            _ = try? await ChildProcess.run(Command("umount", "--lazy", point))
            throw error
        }
        try await ChildProcess.run(Command("umount", point))
    }

    private func checkSpace(_ image: ImageSource) throws {
        var status = statvfs()
        guard let wanted = image.unpackedSize, statvfs(target.path, &status) == 0 else { return }
        let there = UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        let used = status.f_blocks - min(status.f_bfree, status.f_blocks)
        let atMost = UInt64(status.f_bavail + used).multipliedReportingOverflow(by: UInt64(status.f_frsize))
        guard !there.overflow, there.partialValue < UInt64(clamping: wanted) else { return }
        // Other file systems of the new system may take some of it: only what cannot fit at all is refused.
        let others = MountTable.current().points(below: target.path).count > 1
        if others {
            log.write("the image \(image.name) has \(wanted) bytes, and / has \(there.partialValue) free")
        } else {
            throw BoatyardError(
                "image.space",
                "The image \(image.name) has \(wanted) bytes unpacked, and the root file system has "
                    + "\(there.partialValue) free. Make the partition or volume at / larger in the design.",
                // An agent that was killed may have left a part of it there, which another attempt wipes.
                kind: !atMost.overflow && atMost.partialValue < UInt64(clamping: wanted) ? .invalid : .failed)
        }
    }
}

/// Gives all bytes of an archive to whoever takes them, in their order.
typealias Source = @Sendable (_ take: @escaping @Sendable ([UInt8]) async throws -> Void) async throws -> Void

/// A file that is written in pieces.
private final class FileSink: Sendable {
    private let file: Descriptor
    private let path: String

    init(_ path: String) throws {
        // A pipe on a file system that is kept would never open.
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw BoatyardError("target.write", "Cannot write \(path): \(systemErrorText()).")
        }
        file = Descriptor(descriptor)
        self.path = path
    }

    func write(_ bytes: [UInt8]) throws {
        do { try file.write(bytes) } catch {
            throw BoatyardError("target.write", "Cannot write \(path): \(systemErrorText()).")
        }
    }

    func finish() throws {
        guard fsync(file.value) == 0 else {
            throw BoatyardError("target.write", "Cannot write \(path): \(systemErrorText()).")
        }
        file.close()
    }
}
