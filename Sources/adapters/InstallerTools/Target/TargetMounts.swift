import CLinux
import Glibc
import Primitives

extension TargetRoot {
    /// File systems of the installer that programs in the new system need.
    private static let borrowed = ["/dev", "/dev/pts", "/proc", "/sys", "/run"]
    private static let firmwareVariables = "/sys/firmware/efi/efivars"

    /// Gives programs that run in the new system `/dev`, `/proc`, `/sys` and `/run`. What is there already stays.
    func borrowSystemFolders() async throws {
        let present = Set(MountTable.current().points(below: path))
        var folders = Self.borrowed
        if access(Self.firmwareVariables, F_OK) == 0 { folders.append(Self.firmwareVariables) }
        for folder in folders where !present.contains(outside(folder)) {
            if !folder.hasPrefix("/sys/") { try makeFolderIfMissing(folder) }
            // The installer would follow a link of the image to a place of its own.
            guard SystemFiles().resolved(outside(folder)) == outside(folder) else {
                throw BoatyardError(
                    "target.mount",
                    "\(folder) of the new system is a link, on which nothing can be mounted. Make the image with a folder "
                        + "there, and deploy the machine again.")
            }
            try await ChildProcess.run(Command("mount", "--bind", folder, outside(folder)))
            // What is mounted below it later, by whoever logs in, is not part of the new system.
            try await ChildProcess.run(Command("mount", "--make-private", outside(folder)))
        }
    }

    /// Takes them away again, and everything else that is mounted below them.
    func returnSystemFolders() async throws {
        let folders = Self.borrowed.map(outside)
        let points = MountTable.current().points(below: path).filter { point in
            folders.contains { point == $0 || point.hasPrefix($0 + "/") }
        }
        for point in points { try await unmount(point) }
    }

    /// Writes everything to the disks of the new system. Programs and `umount` succeed although a disk loses what they wrote: the
    /// kernel writes it later, and tells it here.
    ///
    /// - Parameter cause: what has failed before.
    /// - Throws: `BoatyardError` `disk.write`, with the device and where it is mounted.
    func synchronize(after cause: (any Error)? = nil) throws(BoatyardError) {
        for entry in MountTable.current().entries where entry.point == path || entry.point.hasPrefix(path + "/") {
            let descriptor = Glibc.open(entry.point, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
            let isWritten = descriptor >= 0 && clinux_sync_file_system(descriptor) == 0
            let reason = systemErrorText()
            if descriptor >= 0 { close(descriptor) }
            if isWritten { continue }
            let node = SystemFiles().resolved("/sys/dev/block/\(entry.device)")?.split(separator: "/").last
            let device = node.map { "/dev/\($0)" } ?? "The file system"
            let place = entry.point == path ? "/" : String(entry.point.dropFirst(path.count))
            throw BoatyardError.diskWrite("\(device) (\(place) of the new system)", reason, cause: cause)
        }
    }

    /// Unmounts the new system with all that is mounted in it; afterwards nothing is mounted there.
    ///
    /// - Throws: `BoatyardError` `target.busy`, with the processes that use it.
    func unmountAll() async throws {
        for point in MountTable.current().points(below: path) { try await unmount(point) }
    }

    private func unmount(_ point: String) async throws {
        var last: CommandFailure?
        for pause in [0, 100, 400, 1000, 2000] {
            try await Task.sleep(for: .milliseconds(pause))
            do {
                try await ChildProcess.run(Command("umount", point, deadline: 600))
                return
            } catch let failure as CommandFailure {
                last = failure
                if !MountTable.current().entries.contains(where: { $0.point == point }) { return }
            }
        }
        let users = Self.users(of: point)
        let who = users.isEmpty ? "no process is seen to use it" : "it is used by \(users.joined(separator: ", "))"
        throw BoatyardError(
            "target.busy",
            "\(point) cannot be unmounted; \(who). End those, and deploy the machine again.", cause: last)
    }

    /// Processes whose root, working folder or open files are there: `sshd (412)`.
    private static func users(of point: String) -> [String] {
        let processes = (FolderContents.names(in: "/proc") ?? []).filter { $0.allSatisfy(\.isNumber) }
        return processes.filter { process in
            let links = ["root", "cwd", "exe"].map { "/proc/\(process)/\($0)" }
            let files = (FolderContents.names(in: "/proc/\(process)/fd") ?? []).map { "/proc/\(process)/fd/\($0)" }
            return (links + files).contains { link in
                var buffer = [CChar](repeating: 0, count: 4096)
                let length = readlink(link, &buffer, buffer.count)
                guard length > 0 else { return false }
                let target = String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
                return target == point || target.hasPrefix(point + "/")
            }
        }
        .prefix(8).map { process in
            let name = (try? FileContents.read("/proc/\(process)/comm", limit: 4096)) ?? []
            return "\(String(decoding: name, as: UTF8.self).trimmed) (\(process))"
        }
    }

    private func makeFolderIfMissing(_ place: String) throws {
        if !exists(place) { try makeFolder(place, mode: 0o755, owner: 0, group: 0) }
    }
}
