/// Which of a node's two archives.
package enum BootDataKind: String, Sendable, Hashable {
    case files
    case units

    /// As it stands in the name of the attachment: `n1-file.tar.gz`.
    fileprivate var attachmentSuffix: String { self == .files ? "file" : "unit" }
}

/// A gzipped tar.
package struct BootDataArchive: Sendable {
    package enum Contents: Sendable {
        /// Shared by all who fetch it now.
        case whole([UInt8])
        /// Too large to be held.
        ///
        /// - Parameters:
        ///   - length: in bytes.
        ///   - piece: the bytes from an offset on where another piece ended, or 0.
        case pieces(length: Int, piece: @Sendable (_ offset: Int) async throws -> [UInt8])
    }

    let node: String
    let kind: BootDataKind
    /// Below `bootdata/`: the digest comes first.
    let name: String
    package let contents: Contents

    /// Of the attachment.
    package var fileName: String { "\(node)-\(kind.attachmentSuffix).tar.gz" }
    /// SHA-256 of the archive, lower-case hexadecimal: the same for the same contents.
    package var digest: String { String(name.prefix(64)) }
}
