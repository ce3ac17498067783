/// The two archives of a node's boot data (`docs/reference/drydock.md` §15).
package enum BootDataKind: String, Sendable, Hashable {
    case files
    case units

    /// The part of the attachment's name that tells the kind: `file` in `n1-file.tar.gz`.
    fileprivate var attachmentSuffix: String { self == .files ? "file" : "unit" }
}

/// An archive of boot data: a gzipped tar.
package struct BootDataArchive: Sendable {
    /// The bytes of an archive, or how to read them.
    package enum Contents: Sendable {
        /// The bytes of the archive, shared by all requests for it.
        case whole([UInt8])
        /// An archive that is too large to be held in memory.
        ///
        /// - Parameters:
        ///   - length: in bytes.
        ///   - piece: reads the bytes from an offset on, which is 0 or where another piece ended.
        case pieces(length: Int, piece: @Sendable (_ offset: Int) async throws -> [UInt8])
    }

    let node: String
    let kind: BootDataKind
    /// Below `bootdata/`: the digest comes first.
    let name: String
    /// The bytes, or how to read them.
    package let contents: Contents

    /// The name of the attachment, such as `n1-file.tar.gz`.
    package var fileName: String { "\(node)-\(kind.attachmentSuffix).tar.gz" }
    /// The SHA-256 sum of the archive, lower-case hexadecimal. Equal contents give equal sums.
    package var digest: String { String(name.prefix(64)) }
}
