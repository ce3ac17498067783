import Primitives

/// Characters that no name has: those that cannot be shown, and that not every reader of JSON and YAML takes.
enum ControlCharacter {
    /// The first control character of a text, as `U+0000`; nil where it has none.
    static func first(of text: String) -> String? {
        guard let scalar = text.unicodeScalars.first(where: \.isControl) else {
            return nil
        }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// - Parameter parameters: of a path.
    /// - Throws: `RequestError.invalidParameter` that names the parameter and the character.
    static func refuse(inNames parameters: [String: String]) throws {
        for (name, text) in parameters.sorted(by: { $0.key < $1.key }) {
            guard let character = first(of: text) else { continue }
            throw RequestError.invalidParameter(
                "The \"\(name)\" in the path is invalid. It has the control character \(character), which names may not "
                    + "have.")
        }
    }
}
