/// One place in a value: the members and elements on the way to it.
package struct DataPlace: Sendable, Hashable, CustomStringConvertible {
    /// A key of a mapping, or an index of a list.
    package enum Step: Sendable, Hashable {
        case member(String)
        case element(Int)
    }

    /// From the document's `data` downwards; empty for the whole.
    package var steps: [Step]

    package init(_ steps: [Step] = []) { self.steps = steps }

    package func appending(_ step: Step) -> DataPlace { DataPlace(steps + [step]) }

    /// As the JSONPath that leads there: `.a.'b.c'[0]`, `.` for the root.
    package var description: String {
        guard !steps.isEmpty else { return "." }
        return steps.map { step in
            switch step {
            case .element(let index): "[\(index)]"
            case .member(let name): "." + Self.segment(name)
            }
        }.joined()
    }

    private static func segment(_ name: String) -> String {
        let isPlain = !name.isEmpty && name.unicodeScalars.allSatisfy(JSONPathParser.isNameCharacter)
        guard !isPlain else { return name }
        var quoted = "'"
        for character in name.unicodeScalars {
            if character == "'" || character == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(character)
        }
        return quoted + "'"
    }
}
