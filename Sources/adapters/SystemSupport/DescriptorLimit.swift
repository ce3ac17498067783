import Glibc

/// How many descriptors this process may have.
package enum DescriptorLimit {
    /// More than the listeners, the BMCs and the database need.
    private static let wanted: rlim_t = 16384

    /// Raises the limit as far as it may be raised without privileges, and is needed.
    ///
    /// - Returns: the limit that holds then.
    package static func raise() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        if limit.rlim_cur < wanted {
            var higher = limit
            higher.rlim_cur = min(wanted, limit.rlim_max)
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &higher) == 0 { limit = higher }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
