import OutOfBand
import Primitives
import SiteDesign

/// Tasks that look at nodes, erase and relabel them.
extension Orchestrator {
    func verifyNodes(_ run: TaskRun) async throws -> TaskResult {
        let site = try await site(of: run)
        guard let names = try await targets(of: run, in: site) else { return Self.nothingToDo }
        var result = TaskResult()
        var children: [DrydockTask] = []
        let groups = try byOutOfBandType(names, in: site)
        for (type, members) in groups {
            guard outOfBand.types.contains(type) else {
                for name in members { try await complainOfType(run, type, node: name) }
                continue
            }
            children.append(
                try await run.child("interrogate_oob \(type)", .interrogateOOB, .each(members)) { leaf in
                    try await self.interrogate(leaf, leaf.node(in: site))
                })
        }
        result.align(children, retry: 0)
        if children.isEmpty { result.status = .incomplete }
        for (type, members) in groups where !outOfBand.types.contains(type) {
            for name in members { result.fail(name) }
        }
        return result
    }

    /// In the order of the first node of each type.
    func byOutOfBandType(_ names: [String], in site: EffectiveSite) throws -> [(type: String, nodes: [String])] {
        var groups: [(type: String, nodes: [String])] = []
        for name in names {
            let type = try node(name, in: site).outOfBandType ?? "none"
            if let place = groups.firstIndex(where: { $0.type == type }) {
                groups[place].nodes.append(name)
            } else {
                groups.append((type, [name]))
            }
        }
        return groups
    }

    func complainOfType(_ run: TaskRun, _ type: String, node: String) async throws {
        try await run.appendMessage(
            "\(OutOfBandTypes.complaint(of: node, type: type)). \(outOfBand.types.remedy)", isError: true, node: node)
    }

    private func interrogate(_ run: TaskRun, _ node: BaremetalNode) async throws -> TaskResult {
        let power: Machine.Power
        do {
            power = try await self.power(of: node, until: run.deadline(configuration.timeouts.drydock))
        } catch {
            try Task.checkCancellation()
            try await machines.setPower(.error, node: node.name)
            try await self.power.note([PowerLook(node: node.name, result: .failure(.init(error)))])
            throw error
        }
        try await machines.setPower(power, node: node.name)
        try await self.power.note([PowerLook(node: node.name, result: .success(power))])
        try await run.appendMessage("The power of \(node.name) is \(power.rawValue).", node: node.name)
        return try await run.success()
    }

    func destroyNodes(_ run: TaskRun) async throws -> TaskResult {
        let site = try await site(of: run)
        guard let names = try await targets(of: run, in: site) else { return Self.nothingToDo }
        let child = try await run.child(
            "destroy_node", .destroyNode, .each(names, retries: configuration.retries), filter: run.task.nodeFilter
        ) { leaf in
            try await self.destroy(leaf, leaf.node(in: site), in: site)
            return try await leaf.success()
        }
        var result = TaskResult()
        result.bubble([child], retry: 0)
        result.align([child], retry: 0)
        return result
    }

    func relabelNodes(_ run: TaskRun) async throws -> TaskResult {
        let site = try await site(of: run)
        guard let names = try await targets(of: run, in: site) else { return Self.nothingToDo }
        let child = try await run.child("relabel_node", .relabelNode, .each(names)) { leaf in
            let node = try leaf.node(in: site)
            guard let setLabels = self.configuration.setLabels else {
                throw DrydockError(
                    .unreachable,
                    "Node \(node.name) cannot be relabelled: labels of a Kubernetes node are set through Promenade, "
                        + "and components.promenade.url is not configured.")
            }
            try await setLabels(node.name, Value(HardwareExpectations.labels(of: node)))
            try await leaf.appendMessage("Promenade has set the labels of \(node.name).", node: node.name)
            return try await leaf.success()
        }
        var result = TaskResult()
        result.bubble([child], retry: 0)
        result.align([child], retry: 0)
        return result
    }

    /// Erases a machine's disks, and forgets it or leaves it in its installer. A node without machine is a success.
    private func destroy(_ run: TaskRun, _ node: BaremetalNode, in site: EffectiveSite) async throws {
        guard let machine = try await machines.machine(node: node.name) else {
            try await run.appendMessage("There is no machine for \(node.name), nothing to erase.", node: node.name)
            return
        }
        let expected = ExpectedNode(node, bootMode: site.hardwareProfile(of: node)?.bootMode ?? .bios)
        let keepsInstaller = run.task.keepsInstaller ? try await machines.isExpected(as: expected) : false
        if keepsInstaller, machine.lifecycle.isKept, let work = machine.lifecycle.work {
            return try await tellErased(run, node, of: work.deployment, isKept: true)
        }
        // Else its installer boots again as soon as it is forgotten.
        if machine.lifecycle.isKept { try await powerOff(run, node) }
        let id: ULID
        if let work = machine.lifecycle.work, [.releasing, .diskErasing].contains(machine.state) {
            id = work.deployment
            // Somebody else has begun with it, who would have installed it.
            if work.keepsInstaller, !keepsInstaller {
                try await machines.apply(.erase(deployment: id), to: machine.id)
            }
        } else {
            let deployment = MachineDeployment(
                id: ULID(), node: node.name, machine: machine.id, kind: .erase, task: run.task.id,
                design: run.design, created: now(), bootAttempts: 0)
            let plan: Value = [
                "kind": "erase", "deployment": .string(deployment.id.description), "node": .string(node.name),
                "mode": configuration.erasesSecurely ? "secure" : "quick",
                "report_url": .string(configuration.nodeURL() + "/agent/v1/events"),
            ]
            let insertion = deployments.insertion(of: deployment, DeploymentStore.Contents(plan: plan))
            let outcome = try await machines.apply(
                .erase(deployment: deployment.id, keepsInstaller: keepsInstaller), to: machine.id
            ) { connection, _ in try insertion(connection) }
            id = deployment.id
            if outcome.effects.contains(.forget) {
                guard !machine.lifecycle.isKept else {
                    return try await tellErased(run, node, of: id, isKept: false)
                }
                try await run.appendMessage(
                    "\(node.name) had not been installed; its machine is forgotten.", node: node.name)
                return
            }
        }
        let ended = try await run.watchingConsole(of: node, atOnce: true) {
            try await carryThrough(
                run, node, machine: machine.id, work: id, deadline: run.deadline(configuration.timeouts.destroyNode))
        }
        guard ended.map(\.lifecycle.isKept) ?? true else {
            throw DrydockError(
                .failed,
                await consoles.withLastWords(
                    of: node.name, "\(node.name) was not erased: \((ended?.lifecycle.reason ?? "it failed").asClause)."),
                isPermanent: ended?.lifecycle.failure?.isPermanent ?? false)
        }
        try await tellErased(run, node, of: id, isKept: ended != nil)
        if ended == nil { try await powerOff(run, node) }
    }

    /// - Parameter isKept: whether it waits in its installer; else it is forgotten.
    private func tellErased(_ run: TaskRun, _ node: BaremetalNode, of erasure: ULID, isKept: Bool) async throws {
        try await bootData.discardArchives(of: node.name, before: erasure)
        let rest = isKept ? "; its installer waits for the next plan" : " and its machine is forgotten"
        try await run.appendMessage("The disks of \(node.name) are erased\(rest).", node: node.name)
    }

    /// Erased is what counts; whether the machine then idles is not worth a failure.
    private func powerOff(_ run: TaskRun, _ node: BaremetalNode) async throws {
        let limit = now().adding(seconds: configuration.timeouts.drydock)
        let byHand = run.deadline(configuration.timeouts.destroyNode)
        do {
            try await run.command(
                .powerOff, node, deadline: limit, byHand: max(limit, byHand), orElse: "its task goes on")
        } catch {
            try Task.checkCancellation()
        }
    }
}
