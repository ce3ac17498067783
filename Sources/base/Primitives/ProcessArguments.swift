/// What this process was started with. Swift reads it from `/proc/self/cmdline`.
package enum ProcessArguments {
    /// The last part of the name that the program was started by; nil where its arguments cannot be read: it would take them for
    /// none.
    package static var programName: String? {
        CommandLine.arguments.first.map { name in
            String(name[(name.lastIndex(of: "/").map(name.index(after:)) ?? name.startIndex)...])
        }
    }

    /// Why they cannot be read, and the remedy.
    package static let unreadable =
        "its arguments are read from /proc/self/cmdline, which is not there; mount it: mount -t proc proc /proc"
}
