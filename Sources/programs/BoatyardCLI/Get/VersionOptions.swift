import ArgumentParser

/// Which versions of the documents are meant.
struct VersionOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "The committed documents.")
    var committed = false

    @Flag(name: .shortAndLong, help: "The documents in the buffer.")
    var buffer = false

    @Flag(name: .shortAndLong, help: "The documents of the last site action.")
    var lastSiteAction = false

    @Flag(name: .shortAndLong, help: "The documents of the last site action that was complete.")
    var successfulSiteAction = false

    /// As the daemon calls them, in the order that it knows them in.
    var names: [String] {
        [
            buffer ? "buffer" : nil, committed ? "committed" : nil, lastSiteAction ? "last_site_action" : nil,
            successfulSiteAction ? "successful_site_action" : nil,
        ].compactMap(\.self)
    }

    /// One, or none for the buffer.
    func single() throws -> [(String, String)] {
        guard names.count < 2 else { throw ValidationError("Give one version at most: \(Self.spellings).") }
        return names.map { ("version", $0) }
    }

    /// Two, or none for the buffer and the committed documents.
    func pair() throws -> [(String, String)] {
        guard names.isEmpty || names.count == 2 else {
            throw ValidationError(
                "Give two versions to compare, or none for --buffer and --committed: \(Self.spellings). "
                    + "With --collection NAME one version shows the documents of a collection.")
        }
        return names.map { ("versions", $0) }
    }

    private static let spellings = "--buffer, --committed, --last-site-action, --successful-site-action"
}
