import OrderedCollections
import Primitives
import SiteDesign

extension HardwareComparison {
    var network: [HardwareFinding] {
        let selection = InterfaceSelection(node: plan.node, facts: facts)
        var findings: [HardwareFinding] = []
        let fastest = bondSpeeds(selection)
        for wanted in plan.interfaces {
            let card: MachineFacts.Interface
            do {
                card = try selection.interface(for: wanted.selector, name: wanted.name)
            } catch {
                findings.append(
                    HardwareFinding(.link, wanted.name, .error, error.message, expected: "\(wanted.name) is used"))
                continue
            }
            let subject = card.name == wanted.name ? card.name : "\(wanted.name) (\(card.name))"
            guard let readings = readings.links.first(where: { $0.name == card.name }) else {
                findings.append(HardwareFinding(.link, subject, .unchecked, "nothing was read of it"))
                continue
            }
            let link = Self.link(subject, wanted, readings.link, fastest: wanted.bond.flatMap { fastest[$0] })
            findings.append(link)
            findings.append(neighbour(subject, wanted, readings))
        }
        if plan.interfaces.isEmpty {
            findings.append(HardwareFinding(.link, "network", .unchecked, "the design uses no network interface"))
        }
        return findings
    }

    /// The machine's interfaces that the plan names, in its order, by the kernel's name; with each the neighbour of the design.
    package static func interfaces(
        _ plan: HardwareTestPlan, _ facts: MachineFacts
    ) -> OrderedDictionary<String, ExpectedNeighbour?> {
        let selection = InterfaceSelection(node: plan.node, facts: facts)
        var found: OrderedDictionary<String, ExpectedNeighbour?> = [:]
        for wanted in plan.interfaces {
            guard let card = try? selection.interface(for: wanted.selector, name: wanted.name) else { continue }
            found.updateValue((found[card.name] ?? nil) ?? wanted.neighbour, forKey: card.name)
        }
        return found
    }

    /// In Mbit/s: of the fastest link of each bond.
    private func bondSpeeds(_ selection: InterfaceSelection) -> [String: Int] {
        var fastest: [String: Int] = [:]
        for wanted in plan.interfaces {
            guard let bond = wanted.bond,
                let card = try? selection.interface(for: wanted.selector, name: wanted.name),
                case .read(let state)? = readings.links.first(where: { $0.name == card.name })?.link,
                let speed = state.speed
            else { continue }
            fastest[bond] = max(fastest[bond] ?? 0, speed)
        }
        return fastest
    }

    private static let cable = "Look at its cable and transceiver, and at the port of the switch."

    private static func link(
        _ subject: String, _ wanted: HardwareTestPlan.Interface, _ reading: Reading<LinkState>, fastest: Int?
    ) -> HardwareFinding {
        let expected = wanted.speed.map { "\($0) Mbit/s" }
        let state: LinkState
        switch reading {
        case .missing(let reason):
            return HardwareFinding(.link, subject, .unchecked, reason, expected: expected)
        case .read(let seen): state = seen
        }
        guard state.hasCarrier else {
            return HardwareFinding(
                .link, subject, .error, "has no link", expected: expected ?? "it is used", remedy: cable)
        }
        let can = state.fastest.map { $0 > state.speed ?? $0 ? " (the card can do \($0))" : "" } ?? ""
        let duplex = state.isFullDuplex == false ? ", half duplex" : ""
        let seen = (state.speed.map { "has a link of \($0) Mbit/s" } ?? "has a link") + duplex + can
        if state.isFullDuplex == false {
            return HardwareFinding(
                .link, subject, .error, seen, expected: expected ?? "full duplex",
                remedy: "Let both ends negotiate: the port of the switch has a fixed speed.")
        }
        if let speed = wanted.speed {
            guard let present = state.speed else {
                return HardwareFinding(
                    .link, subject, .unchecked, "has a link, and its driver does not tell the speed",
                    expected: expected)
            }
            if present < speed {
                return HardwareFinding(.link, subject, .error, seen, expected: expected, remedy: cable)
            }
        }
        if let present = state.speed, let fastest, present < fastest {
            return HardwareFinding(
                .link, subject, .warning, "\(seen); another link of its bond has \(fastest)", expected: expected,
                remedy: cable)
        }
        return HardwareFinding(.link, subject, .passed, seen, expected: expected)
    }

    private func neighbour(
        _ subject: String, _ wanted: HardwareTestPlan.Interface, _ readings: LinkReadings
    ) -> HardwareFinding {
        let expected = wanted.neighbour?.description
        if case .read(let state) = readings.link, !state.hasCarrier {
            return HardwareFinding(.neighbour, subject, .unchecked, "there is no link to hear on", expected: expected)
        }
        let heard: [Neighbour]
        switch readings.neighbours {
        case .missing(let reason):
            return HardwareFinding(.neighbour, subject, .unchecked, reason, expected: expected)
        case .read(let neighbours): heard = neighbours
        }
        let seen = heard.isEmpty ? "hears nobody" : "hears \(heard.map(\.description).joined(separator: " and "))"
        guard let neighbour = wanted.neighbour else {
            let proposal = heard.first.map {
                "Where that is right, let the design say so: metadata.owner_data, "
                    + "\(HardwareExpectations.Label.neighbour)\(wanted.name): '\($0.description)'."
            }
            return HardwareFinding(
                .neighbour, subject, .unchecked, "\(seen); the design names no neighbour", remedy: proposal)
        }
        if heard.isEmpty {
            return HardwareFinding(
                .neighbour, subject, .error, "hears nobody in \(plan.limits.neighbourSeconds) s", expected: expected,
                remedy: "Follow the cable, and look whether LLDP is switched on at the port of the switch.")
        }
        guard !heard.contains(where: { $0.isMeant(by: neighbour) }) else {
            return HardwareFinding(.neighbour, subject, .passed, seen, expected: expected)
        }
        let other = plan.interfaces.first { other in
            other.neighbour.map { meant in heard.contains { $0.isMeant(by: meant) } } ?? false
        }
        let remedy =
            other.map { "That is the neighbour of \($0.name): its cable is in \(wanted.name). Swap the cables." }
            ?? "Put the cable into the port of the design, or correct the design."
        return HardwareFinding(.neighbour, subject, .error, seen, expected: expected, remedy: remedy)
    }
}
