import OutOfBand
import Primitives
import RehearsalMap
import SiteDesign

/// A machine that is told to boot from the network must be heard (`docs/reference/drydock.md` §13.22).
extension Orchestrator {
    private var networkBoots: NetworkBootStore { NetworkBootStore(database: machines.database, now: now) }

    /// How far a machine has come that `run` has told to boot from the network.
    ///
    /// - Parameters:
    ///   - earlier: how often it was told before by another task on behalf of this one.
    ///   - seconds: how long after the last order what is waited for may take.
    func networkBoot(
        _ run: TaskRun, _ node: BaremetalNode, earlier: Int = 0, within seconds: Double
    ) async throws -> NetworkBoot {
        let order = try await networkBoots.order(of: node.name)
        let isOwn = order?.task == run.task.id
        let limit = max(1, configuration.networkBoots)
        guard let order, isOwn || earlier > 0 else {
            return NetworkBoot(
                orders: 0, limit: limit, isByMedia: node.bootsFromMedia, isTold: false, signs: BootSigns(),
                hearing: run.task.created,
                arrival: run.task.created)
        }
        let since = order.told ?? order.begun
        let arrival = run.deadline(seconds, since: since)
        let signs = try await signs(of: node, since: order.begun)
        // Nothing is heard before its installer runs of a machine whose address nobody knows, or whose firmware reads an image.
        let hasAddress = try await TimelineStore(database: machines.database, now: now).mac(of: node.name) != nil
        let isKnown = hasAddress && !node.bootsFromMedia
        let hearing = isKnown ? run.deadline(configuration.presentNetworkBoot, since: since) : arrival
        return NetworkBoot(
            orders: (isOwn ? order.count : 0) + earlier, limit: limit, isByMedia: node.bootsFromMedia,
            isTold: order.told != nil, signs: signs,
            patience: isKnown ? min(configuration.presentNetworkBoot, seconds) : seconds,
            hearing: min(hearing, arrival), arrival: arrival)
    }

    /// What was heard of a machine since `moment`.
    func signs(of node: BaremetalNode, since moment: Timestamp) async throws -> BootSigns {
        var signs = try await TimelineStore(database: machines.database, now: now).signs(
            of: node.name, since: moment, isByMedia: node.bootsFromMedia)
        if signs.disk == nil {
            let mac = try await TimelineStore(database: machines.database, now: now).mac(of: node.name)
            var addresses = node.addressing.compactMap(\.address)
            addresses += [try await machines.machine(node: node.name)?.bootIP].compactMap(\.self)
            addresses += [mac.flatMap { configuration.rehearsal?.machines[$0.description] }].compactMap(\.self)
            signs.disk = formerSystems.heard(at: addresses, since: moment).map {
                "a system that was installed earlier has spoken from \($0)"
            }
        }
        if let conflict = try await machines.conflicts()[node.name]?.first, conflict.last >= moment {
            let check =
                conflict.isMiscabled
                ? "If it is to stay there"
                : "Check whether its cables are those of another machine, or in another of its interfaces. If that is the "
                    + "machine"
            signs.rival = "\(conflict.message). \(check): boatyard claim \(node.name) --mac \(conflict.mac)."
        }
        return signs
    }

    /// Tells a machine to boot from the network, and switches it off and on. The deadlines are those of `TaskRun.command`.
    func bootFromNetwork(
        _ run: TaskRun, _ node: BaremetalNode, _ boot: NetworkBoot, deadline: Timestamp, byHand: Timestamp
    ) async throws {
        if boot.orders > 0, boot.isTold {
            let reason = boot.signs.isHeard ? "It did not go on" : "Nothing was heard of it"
            try await run.appendMessage(
                "\(reason) after it was told to boot from \(boot.source): \(node.name) is told again "
                    + "(\(boot.orders + 1) of \(boot.limit)).", node: node.name)
        }
        try await run.command(.bootFromNetwork, node, deadline: deadline, byHand: byHand)
        try await run.command(.powerCycle, node, deadline: deadline, byHand: byHand)
    }

    /// What was seen of a machine that did not come, what was tried, and what to do.
    ///
    /// - Parameter awaited: what was waited for: `its inventory`.
    func failure(of boot: NetworkBoot, _ node: BaremetalNode, awaited: String) async throws -> String {
        var power: Machine.Power?
        do {
            power = try await self.power(of: node, until: now().adding(seconds: Self.glance))
        } catch {
            // A BMC that is busy says nothing about the machine.
            try Task.checkCancellation()
        }
        let timeline = TimelineStore(database: machines.database, now: now)
        let mac = try await timeline.mac(of: node.name)
        let seen = if let mac { try await timeline.last(of: mac) } else { "" }
        let failure = NetworkBootFailure(
            node: node.name, mac: mac, bmcAddress: node.outOfBandAddress, boot: boot,
            awaited: awaited, power: power,
            lastSeen: seen,
            console: await consoles.lastWords(of: node.name))
        return failure.message
    }
}
