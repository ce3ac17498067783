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

    static let rules: [Rule] =
        ["deckhand_fullsite", "deckhand_fullsite_bad_hugepages", "deckhand_fullsite_nic_autodetect"].flatMap { sample in
            ["sriov", "trustedmode", "vf_count"].map { member in
                Rule(
                    sample: sample, path: "nodes/0/interfaces/1/\(member)",
                    reason: "an interface that is merged keeps its SR-IOV settings (docs/reference/drydock.md §22.2)")
            }
        } + [
            Rule(
                sample: "deckhand_bootaction", path: "",
                reason: "a key that YAML reads as a number is text by the time a document has been through Deckhand"),
            Rule(
                sample: "invalid_validation", path: "validation/messages/11/message",
                reason: "the message names the MTU that is wrong, not that of the last link"),
            Rule(
                sample: "fullsite", path: "validation/messages/13/documents/0",
                reason: "the legacy format has no references to documents"),
        ]
        + ["fullsite", "hardwareProfile"].map {
            Rule(
                sample: $0, path: "hardware_profiles/0/cpu_sets",
                reason: "the legacy format's reader leaves an absent map null, Deckhand's makes it empty")
        }
        + [
            "hostprof", "invalid_baremetalNode", "invalid_baremetalNode2", "invalid_hardwareProfile",
            "invalid_hostProfile", "invalid_hostProfile2", "invalid_network", "invalid_network2", "invalid_network3",
            "invalid_network4", "invalid_network5", "invalid_networkLink", "invalid_networkLink2",
            "invalid_networkLink3", "invalid_rack", "invalid_region",
        ].map {
            Rule(
                sample: $0, path: "",
                reason: "wrong documents of the legacy format, which the reference reads without a schema")
        }

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
