import Glibc

/// The programs of the package as they were built.
package enum BuiltPrograms {
    /// Where SwiftPM puts programs and the test bundle alike; with the names that `boatyard` runs under, as `make build` makes them.
    package static let folder: String = {
        let bundle = CommandLine.arguments.first { $0.contains(".xctest") } ?? CommandLine.arguments[0]
        var parts = bundle.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        while let place = parts.firstIndex(where: { $0.hasSuffix(".xctest") }) { parts = parts[..<place] }
        var folder = parts.isEmpty ? "." : parts.joined(separator: "/")
        if let whole = realpath(folder, nil) {
            folder = String(cString: whole)
            free(whole)
        }
        for name in ["boatyardd", "boatyard-rehearse", "boatyard-dhcp"] {
            // Another process of the tests may do it at the same time.
            let link = "\(folder)/\(name).\(getpid())"
            guard symlink("boatyard", link) == 0 else { continue }
            if rename(link, "\(folder)/\(name)") != 0 { unlink(link) }
        }
        return folder
    }()
}
