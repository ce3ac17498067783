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
