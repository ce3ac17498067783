import OrderedCollections
import OutOfBand
import Primitives
import SiteDesign

/// `prepare_nodes`: from a node of the design to a machine that is known and ready.
extension Orchestrator {
    func prepareNodes(_ run: TaskRun) async throws -> TaskResult {
        let site = try await site(of: run)
        guard let names = try await targets(of: run, in: site) else { return Self.nothingToDo }
        try await machines.expect(
            Set(names),
            of: site.nodes.map { ExpectedNode($0, bootMode: site.hardwareProfile(of: $0)?.bootMode ?? .bios) })
        if names.count == 1 { return try await prepareWatched(run, node(names[0], in: site)) }
        return try await run.eachNode(names) { single in try await self.prepareWatched(single, single.node(in: site)) }
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
                    .bootFromNetwork, node, deadline: leaf.deadline(self.configuration.timeouts.drydock))
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
            try await run.command(.powerCycle, node, deadline: run.deadline(configuration.timeouts.drydock))
        }
        return try await run.success()
    }

    private func identify(_ run: TaskRun, _ node: BaremetalNode) async throws -> TaskResult {
        let seconds = configuration.timeouts.identifyNode
        let machine = try await run.wait(
            for: "the inventory of \(node.name)", on: .node(node.name), until: run.deadline(seconds),
            then: "the node fails"
        ) { try await self.machines.machine(node: node.name) }
        guard let machine else {
            throw DrydockError(
                .unreachable,
                "No machine came forward as \(node.name) within \(Int(seconds)) s: "
                    + (node.bootMAC.map { "none boots from \($0)" }
                        ?? "none has the BMC address \(node.outOfBandAddress ?? "(none)")")
                    + ". Check its cabling, its boot order and the provisioning network."
                    + (try await disagreement(node)) + (await consoles.lastWords(of: node.name)))
        }
        try await run.appendMessage("\(node.name) is the machine \(machine.mac).", node: node.name)
        return try await run.success()
    }

    /// Who came forward and says to be the node, where somebody does.
    private func disagreement(_ node: BaremetalNode) async throws -> String {
        guard let conflict = try await machines.conflicts()[node.name]?.first else { return "" }
        return " \(conflict.message). If that is the machine: boatyard claim \(node.name) --mac \(conflict.mac)."
    }

    private func configureHardware(_ run: TaskRun, _ node: BaremetalNode) async throws -> TaskResult {
        guard var machine = try await machines.machine(node: node.name) else {
            throw DrydockError(.missing, "There is no machine for \(node.name).")
        }
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
        return try await run.success()
    }

    private func commission(_ run: TaskRun, _ node: BaremetalNode, _ machine: Machine) async throws -> Machine {
        try await machines.apply(.commission, to: machine.id)
        // The installer that identified the machine has sent its inventory already and waits.
        if let boot = try await livingBoot(of: machine, node) {
            return try await machines.apply(.inventoried(boot.identity), to: machine.id).machine
        }
        let deadline = run.deadline(configuration.timeouts.configureHardware)
        do {
            try await run.command(.bootFromNetwork, node, deadline: deadline)
            try await run.command(.powerCycle, node, deadline: deadline)
        } catch {
            try Task.checkCancellation()
            try await machines.apply(.broke(error.inWords), to: machine.id)
            throw error
        }
        let ended = try await run.wait(
            for: "the inventory of \(node.name)", on: .machine(machine.id), until: deadline,
            then: "commissioning fails"
        ) {
            let now = try await self.machines.machine(machine.id)
            return now?.state == .commissioning ? nil : now
        }
        guard let ended else {
            try await machines.apply(.expired("no inventory came in time"), to: machine.id)
            throw DrydockError(
                .unreachable,
                "\(node.name) sent no inventory in time." + (await consoles.lastWords(of: node.name)))
        }
        guard ended.state == .ready else {
            throw DrydockError(.failed, "\(node.name) is \(ended.state.rawValue): \(ended.lifecycle.reason ?? "").")
        }
        return ended
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
