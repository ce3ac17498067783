import Logging
import MessageCatalog
import OutOfBand
import Primitives
import SiteDesign

/// Machines, as operators see them.
extension DrydockService {
    /// All machines that have booted and sent an inventory: first those that are nodes, by name, then the others.
    package func nodes() async throws -> [MachineStatus] { try await nodes(committed: nil) }

    /// The same, with those that the documents of a revision name under the names of their nodes.
    ///
    /// - Parameter committed: the revision that is committed; nil where there is none.
    package func nodes(committed: Int?) async throws -> [MachineStatus] {
        let documented = committed == nil ? nil : try await documentedNodes(committed: committed)
        return try await statuses(
            of: try await named(try await machineStore.all(), by: documented), try await power.all(),
            try await machineStore.tests())
    }

    /// The nodes that documents name: those of the committed revision; where none is committed or it is no design, those of the
    /// design that was worked with last. Nil where neither can be had.
    private func documentedNodes(committed: Int?) async throws -> [BaremetalNode]? {
        try await documentedSite(committed: committed)?.nodes
    }

    /// The design of the committed revision; where none is committed or it is no design, the one that was worked with last. Nil where
    /// neither can be had.
    func documentedSite(committed: Int?) async throws -> EffectiveSite? {
        if let committed, let site = try? await site(revision: committed) { return site }
        return try await newestSite()
    }

    /// From where documents say that a node boots; nil for one that they do not name, or without an address.
    func documentedMAC(of name: String, committed: Int?) async throws -> MACAddress? {
        try await documentedNodes(committed: committed)?.first { $0.name == name }?.bootMACAddress
    }

    /// The nodes that documents install with an image, sorted.
    package func nodes(installedWith image: String, committed: Int?) async throws -> [String] {
        (try await documentedNodes(committed: committed) ?? []).filter { $0.image == image }.map(\.name).sorted()
    }

    /// Machines, those that documents name under the names of their nodes.
    func named(_ machines: [Machine], by documented: [BaremetalNode]?) async throws -> [Machine] {
        guard let documented else { return machines }
        return machines.named(
            by: documented.map { ExpectedNode($0, bootMode: .bios) }, claims: try await machineStore.claims())
    }

    private func statuses(
        of machines: [Machine], _ observations: [String: PowerObservation], _ tests: [String: HardwareTest]
    ) async throws -> [MachineStatus] {
        let hardware = try await machineStore.hardware()
        let bmcs = try await machineStore.designedBMCs()
        return machines.map { machine in
            var status = MachineStatus(machine, hardware: hardware[machine.id])
            // The machine has not told its own, or is not believed: the node's is asked all the same.
            status.powerAddress = status.powerAddress ?? machine.node.flatMap { bmcs[$0] }
            status.isTested = machine.node.flatMap { tests[$0] }?.isOfCommissioning ?? false
            show(machine.node.flatMap { observations[$0] }, in: &status)
            return status
        }
    }

    private func show(_ observation: PowerObservation?, in status: inout MachineStatus) {
        guard let observation else { return }
        if observation.observed != nil, observation.power != .unknown, status.power != .error {
            status.power = observation.power
        }
        status.powerObserved = observation.observed
        status.powerFailure = observation.failure
        status.isPowerStale = observation.isStale(at: now(), limit: sightLimit)
    }

    /// All nodes that documents name or a task works on, with or without a machine, those that have a machine and that no
    /// document names any more, and all machines that are no node.
    ///
    /// - Parameter committed: the revision that is committed; nil where there is none.
    package func nodeOverview(committed: Int? = nil) async throws -> [NodeOverview] {
        let observations = try await power.all()
        let documented = try await documentedNodes(committed: committed)
        let names = documented.map { Set($0.map(\.name)) }
        var designed = documented ?? []
        if let names, let site = try await newestSite() {
            designed += site.nodes.filter {
                !names.contains($0.name) && orchestrator.reservations.isReserved($0.name)
            }
        }
        let erased = try await deployments.erasedNodes()
        let machines = try await machineStore.all()
        let recorded = Set(machines.compactMap(\.node))
        let tests = try await machineStore.tests()
        var nodes = NodeOverview.all(
            machines: try await statuses(of: try await named(machines, by: documented), observations, tests),
            designed: designed.map { ExpectedNode($0, bootMode: .bios) },
            problems: try await taskStore.problems(),
            waits: try await taskStore.waits().merging(
                rescues.marked.hands.waits(orchestrator.outOfBand.askedOfOperators)
            ) { task, _ in task }, unattended: try await taskStore.unattended(),
            conflicts: try await machineStore.conflicts(), lateUses: try await machineStore.lateUses(),
            revisions: try await deployments.deployedRevisions(), rescues: try await machineStore.rescues(),
            tests: tests)
        let switched = Dictionary(designed.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        for place in nodes.indices {
            let name = nodes[place].status.hostname
            let isNode = nodes[place].status.node != nil
            if isNode, let node = switched[name], node.outOfBandAddress != node.powerAddress {
                // The machine may well have a BMC, but it is not the one who is asked.
                nodes[place].status.powerAddress = node.powerAddress
            }
            nodes[place].rack = isNode ? switched[name]?.rack : nil
            let observation = isNode ? observations[name] : nil
            nodes[place].problem?.take(observation)
            if nodes[place].status.state == nil { show(observation, in: &nodes[place].status) }
            let isDocumented = names?.contains(name) ?? true
            let isAtWork = orchestrator.reservations.isReserved(name)
            nodes[place].isErased = isNode && erased.contains(name)
            nodes[place].committedRevision = isNode && isDocumented ? committed : nil
            nodes[place].drift = NodeDrift.all(
                // A machine that is only named has been given no work yet.
                of: name, recorded.contains(name) ? nodes[place].status.state : nil, observation,
                deployed: nodes[place].revision, committed: nodes[place].committedRevision,
                isAtWork: isAtWork || nodes[place].isMarked, at: now(), limit: sightLimit)
            guard isNode, !isDocumented, !isAtWork else { continue }
            nodes[place].drift.append(.undocumented(name))
            // What went wrong with it is mended by nobody any more.
            nodes[place].problem = nil
        }
        return nodes
    }

    /// The machines that no document names.
    ///
    /// - Parameter committed: the revision that is committed; nil where there is none.
    package func unknownMachines(committed: Int? = nil) async throws -> [UnknownMachine] {
        try await machineStore.unknownMachines(unknownIDs(committed))
    }

    private func unknownIDs(_ committed: Int?) async throws -> Set<ULID> {
        let machines = try await named(
            try await machineStore.all(), by: try await documentedNodes(committed: committed))
        return Set(machines.filter { $0.node == nil }.map(\.id))
    }

    /// Forgets machines that no document names.
    ///
    /// - Parameters:
    ///   - id: nil for all of them.
    ///   - committed: the revision that is committed; nil where there is none.
    /// - Returns: how many they were.
    package func removeUnknownMachines(_ id: ULID? = nil, committed: Int? = nil) async throws -> Int {
        var ids = try await unknownIDs(committed)
        if let id { ids.formIntersection([id]) }
        let count = try await machineStore.removeUnknown(ids)
        logger.info(.unknownMachinesRemoved, "unknown machines are removed", metadata: ["count": "\(count)"])
        return count
    }

    /// Removes the record of a node that no document names any more. Disks and power of its machine stay as they are.
    ///
    /// - Parameter committed: the revision that is committed; nil where there is none.
    /// - Returns: what that means, for whoever has asked.
    /// - Throws: `DrydockError`: `.missing` for a node without a record; `.conflict` where documents name it, that cannot be told,
    ///   or a task has it.
    package func removeNode(_ name: String, committed: Int?) async throws -> String {
        let documented = try await documentedNodes(committed: committed)
        guard try await machineStore.machine(node: name) != nil else {
            guard documented?.contains(where: { $0.name == name }) == true else {
                throw DrydockError(.missing, "There is no node '\(name)': boatyard get nodes lists them.")
            }
            throw DrydockError(
                .conflict,
                "\(name) has no machine yet: there is nothing to forget but the node itself, which the documents name. Commit "
                    + "documents without it.")
        }
        guard let documented else {
            throw DrydockError(
                .conflict,
                "No design can be read now, so that nobody can tell whether documents name \(name). Ask again later.")
        }
        guard !documented.contains(where: { $0.name == name }) else {
            throw DrydockError(
                .conflict,
                "The documents name \(name): its record stays as long as they do. Commit documents without it, then ask again."
            )
        }
        try await hardwareTests.marked.requireNoTask(for: name)
        let order = UUIDv4().description
        let words = "an operator's order (to remove its record, since \(now().formatted(.isoSeconds)))"
        if let holder = orchestrator.reservations.take(name, forOrder: order, words) {
            let told = try await taskStore.told(holder)
            throw DrydockError(.conflict, "\(name) belongs to \(told.words), which has not ended. \(told.remedy)")
        }
        defer { orchestrator.reservations.release(order) }
        guard try await machineStore.removeMachine(of: name) else {
            throw DrydockError(.missing, "The record of \(name) is gone already.")
        }
        logger.notice(
            .nodeForgotten, "\(name): its record is removed: no document names it", metadata: ["node": "\(name)"])
        return
            "The record of \(name) is removed. Its machine was neither erased nor switched: what is installed runs on. When it "
            + "boots from the network next, it waits in the installer as an unknown machine."
    }

    /// Settles that `node` is the machine that boots from `mac`.
    ///
    /// - Parameter isForced: takes a node that is installed away from its machine.
    /// - Returns: from where the machine boots that was the node and is nobody's now; nil where it is the same.
    /// - Throws: `DrydockError`: `.missing`, `.conflict`.
    package func claim(node: String, mac: MACAddress, isForced: Bool = false) async throws -> MACAddress? {
        let former = try await machineStore.claim(node, mac, isForced: isForced)
        logger.notice(
            .machineClaimed,
            "\(node): an operator has claimed the machine at \(mac)",
            metadata: ["node": "\(node)", "mac": "\(mac)", "former": "\(former?.description ?? "none")"])
        return former
    }

    /// Every node of a design under its full host name, whether its machine has come forward or not, and every machine
    /// that is none of them.
    ///
    /// - Parameter design: nil, and one that cannot be compiled, for the one that was worked with last.
    package func siteNodes(design: String?) async throws -> [MachineStatus] {
        var site: EffectiveSite?
        if let design { site = try? await designs.compiled(design).site }
        if site == nil { site = try await newestSite() }
        let designed = site?.nodes ?? []
        let machines = try await named(try await machineStore.all(), by: designed).map { MachineStatus($0) }
        var present: [String: MachineStatus] = [:]
        for machine in machines { if let node = machine.node { present[node] = machine } }
        let statuses = designed.map { node in
            var status = present.removeValue(forKey: node.name) ?? MachineStatus(ExpectedNode(node, bootMode: .bios))
            status.hostname = node.fqdn
            return status
        }
        return statuses + machines.filter { machine in machine.node.map { present[$0] != nil } ?? true }
    }

    /// The design that was worked with last; nil where there is none that can be compiled.
    private func newestSite() async throws -> EffectiveSite? {
        guard let design = try await taskStore.newestDesign() else { return nil }
        return try? await designs.compiled(design.reveal()).site
    }
}
