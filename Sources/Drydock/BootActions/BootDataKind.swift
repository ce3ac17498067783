/// Which of a node's two archives.
package enum BootDataKind: String, Sendable, Hashable {
    case files
    case units

    /// As it stands in the name of the attachment: `n1-file.tar.gz`.
    package var attachmentSuffix: String { self == .files ? "file" : "unit" }
}

/// A gzipped tar on disk, to be sent as a file.
package struct BootDataArchive: Sendable, Hashable {
    package var path: String
    /// Of the attachment.
    package var fileName: String
    /// SHA-256 of the archive, lower-case hexadecimal: the same for the same contents.
    package var digest: String
}
