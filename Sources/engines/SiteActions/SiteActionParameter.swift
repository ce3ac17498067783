import Primitives

/// A parameter of an action. The raw value is its key in `parameters` of `POST actions`.
package enum SiteActionParameter: String, Sendable, CaseIterable {
    case targetNodes = "target_nodes"
    case continueOnFail = "continue-on-fail"
    case release

    /// What help shows for the value: words in upper case are to be replaced.
    package var form: String {
        switch self {
        case .targetNodes: "NAME,NAME…"
        case .continueOnFail: "true"
        case .release: "NAME"
        }
    }

    /// Whether the actions that have it cannot start without it.
    package var isRequired: Bool { self == .targetNodes }
}

/// What an action was given for its parameters. Keys that no parameter has are ignored, as Airship ignores them.
package struct SiteActionArguments: Sendable {
    private let value: Value

    /// - Parameter value: the object `parameters` of `POST actions`.
    package init(_ value: Value) { self.value = value }

    /// The machines of `target_nodes`, a list of texts or a text with commas; nil where it names none or is neither.
    package var targetNodes: [String]? {
        var names: [String] = []
        switch self[.targetNodes] {
        case .string(let text): names = text.split(separator: ",").map(\.trimmed)
        case .array(let elements):
            let texts = elements.compactMap(\.stringValue)
            if texts.count == elements.count { names = texts.map(\.trimmed) }
        default: break
        }
        names.removeAll(where: \.isEmpty)
        return names.isEmpty ? nil : names
    }

    /// Whether the action is to go on where it can after failures: `continue-on-fail` is `true`, in any case.
    package var continuesOnFail: Bool { self[.continueOnFail]?.pythonText.lowercased() == "true" }

    /// The only release whose tests are to run; nil for all.
    package var release: String? { self[.release]?.stringValue }

    private subscript(parameter: SiteActionParameter) -> Value? { value[parameter.rawValue] }
}
