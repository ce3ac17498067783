struct JSONPathParser {
    private let text: String
    private let characters: [Unicode.Scalar]
    private var position = 0

    private static let lengthLimit = 4096

    init(_ text: String) {
        self.text = text
        characters = Array(text.unicodeScalars.prefix(Self.lengthLimit + 1))
    }

    mutating func steps() throws(JSONPathError) -> [JSONPath.Step] {
        guard characters.count <= Self.lengthLimit else {
            throw JSONPathError(message: "a path may have \(Self.lengthLimit) characters")
        }
        if text == "." || text == "$" { return [] }
        guard !characters.isEmpty else { throw JSONPathError(message: "the path is empty; write . for the whole") }
        var steps: [JSONPath.Step] = []
        if current == "$" {
            position += 1
        } else if current != ".", current != "[" {
            steps.append(try segment())
        }
        while let character = current {
            switch character {
            case "[":
                steps.append(try bracket())
            case ".":
                position += 1
                if current == "." {
                    position += 1
                    steps.append(.descend)
                }
                steps.append(current == "[" ? try bracket() : try segment())
            default:
                throw unexpected()
            }
        }
        return steps
    }

    private var current: Unicode.Scalar? { position < characters.count ? characters[position] : nil }

    private mutating func segment() throws(JSONPathError) -> JSONPath.Step {
        switch current {
        case "*":
            position += 1
            return .anyName
        case "'", "\"":
            return .name(try quoted())
        default:
            let start = position
            while let character = current, Self.isNameCharacter(character) { position += 1 }
            guard position > start else { throw unexpected() }
            return .name(String(String.UnicodeScalarView(characters[start..<position])))
        }
    }

    private mutating func quoted() throws(JSONPathError) -> String {
        guard let quote = current else { throw unexpected() }
        position += 1
        var name = String.UnicodeScalarView()
        while let character = current {
            position += 1
            if character == quote { return String(name) }
            if character == "\\", let escaped = current {
                position += 1
                name.append(escaped)
            } else {
                name.append(character)
            }
        }
        throw JSONPathError(message: "the quote in \(text) is not closed")
    }

    private mutating func bracket() throws(JSONPathError) -> JSONPath.Step {
        position += 1
        let step: JSONPath.Step
        switch current {
        case "*":
            position += 1
            step = .anyIndex
        case "'", "\"":
            step = .name(try quoted())
        default:
            let start = position
            while let character = current, character == "-" || ("0"..."9").contains(character) { position += 1 }
            let digits = String(String.UnicodeScalarView(characters[start..<position]))
            guard let index = Int(digits) else { throw unexpected() }
            step = .index(index)
        }
        guard current == "]" else { throw unexpected() }
        position += 1
        return step
    }

    private func unexpected() -> JSONPathError {
        guard let current else { return JSONPathError(message: "the path \(text) ends too early") }
        return JSONPathError(
            message: "\(text) has an unexpected \(current) at character \(position + 1); names with characters other "
                + "than letters, digits, _, @ and - must be quoted")
    }

    static func isNameCharacter(_ character: Unicode.Scalar) -> Bool {
        switch character {
        case "a"..."z", "A"..."Z", "0"..."9", "_", "@", "-": true
        default: character.value > 0x7f && character.properties.isAlphabetic
        }
    }
}
