import Primitives

/// What users, projects and roles may be called.
enum PrincipalNames {
    /// - Throws: `IdentityError.invalid`.
    static func check(_ name: String, _ what: String) throws {
        let isPlain = !name.unicodeScalars.contains(where: \.isControl)
        guard (1...255).contains(name.count), name.utf8.count <= 1020, isPlain, name.first?.isWhitespace == false,
            name.last?.isWhitespace == false
        else {
            throw IdentityError.invalid(
                "The name of a \(what) has 1 to 255 characters, none of them a control character, and no space at "
                    + "either end.")
        }
    }
}
