import Logging
import MessageCatalog
import Netboot
import Primitives
import SiteDesign

/// Boots machines into the installer for somebody to log in to, and back (`docs/reference/drydock.md` §3.34).
struct RescueService: Sendable {
    let marked: MarkedMachines
    let logger: Logger

    /// Marks the machine of a node for rescue, and lets it boot from the network.
    ///
    /// - Parameters:
    ///   - power: whether the BMC is told; else somebody boots the machine by hand.
    ///   - committed: the revision that is committed; nil where there is none.
    /// - Throws: `DrydockError`: `.missing` for an unknown node; `.conflict` where nobody could log in, the node has no machine,
    ///   its machine is at work or a task is about to give it work; `.unreachable` where the BMC did not do what it was told: the
    ///   mark stays then.
    func begin(_ node: String, power: Bool, committed: Int?) async throws -> RescueOutcome {
        let site = try await marked.newestSite()
        try await marked.requireMachine(of: node, in: site, committed: committed)
        let keys = Self.keys(of: site)
        guard !keys.isEmpty else {
            throw DrydockError(
                .conflict,
                "Nobody could log in to \(node): the Region of the design has no 'authorized_keys'. Commit a design that has "
                    + "some, and let an action run with it.")
        }
        let bmc = power ? try marked.bmc(of: node, in: site) : nil
        try await marked.requireNoTask(for: node)
        let mark = try await marked.machines.beginRescue(node, keys: keys, power: power)
        logger.notice(
            .rescueBegun, "\(node): an operator has ordered a rescue",
            metadata: ["node": "\(node)", "keys": "\(keys.count)"])
        let orders = try await marked.bootInstaller(node, bmc, for: mark, "marked for rescue")
        return RescueOutcome(
            node: node, since: mark.since, keyCount: keys.count, address: try await address(of: node, in: site),
            messages: orders.messages, needsHuman: orders.needsHuman)
    }

    /// Where the machine will be reached: at the address that the design gives to the interface that it boots from, else where it
    /// has booted last.
    private func address(of node: String, in site: EffectiveSite?) async throws -> String? {
        let machine = try await marked.machines.machine(node: node)
        if let site, let designed = site.node(named: node), let boot = BootAddress(designed, in: site),
            boot.mac == machine?.mac, let address = boot.address
        {
            return address.description
        }
        return machine?.bootIP
    }

    /// Ends the rescue of a node's machine, and lets it boot as it would without.
    ///
    /// - Parameters:
    ///   - power: whether the BMC is told; else somebody restarts the machine.
    ///   - committed: the revision that is committed; nil where there is none.
    /// - Throws: `DrydockError`: `.missing` for an unknown node; `.conflict` where it is not marked or its machine is at work;
    ///   `.unreachable` where the BMC did not do what it was told: the same may be asked again then.
    func end(_ node: String, power: Bool, committed: Int?) async throws -> RescueOutcome {
        let site = try await marked.newestSite()
        try await marked.requireMachine(of: node, in: site, committed: committed)
        let bmc = power ? try marked.bmc(of: node, in: site) : nil
        let (machine, mark) = try await marked.machines.endRescue(node)
        logger.notice(.rescueEnded, "\(node): an operator has ended the rescue", metadata: ["node": "\(node)"])
        let orders = try await marked.bootAsBefore(machine, bmc, for: mark, "marked for rescue")
        return RescueOutcome(
            node: node, since: nil, keyCount: 0, address: nil, messages: orders.messages,
            needsHuman: orders.needsHuman)
    }

    /// The keys of the site, a line each, as the plans of installations have them.
    private static func keys(of site: EffectiveSite?) -> [String] {
        (site?.region?.authorizedKeys ?? []).flatMap { text in
            text.split(whereSeparator: \.isNewline).map { line in
                String(line.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
            }
        }.filter { !$0.isEmpty && !$0.hasPrefix("#") }
    }
}

/// Rescues, as operators ask for them.
extension DrydockService {
    /// Marks the machine of a node for rescue: it boots the installer, which lets the site's keys in by SSH, until the rescue is
    /// ended or the node is given work. Its state, its disks and the keys of its installation stay as they are.
    ///
    /// - Parameters:
    ///   - power: whether its BMC boots it from the network now.
    ///   - committed: the revision that is committed; nil where there is none.
    /// - Throws: `DrydockError`: `.missing`, `.conflict`, `.unreachable` for the BMC.
    package func beginRescue(node: String, power: Bool, committed: Int? = nil) async throws -> RescueOutcome {
        try await rescues.begin(node, power: power, committed: committed)
    }

    /// Ends a rescue.
    ///
    /// - Parameters:
    ///   - power: whether its BMC boots it from its disk now, or from the network where nothing is installed.
    ///   - committed: the revision that is committed; nil where there is none.
    /// - Throws: `DrydockError`: `.missing`, `.conflict`, `.unreachable` for the BMC.
    package func endRescue(node: String, power: Bool, committed: Int? = nil) async throws -> RescueOutcome {
        try await rescues.end(node, power: power, committed: committed)
    }
}
