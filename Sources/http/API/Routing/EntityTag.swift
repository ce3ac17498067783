import HTTPTypes

/// Tags of what is answered, held against those that a client names (RFC 9110 §13.1).
package enum EntityTag {
    /// Whether a tag is among those of an `If-None-Match` or `If-Match`. `*` names each.
    ///
    /// - Parameters:
    ///   - tag: of the answer, with its quotes; a strong one.
    ///   - isStrong: whether a weak tag of the client's is another one, as for `If-Match`.
    package static func isNamed(_ tag: String, in header: String, isStrong: Bool = false) -> Bool {
        header.split(separator: ",").contains { entry in
            let text = entry.drop(while: isBlank)
            let named = !isStrong && text.hasPrefix("W/") ? text.dropFirst(2) : text
            guard named.hasPrefix(tag) else { return named.first == "*" && named.dropFirst().allSatisfy(isBlank) }
            return named.dropFirst(tag.count).allSatisfy(isBlank)
        }
    }

    private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }
}

extension APIRequest {
    /// How a request is answered that wants what has this tag under a condition which is not met: `If-Match` counts before
    /// `If-None-Match` (RFC 9110 §13.2.2).
    ///
    /// - Parameter tag: of the answer, with its quotes; a strong one.
    /// - Returns: 412 or 304; nil where the answer is sent.
    package func unmetCondition(for tag: String) -> HTTPResponse.Status? {
        if let wanted = header(.ifMatch), !EntityTag.isNamed(tag, in: wanted, isStrong: true) {
            return .preconditionFailed
        }
        if let known = header(.ifNoneMatch), EntityTag.isNamed(tag, in: known) { return .notModified }
        return nil
    }
}
