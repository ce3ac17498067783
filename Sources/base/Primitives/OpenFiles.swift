import Glibc

/// How many descriptors the process may have.
package enum OpenFiles {
    /// Takes as many as the host lets us have without asking: a site of a thousand machines needs thousands, and many hosts
    /// start with 1024.
    package static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < limit.rlim_max
        else { return }
        limit.rlim_cur = limit.rlim_max
        // What it was before is what it stays.
        _ = setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
