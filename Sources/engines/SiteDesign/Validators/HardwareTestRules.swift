import OrderedCollections
import Primitives

extension Validator {
    /// What a design says to the test of a machine's hardware can be read, and speaks of interfaces that there are.
    static let hardwareTests = Validator("BY1030", "Hardware Tests", confirms: false) { site, findings in
        typealias Label = HardwareExpectations.Label
        for node in site.nodes {
            let aliases = (site.hardwareProfile(of: node)?.devices ?? []).filter { $0.busType != "scsi" }.map(\.alias)
            let cards = Set(aliases + node.interfaces.flatMap(\.slaves))
            for (name, value) in node.ownerData {
                let path: [DesignStep] = ["metadata", "owner_data", .key(name)]
                switch name {
                case Label.mode where HardwareTestMode(rawValue: value) == nil:
                    findings.error(
                        "\(name) of BaremetalNode \(node.name) is '\(value.shownSafely)'",
                        "Use quick or full, or leave it out.\(findings.suggestion(for: value, among: modes))",
                        node.reference, at: path)
                case Label.memory where HardwareExpectations.gibibytes(value) == nil:
                    findings.error(
                        "\(name) of BaremetalNode \(node.name) is '\(value.shownSafely)'",
                        "Use a whole number of GiB from 1 to 65536: memory_gib: '128'.", node.reference, at: path)
                case _ where name.hasPrefix(Label.neighbour):
                    check(String(name.dropFirst(Label.neighbour.count)), value, of: node, cards, path, &findings)
                case _ where name.hasPrefix("neighbor."):
                    findings.warning(
                        "\(name.shownSafely) of BaremetalNode \(node.name) means nothing to the test of its hardware",
                        "Write it \(Label.neighbour)\(name.dropFirst(9).description.shownSafely).", node.reference,
                        at: path,
                        concernsKey: true)
                default: break
                }
            }
        }
    }

    private static let modes = HardwareTestMode.allCases.map(\.rawValue)

    private static func check(
        _ card: String, _ neighbour: String, of node: BaremetalNode, _ cards: Set<String>, _ path: [DesignStep],
        _ findings: inout Findings
    ) {
        if neighbour.allSatisfy(\.isWhitespace) || neighbour.utf8.count > 256 {
            findings.error(
                "The neighbour of \(card.shownSafely) of BaremetalNode \(node.name) cannot be read",
                "Name the switch, and its port behind a blank: 'switch-3 Ethernet7'.", node.reference, at: path)
        }
        guard !cards.contains(card), !KernelNames.isCard(card) else { return }
        findings.warning(
            "BaremetalNode \(node.name) has a neighbour at \(card.shownSafely), which is none of its cards",
            "Use the alias of the hardware profile, or the name that the kernel gives."
                + findings.suggestion(for: card, among: cards.sorted()), node.reference, at: path, concernsKey: true)
    }
}
