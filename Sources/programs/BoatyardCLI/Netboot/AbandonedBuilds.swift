import Glibc
import Primitives

/// Temporary folders of builds that were killed, or lost their power.
enum AbandonedBuilds {
    /// Removes those below `$TMPDIR` that are this user's and that no process holds, with what is mounted in them.
    ///
    /// - Parameter prefix: what their names begin with, before a hyphen.
    static func remove(prefix: String) {
        guard let base = getenv("TMPDIR").map({ String(cString: $0) }) else { return }
        for name in FolderContents.names(in: base) ?? [] where name.hasPrefix(prefix + "-") {
            let path = "\(base)/\(name)"
            let folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard folder >= 0 else { continue }
            defer { close(folder) }
            var status = stat()
            guard fstat(folder, &status) == 0, status.st_uid == geteuid(), flock(folder, LOCK_EX | LOCK_NB) == 0,
                unmount(below: path)
            else { continue }
            FolderContents.remove(path)
        }
    }

    /// - Returns: whether nothing is mounted there any more.
    private static func unmount(below folder: String) -> Bool {
        let table = (try? FileContents.read("/proc/self/mounts", limit: 16 << 20)) ?? []
        let places = table.split(separator: 0x0A).compactMap { line -> String? in
            line.split(separator: 0x20).dropFirst().first.map { String(decoding: $0, as: UTF8.self) }
        }
        // The innermost first.
        for place in places.reversed() where place.hasPrefix(folder + "/") {
            guard umount2(place, CInt(MNT_DETACH)) == 0 else { return false }
        }
        return true
    }
}
