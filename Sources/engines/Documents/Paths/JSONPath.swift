/// The part of JSONPath that site documents use, compiled (`docs/reference/deckhand.md` §8).
struct JSONPath: Sendable, Hashable {
    enum Step: Sendable, Hashable {
        case name(String)
        /// `*`: every member of a mapping.
        case anyName
        /// `[n]`, negative from the end.
        case index(Int)
        /// `[*]`: every element of a list.
        case anyIndex
        /// `..`: the next step here and at every place below.
        case descend
    }

    let text: String
    /// Empty for the root.
    let steps: [Step]

    var isRoot: Bool { steps.isEmpty }

    /// Whether it leads to one place at most.
    var isSingular: Bool {
        steps.allSatisfy {
            switch $0 {
            case .name, .index: true
            case .anyName, .anyIndex, .descend: false
            }
        }
    }

    static let root = JSONPath(text: "$", steps: [])

    init(_ steps: [Step]) { self.init(text: "", steps: steps) }

    private init(text: String, steps: [Step]) {
        self.text = text
        self.steps = steps
    }

    /// - Parameter text: `.` or `$` for the root, `.name`, `$.name` or `name` for what is in it.
    /// - Throws: with what is wrong and at which character.
    init(_ text: String) throws(JSONPathError) {
        var parser = JSONPathParser(text)
        self.init(text: text, steps: try parser.steps())
    }
}

struct JSONPathError: Error, Sendable, Equatable, CustomStringConvertible {
    let message: String
    var description: String { message }
}
