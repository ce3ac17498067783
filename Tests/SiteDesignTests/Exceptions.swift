import Primitives

@testable import SiteDesign

/// Where we differ from the recordings on purpose, and why; `docs/compatibility.md` lists the same.
enum Exceptions {
    struct Rule {
        /// nil: in any design.
        var sample: String?
        /// With `*` for any one step.
        var path: String
        var reason: String
    }

    static let rules: [Rule] = []

    static func explain(_ difference: GoldenComparison.Difference, in sample: Sample) -> Bool {
        rules.contains { rule in
            (rule.sample ?? sample.name) == sample.name && matches(rule.path, difference.path)
        }
    }

    private static func matches(_ pattern: String, _ path: String) -> Bool {
        let wanted = pattern.split(separator: "/")
        let steps = path.split(separator: "/")
        guard steps.count >= wanted.count else { return false }
        return zip(wanted, steps).allSatisfy { $0 == "*" || $0 == $1 }
    }
}
