import Glibc

/// What the kernel keeps of a process that ends by a fault.
package enum CoreFiles {
    /// From now on neither this process nor its children leave a core file, in which their secrets would stand: systemd-coredump
    /// keeps to the limit, too.
    package static func forbid() {
        var none = rlimit()
        none.rlim_cur = 0
        none.rlim_max = 0
        _ = setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }
}
