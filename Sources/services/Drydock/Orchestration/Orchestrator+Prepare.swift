import OrderedCollections
import OutOfBand
import Primitives
import SiteDesign

/// `prepare_nodes`: from a node of the design to a machine that is known and ready.
extension Orchestrator {
    func prepareNodes(_ run: TaskRun) async throws -> TaskResult {
        let site = try await site(of: run)
        let done = try await tasks.nodesDone(in: run.task)
        guard let names = try await targets(of: run, in: site, except: done.successes.union(done.failures)) else {
            return Self.nothingToDo
        }
        try await machines.expect(
            Set(names),
            of: site.nodes.map { ExpectedNode($0, bootMode: site.hardwareProfile(of: $0)?.bootMode ?? .bios) })
        if names.count == 1 { return try await prepareWatched(run, node(names[0], in: site)) }
        // One that is prepared may be installed while others are prepared.
        return try await run.eachNode(names, isDone: { self.reservations.release($0, of: run.task.id) }) { single in
            try await self.prepareWatched(single, single.node(in: site))
        }
    }

    private func prepareWatched(_ run: TaskRun, _ node: BaremetalNode) async throws -> TaskResult {
        try await run.watchingConsole(of: node, atOnce: false) { try await prepare(run, node) }
    }

    private func prepare(_ run: TaskRun, _ node: BaremetalNode) async throws -> TaskResult {
        let name = node.name
        var ready: [String] = []
        // After a restart the machine may have come forward meanwhile, but what was begun is gone on with.
        let hasBegun = try await tasks.children(of: run.task.id).contains { $0.action == .setNodeBoot }
        if !hasBegun, try await machines.machine(node: name) != nil {
            try await run.appendMessage("Node found in provisioner, skipping OOB management", node: name)
            _ = try await run.child("identify_node", .identifyNode, .each([])) { try await $0.success() }
            ready = [name]
        } else {
            let type = node.outOfBandType ?? "none"
            guard outOfBand.types.contains(type) else {
                try await complainOfType(run, type, node: name)
                var result = TaskResult()
                result.fail(name)
                return result
            }
            let boot = try await run.child("set_node_boot", .setNodeBoot, .each([name])) { leaf in
                try await leaf.command(
                    .bootFromNetwork, node, deadline: leaf.deadline(self.configuration.timeouts.drydock),
                    byHand: leaf.deadline(self.configuration.timeouts.identifyNode))
                return try await leaf.success()
            }
            var cycled: [String] = []
            if !boot.result.successes.isEmpty {
                cycled = try await run.child("power_cycle_node", .powerCycleNode, .each(boot.result.successes)) {
                    try await self.powerCycle($0, node)
                }.result.successes
            }
            ready = try await run.child("identify_node", .identifyNode, .each(cycled)) {
                try await self.identify($0, node)
            }.result.successes
        }
        if !ready.isEmpty {
            _ = try await run.child(
                "configure_hardware", .configureHardware, .each(ready, retries: configuration.retries)
            ) { try await self.configureHardware($0, node) }
        }
        let children = try await tasks.children(of: run.task.id)
        var result = TaskResult()
        result.bubble(children, retry: 0)
        result.align(children, retry: 0)
        return result
    }

    private func powerCycle(_ run: TaskRun, _ node: BaremetalNode) async throws -> TaskResult {
        if try await machines.machine(node: node.name) != nil {
            try await run.appendMessage("\(node.name) has come forward already.", node: node.name)
        } else {
            try await run.command(
                .powerCycle, node, deadline: run.deadline(configuration.timeouts.drydock),
                byHand: run.deadline(configuration.timeouts.identifyNode))
        }
        return try await run.success()
    }

    private func identify(_ run: TaskRun, _ node: BaremetalNode) async throws -> TaskResult {
        while true {
            if let machine = try await machines.machine(node: node.name) {
                return try await identified(run, node, machine)
            }
            // The first time it was told by power_cycle_node.
            let boot = try await networkBoot(run, node, earlier: 1, within: configuration.timeouts.identifyNode)
            switch boot.step(at: now()) {
            case .order:
                let isCutOff = boot.orders > 0 && !boot.isTold
                try await bootFromNetwork(
                    run, node, boot, deadline: now().adding(seconds: configuration.timeouts.drydock),
                    byHand: isCutOff ? boot.arrival : now().adding(seconds: configuration.timeouts.identifyNode))
            case .waits(let moment):
                _ = try await run.wait(
                    for: TaskWait.inventory(of: node.name), on: .node(node.name), until: moment,
                    then: boot.then(orElse: "the node fails")
                ) { try await self.machines.machine(node: node.name) }
            case .fails:
                let reason = try await failure(of: boot, node, awaited: "its inventory")
                // It may have come while its power was looked at.
                guard try await machines.machine(node: node.name) == nil else { continue }
                throw DrydockError(.unreachable, reason)
            }
        }
    }

    private func identified(_ run: TaskRun, _ node: BaremetalNode, _ machine: Machine) async throws -> TaskResult {
        try await run.appendMessage("\(node.name) is the machine \(machine.mac).", node: node.name)
        return try await run.success()
    }

    private func configureHardware(_ run: TaskRun, _ node: BaremetalNode) async throws -> TaskResult {
        guard var machine = try await machines.machine(node: node.name) else {
            throw DrydockError(.missing, "There is no machine for \(node.name).")
        }
        try await requireNotEnded(run, node, machine.id)
        switch machine.state {
        case .ready, .allocated, .deploying, .deployed:
            try await run.appendMessage(
                "\(node.name) is \(machine.state.rawValue), nothing to commission.", node: node.name)
        case .new, .failedCommissioning, .broken, .commissioning:
            machine = try await commission(run, node, machine)
        case .failedDeployment:
            try await run.appendMessage("\(node.name) has been commissioned before.", node: node.name)
        case .releasing, .diskErasing, .failedDiskErasing:
            throw DrydockError(
                .conflict, "\(node.name) is \(machine.state.rawValue) and cannot be commissioned. Destroy it again.")
        }
        try await fileInventory(run, node, machine)
        try await testHardware(run, node, machine.id)
        return try await run.success()
    }

    private func commission(_ run: TaskRun, _ node: BaremetalNode, _ machine: Machine) async throws -> Machine {
        try await machines.apply(.commission, to: machine.id)
        // The installer that identified the machine has sent its inventory already and waits.
        if let boot = try await livingBoot(of: machine, node) {
            return try await machines.apply(.inventoried(boot.identity), to: machine.id).machine
        }
        let ended = try await bringToInventory(run, node, machine.id)
        guard ended.state == .ready else {
            throw DrydockError(
                .failed, "\(node.name) is \(ended.state.rawValue): \((ended.lifecycle.reason ?? "").asClause).")
        }
        return ended
    }

    /// Boots the installer and waits until its inventory has ended the commissioning.
    ///
    /// - Throws: where the BMC cannot be commanded, or no inventory comes in time; that stands in the machine, too.
    private func bringToInventory(_ run: TaskRun, _ node: BaremetalNode, _ machine: ULID) async throws -> Machine {
        let seconds = configuration.timeouts.configureHardware
        let deadline = run.deadline(seconds)
        while true {
            let boot = try await networkBoot(run, node, within: seconds)
            switch boot.step(at: now()) {
            case .order where now() < deadline:
                do {
                    try await bootFromNetwork(run, node, boot, deadline: deadline, byHand: deadline)
                } catch {
                    try Task.checkCancellation()
                    try await machines.apply(.broke(error.inWords), to: machine)
                    throw error
                }
            case .waits(let moment) where now() < deadline:
                let ended = try await run.wait(
                    for: TaskWait.inventory(of: node.name), on: .machine(machine), until: min(moment, deadline),
                    then: boot.then(orElse: "commissioning fails")
                ) {
                    let now = try await self.machines.machine(machine)
                    return now?.state == .commissioning ? nil : now
                }
                if let ended { return ended }
            default:
                let reason = try await failure(of: boot, node, awaited: "its inventory")
                // It may have come while its power was looked at.
                if let ended = try await machines.machine(machine), ended.state != .commissioning { return ended }
                try await machines.apply(.expired(reason), to: machine)
                throw DrydockError(.unreachable, reason)
            }
        }
    }

    /// Makes the newest inventory the build data of this task.
    private func fileInventory(_ run: TaskRun, _ node: BaremetalNode, _ machine: Machine) async throws {
        guard let (body, collected) = try await machines.inventory(of: machine.id) else { return }
        let inventory = try Inventory(body)
        for detail in inventory.details {
            try await buildData.save(
                node: node.name, task: run.task.id, generator: detail.generator, format: detail.format,
                data: detail.data, at: collected)
        }
        guard case .object(var facts) = body else { return }
        facts.removeValue(forKey: "details")
        try await buildData.save(
            node: node.name, task: run.task.id, generator: "inventory", format: "application/json",
            data: Value.object(facts).json(.spaced), at: collected)
        try await run.appendMessage("The inventory of \(node.name) is filed as build data.", node: node.name)
    }
}
