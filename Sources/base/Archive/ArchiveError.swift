/// Why bytes are no archive, or none within the limits.
package enum ArchiveError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The bytes end before the archive does.
    case truncated(String)
    /// The bytes are not what the format says; what and where.
    case damaged(String)
    /// A well-formed archive of a kind that is not read here.
    case unsupported(String)
    /// The contents would exceed the limit given, in bytes.
    case tooLarge(limit: Int)

    package var description: String {
        switch self {
        case .truncated(let what): "truncated archive: \(what)"
        case .damaged(let what): "damaged archive: \(what)"
        case .unsupported(let what): "unsupported archive: \(what)"
        case .tooLarge(let limit): "archive expands to more than \(limit) bytes"
        }
    }
}
