import Primitives

/// Why mmdebstrap has failed, told for people.
package enum BuildFailure {
    /// The error with what is to be done, as far as its last lines tell.
    ///
    /// - Parameters:
    ///   - error: with status and last lines.
    ///   - lines: the last lines of mmdebstrap.
    ///   - sources: the addresses that packages come from.
    ///   - folder: where the root is made.
    package static func explained(
        _ error: BoatyardError, lines: [String], sources: [String], folder: String
    ) -> BoatyardError {
        guard let remedy = remedy(lines, sources: sources, folder: folder) else { return error }
        return BoatyardError(error.code, "\(error.message)\n\(remedy)", kind: error.kind)
    }

    static func remedy(_ lines: [String], sources: [String], folder: String) -> String? {
        func has(_ texts: String...) -> Bool { lines.contains { line in texts.contains { line.contains($0) } } }
        let places = Set(sources).sorted().joined(separator: ", ")
        if has("No space left on device", "not enough free space", "You don't have enough free space") {
            return "The disk of \(folder) is full. Make space there, or name another folder in TMPDIR."
        }
        if has("NO_PUBKEY", "is not signed", "couldn't be verified", "EXPKEYSIG") {
            return
                "The keys of this host do not verify the suite. Install the newest debian-archive-keyring, which has "
                + "the keys of newer suites, too."
        }
        if has(
            "Could not resolve", "Temporary failure resolving", "Could not connect", "Unable to connect",
            "Connection refused", "Connection timed out", "Connection failed", "Network is unreachable",
            "does not have a Release file", "404  Not Found", "Failed to fetch", "403  Forbidden")
        {
            return "Packages come from \(places). See that this host reaches it and that it has the suite, or name "
                + "another one: --mirror URL."
        }
        if has("Unable to locate package", "has no installation candidate", "unmet dependencies") {
            return "The archive at \(places) lacks a package. Is its copy of the suite complete, with the component "
                + "non-free-firmware?"
        }
        if has("must be root", "Operation not permitted", "unshare") {
            return "Root file systems are made as root, on a host that permits mounts and device nodes."
        }
        return nil
    }
}
