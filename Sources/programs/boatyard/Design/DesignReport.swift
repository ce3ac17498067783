import OrderedCollections
import Primitives
import SiteDesign

/// What is wrong with a design, for people.
struct DesignReport {
    var design: CompiledDesign
    /// What is to be said of the documents as they are written.
    var warnings: [Value] = []
    var isVerbose: Bool
    /// Where a document stands that a message names.
    var place: (Value) -> String?

    var text: String {
        let messages = design.messages.filter { isVerbose || $0.level != .info }
        var lines = MessageList.lines(warnings + messages.map(Self.body), place: place)
        lines.append(summary)
        return lines.joined(separator: "\n")
    }

    /// With the documents even of what stopped the compilation, which Drydock's form of it does not name.
    private static func body(_ message: DesignValidationMessage) -> Value {
        guard case .object(var body) = message.body(at: .now()) else { return .null }
        body["documents"] = .array(message.documents.map(\.value))
        return .object(body)
    }

    private var summary: String {
        let site = design.draft
        func count(_ number: Int, _ one: String, _ many: String) -> String { "\(number) \(number == 1 ? one : many)" }
        let errors = count(design.errorCount, "error", "errors")
        let warnings = count(
            warnings.count + design.messages.count { $0.level == .warning }, "warning", "warnings")
        let size =
            "\(count(site.nodes.count, "machine", "machines")), \(count(site.networks.count, "network", "networks")),"
            + " \(count(site.bootActions.count, "boot action", "boot actions"))"
        let verdict = design.status == .success ? "The design is valid" : "The design is not valid"
        return "\(verdict): \(errors), \(warnings); \(size)."
    }
}
