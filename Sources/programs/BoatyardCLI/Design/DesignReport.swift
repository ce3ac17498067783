import OrderedCollections
import Primitives
import SiteDesign

/// What is wrong with a design, for people.
struct DesignReport {
    var design: CompiledDesign
    /// Those of the design, with their places.
    var messages: [Value]
    /// What is to be said of the documents as they are written.
    var warnings: [Value] = []
    var isVerbose: Bool
    /// Where a document stands that a message names.
    var place: (Value) -> String?

    var text: String {
        let shown = zip(design.messages, messages).filter { isVerbose || $0.0.level != .info }.map(\.1)
        var lines = MessageList.lines(warnings + shown, place: place)
        lines.append(summary)
        return lines.joined(separator: "\n")
    }

    private var summary: String {
        let site = design.draft
        func count(_ number: Int, _ one: String, _ many: String) -> String { "\(number) \(number == 1 ? one : many)" }
        let wrong = warnings.count { $0["error"] == true }
        let errors = count(design.errorCount + wrong, "error", "errors")
        let warnings = count(
            warnings.count - wrong + design.messages.count { $0.level == .warning }, "warning", "warnings")
        let size =
            "\(count(site.nodes.count, "machine", "machines")), \(count(site.networks.count, "network", "networks")),"
            + " \(count(site.bootActions.count, "boot action", "boot actions"))"
        let verdict = design.status == .success && wrong == 0 ? "The design is valid" : "The design is not valid"
        return "\(verdict): \(errors), \(warnings); \(size)."
    }
}
