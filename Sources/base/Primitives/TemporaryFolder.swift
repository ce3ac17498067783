import Glibc

/// A new folder for this process alone.
package struct TemporaryFolder: Sendable, Hashable {
    /// Absolute, without a slash at the end.
    package let path: String

    /// Makes it with mode 0700 below `$TMPDIR`, else `/tmp`.
    ///
    /// - Parameter prefix: what its name begins with.
    /// - Throws: `BoatyardError` `folder.temporary`, with the system's reason and a remedy.
    package init(prefix: String) throws(BoatyardError) {
        let base = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(base)/\(prefix)-XXXXXX".utf8CString)
        // It puts what nobody else has in the place of the X's.
        guard mkdtemp(&template) != nil else {
            throw BoatyardError(
                "folder.temporary",
                "no temporary directory can be made in \(base): \(systemErrorText()); set TMPDIR to one "
                    + "that can be written")
        }
        let made = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard !made.hasPrefix("/"), let whole = realpath(made, nil) else {
            path = made
            return
        }
        defer { free(whole) }
        path = String(cString: whole)
    }

    /// Deletes it with all that it holds.
    package func remove() { FolderContents.remove(path) }
}
