import CLinux
import Glibc
import Installation
import Primitives

/// Empties disks.
struct DiskExecutor: Sendable {
    let facts: FactsReader
    let log: InstallerLog

    /// - Throws: `BoatyardError` `disk.changed` where the disk is not the one that was chosen.
    func check(_ identity: DiskIdentity) throws {
        guard let disk = facts.kernelFacts(ofDisk: identity.name) else {
            throw BoatyardError(
                "disk.changed", "The disk \(identity.name) is gone. Look at its cable and its power, and at 'dmesg'.")
        }
        guard identity.matches(disk) else {
            throw BoatyardError(
                "disk.changed",
                "\(identity.name) is another disk than the one that was chosen: it has the serial "
                    + "\(disk.serial ?? "(none)") and \(disk.size) bytes, the other had \(identity.serial ?? "(none)") and "
                    + "\(identity.size). Nothing was written to it; deploy the machine again.")
        }
    }

    func release(_ release: Release) async throws {
        switch release.kind {
        case .unmount:
            for point in release.mountPoints { try await ChildProcess.run(Command("umount", point, deadline: 120)) }
        case .swapOff: try await ChildProcess.run(Command("swapoff", release.device, deadline: 300))
        case .removeMapping:
            guard access(release.device, F_OK) == 0 else { return }
            try await ChildProcess.run(Command("dmsetup", "remove", "--retry", release.device, deadline: 60))
        case .stopArray:
            guard access(release.device, F_OK) == 0 else { return }
            try await ChildProcess.run(Command("mdadm", "--stop", release.device, deadline: 60))
        }
        try await Udev.settle()
    }

    func wipe(_ wipe: Wipe) async throws {
        if let identity = wipe.identity { try check(identity) }
        try overwrite(wipe)
        if wipe.discards {
            do {
                try await ChildProcess.run(Command("blkdiscard", "--force", wipe.device, deadline: 120))
            } catch let failure as CommandFailure {
                log.write("\(wipe.device) does not discard what it holds: \(failure)")
            }
        }
        try await ChildProcess.run(Command("wipefs", "--all", "--force", wipe.device))
        guard let disk = wipe.identity?.name else { return }
        let descriptor = open("/dev/\(disk)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        // Its partitions are gone, too. A disk that cannot have any says so, which is as good.
        _ = clinux_reread_partitions(descriptor)
    }

    private func overwrite(_ wipe: Wipe) throws {
        // With O_EXCL nobody else, such as a file system or an array, may have it.
        let descriptor = open(wipe.device, O_WRONLY | O_EXCL | O_CLOEXEC)
        guard descriptor >= 0 else {
            let number = errno
            if number == ENOENT, wipe.identity == nil { return }
            throw BoatyardError(
                "disk.open",
                "\(wipe.device) cannot be opened to wipe it: \(systemErrorText(number))\(holders(of: wipe.device)). Boot "
                    + "the machine again, and look at what the design says of its disks.")
        }
        defer { close(descriptor) }
        let zeroes = [UInt8](repeating: 0, count: 1 << 20)
        for range in wipe.ranges {
            var place = range.lowerBound
            while place < range.upperBound {
                let count = min(zeroes.count, range.upperBound - place)
                let written = pwrite(descriptor, zeroes, count, off_t(place))
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { throw BoatyardError.diskWrite(wipe.device, at: place, systemErrorText()) }
                place += written
            }
        }
        guard fsync(descriptor) == 0 else { throw BoatyardError.diskWrite(wipe.device, systemErrorText()) }
    }

    /// What has it open, as far as the kernel says.
    private func holders(of device: String) -> String {
        let name = device.split(separator: "/").last.map { String($0) } ?? ""
        let holders = facts.system.names(in: "/sys/class/block/\(name)/holders")
        let points = DeviceNodes.number(of: device).map { MountTable.current().points(of: $0) } ?? []
        let all = holders + points
        return all.isEmpty ? "" : " (in use by \(all.joined(separator: ", ")))"
    }

    /// Discards and writes of a disk, down to the disk itself.
    func flush() {
        for name in (try? facts.diskNames()) ?? [] {
            let descriptor = open("/dev/\(name)", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            fsync(descriptor)
            _ = clinux_flush_buffers(descriptor)
            close(descriptor)
        }
    }
}
