import Glibc

/// Users and groups of the system. The calls may ask a directory server, and must not run on an event loop.
package enum SystemGroups {
    /// The number of a group; nil if there is no such group.
    package static func number(of group: String) -> gid_t? {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        return withGrowingBuffer { getgrnam_r(group, &entry, $0, $1, &found) } == 0 && found != nil
            ? entry.gr_gid : nil
    }

    /// A user's name; nil if the number has none.
    package static func userName(_ user: uid_t) -> String? { passwd(user)?.name }

    /// Whether a user belongs to a group, as primary group or as a member.
    package static func isMember(_ user: uid_t, of group: String) -> Bool {
        guard let number = number(of: group), let (name, primary) = passwd(user) else { return false }
        var count: CInt = 64
        while count <= 65536 {
            var groups = [gid_t](repeating: 0, count: Int(count))
            if getgrouplist(name, primary, &groups, &count) >= 0 { return groups.prefix(Int(count)).contains(number) }
            count = max(count, CInt(groups.count) * 2)
        }
        return false
    }

    private static func passwd(_ user: uid_t) -> (name: String, group: gid_t)? {
        var entry = Glibc.passwd()
        var found: UnsafeMutablePointer<Glibc.passwd>?
        var name: String?
        let result = withGrowingBuffer { buffer, size in
            let result = getpwuid_r(user, &entry, buffer, size, &found)
            // The entry points into the buffer.
            if result == 0, found != nil, let text = entry.pw_name { name = String(cString: text) }
            return result
        }
        guard result == 0, let name else { return nil }
        return (name, entry.pw_gid)
    }

    /// Repeats a call with larger buffers while it answers `ERANGE`.
    private static func withGrowingBuffer(_ call: (UnsafeMutablePointer<CChar>, Int) -> CInt) -> CInt {
        var size = 4096
        while true {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { buffer.deallocate() }
            let result = call(buffer, size)
            guard result == ERANGE, size < 1 << 20 else { return result }
            size *= 4
        }
    }
}
