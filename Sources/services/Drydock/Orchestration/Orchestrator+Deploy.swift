import Cryptography
import Netboot
import Primitives
import SiteDesign
import Synchronization

/// `deploy_nodes`: four phases, each for the successes of the one before, then the report of the boot actions.
extension Orchestrator {
    func deployNodes(_ run: TaskRun) async throws -> TaskResult {
        let site = try await site(of: run)
        guard let names = try await targets(of: run, in: site) else { return Self.nothingToDo }
        var ready = try await run.child(
            "apply_node_networking", .applyNodeNetworking, .each(names), filter: run.task.nodeFilter
        ) { leaf in try await self.check(leaf, in: site, "network") { try $0.network() } }.result.successes
        if !ready.isEmpty {
            ready = try await run.child("apply_node_storage", .applyNodeStorage, .each(ready)) { leaf in
                try await self.check(leaf, in: site, "storage") { try $0.storage() }
            }.result.successes
        }
        if !ready.isEmpty {
            ready = try await run.child("apply_node_platform", .applyNodePlatform, .each(ready)) { leaf in
                try await self.check(leaf, in: site, "platform") { planner in
                    try planner.platform()
                    _ = try self.image(of: leaf.node(in: site))
                    try self.bootData.check(leaf.node(in: site), in: site, design: run.design.reveal())
                }
            }.result.successes
        }
        let installed = InstalledDesigns(beside: site) { [designs] in try? await designs.compiled($0).site }
        var deployed: [String] = []
        if !ready.isEmpty {
            deployed = try await run.child(
                "deploy_node", .deployNode, .each(ready, retries: configuration.retries)
            ) { leaf in try await self.deploy(leaf, leaf.node(in: site), in: site, installed) }.result.successes
        }
        if !deployed.isEmpty {
            reservations.finish(Set(names).subtracting(deployed), of: run.task.id)
            _ = try await run.child(
                "bootaction_report", .bootActionReport, .together(deployed), reportBootActions)
        }
        let children = try await tasks.children(of: run.task.id)
        var result = TaskResult()
        result.bubble(children, action: deployed.isEmpty ? .deployNode : .bootActionReport, retry: 0)
        result.align(children, retry: 0)
        return result
    }

    /// Derives one part of a node's installation plan, so that what cannot be done is known before a disk is touched.
    private func check(
        _ run: TaskRun, in site: EffectiveSite, _ part: String, _ derive: (NodePlanner) throws -> Void
    ) async throws -> TaskResult {
        let node = try run.node(in: site)
        let name = node.name
        guard let machine = try await machines.machine(node: name) else {
            throw DrydockError(.missing, "There is no machine for \(name): run prepare_nodes first.")
        }
        if machine.state == .deployed || machine.state == .deploying {
            try await run.appendMessage("\(name) is \(machine.state.rawValue), its \(part) stays as it is.", node: name)
            return try await run.success()
        }
        let lshw = try await buildData.latest(node: name, generator: "lshw")
        try derive(try NodePlanner(site: site, node: node, lshw: lshw))
        try await run.appendMessage("The \(part) of \(name) is planned.", node: name)
        return try await run.success()
    }

    private func deploy(
        _ run: TaskRun, _ node: BaremetalNode, in site: EffectiveSite, _ installed: InstalledDesigns
    ) async throws -> TaskResult {
        guard let machine = try await machines.machine(node: node.name) else {
            throw DrydockError(.missing, "There is no machine for \(node.name): run prepare_nodes first.")
        }
        let begun: ULID?
        switch machine.state {
        case .deployed:
            try await tellDifference(run, node, installed)
            return try await run.success()
        case .deploying:
            guard let present = machine.lifecycle.work else {
                throw DrydockError(.failed, "\(node.name) is Deploying, but nothing says what.")
            }
            begun = present.deployment
        case .ready, .allocated, .failedDeployment: begun = nil
        default:
            throw DrydockError(.conflict, "\(node.name) is \(machine.state.rawValue) and cannot be deployed.")
        }
        // Before the plan is given: an installer that waits for it begins at once.
        let ended = try await run.watchingConsole(of: node, atOnce: true) { () async throws -> Machine? in
            let work = if let begun { begun } else { try await order(run, node, machine, in: site) }
            let created = try await deployments.deployment(work)?.created ?? run.task.created
            return try await carryThrough(
                run, node, machine: machine.id, work: work,
                deadline: run.deadline(configuration.timeouts.deployNode, since: created))
        }
        guard ended?.state == .deployed else {
            let reason = ended?.lifecycle.reason ?? "its machine is no longer known"
            throw DrydockError(
                .failed,
                await consoles.withLastWords(
                    of: node.name, "An attempt to deploy \(node.name) failed: \(reason.asClause)."),
                isPermanent: ended?.lifecycle.failure?.isPermanent ?? false)
        }
        // Whoever began it may have had another design in hand.
        try await tellDifference(run, node, installed, isNew: true)
        return try await run.success()
    }

    /// Says whether a deployed machine is as the design has it now. It is not touched in either case.
    ///
    /// - Parameter isNew: whether its installation has ended now.
    private func tellDifference(
        _ run: TaskRun, _ node: BaremetalNode, _ installed: InstalledDesigns, isNew: Bool = false
    ) async throws {
        let name = node.name
        let deployed = try await deployments.latestInstallation(of: name)?.design
        guard let deployed, deployed != run.design,
            let plan = await installed.plan(of: node, installedWith: deployed.reveal())
        else {
            return try await run.appendMessage(
                isNew ? "\(name) is deployed." : "\(name) is Deployed, nothing to install.",
                change: MachineChange(node: name, kind: isNew ? .installed : .unchanged))
        }
        let revision = MachineDeployment.revision(of: deployed.description)
        let since =
            revision.map {
                isNew ? " with revision \($0), which an earlier task had begun to install," : " since revision \($0)"
            } ?? ""
        guard plan.effect != .nothing else {
            return try await run.appendMessage(
                "\(name) is Deployed\(since), nothing \(isNew ? "else " : "")to install.",
                change: MachineChange(node: name, kind: isNew ? .installed : .unchanged))
        }
        let fields = plan.differences.map { $0.path.joined(separator: ".") }
        try await run.appendMessage(
            "\(name) is Deployed\(since) and stays as it is. It differs from the design in "
                + "\(fields.prefix(4).joined(separator: ", "))\(fields.count > 4 ? ", …" : ""): only redeploy_server installs "
                + "it anew.",
            change: MachineChange(node: name, kind: .differs, fields: fields))
    }

    /// Makes a deployment: the plan, the key and the boot actions stand before the machine is given them.
    private func order(
        _ run: TaskRun, _ node: BaremetalNode, _ machine: Machine, in site: EffectiveSite
    ) async throws -> ULID {
        if machine.state == .ready { try await machines.apply(.allocate, to: machine.id) }
        let deployment = MachineDeployment(
            id: ULID(), node: node.name, machine: machine.id, kind: .install, task: run.task.id,
            design: run.design, created: now(), bootAttempts: 0)
        let actions = site.bootActions(of: node.name).map {
            BootActionRecord(
                id: ULID(), node: node.name, name: $0.name, status: $0.signaling ? .incomplete : .unreported,
                deployment: deployment.id)
        }
        let key = actions.isEmpty ? nil : Secret(Random.bytes(32))
        let planner = try NodePlanner(
            site: site, node: node, lshw: try await buildData.latest(node: node.name, generator: "lshw"))
        let packages = try await bootData.packages(
            of: node, in: site, design: run.design.reveal(), actions: actions, key: key)
        let plan = try planner.plan(
            deployment: deployment.id, actions: actions, key: key, packages: packages, image: try image(of: node),
            nodeURL: configuration.nodeURL())
        let archives = try await bootData.prepare(deployment, node, in: site, actions: actions, key: key)
        let insertion = deployments.insertion(
            of: deployment,
            DeploymentStore.Contents(
                plan: plan, key: key, bootActions: actions, files: archives.files, units: archives.units))
        try await machines.apply(.install(deployment: deployment.id), to: machine.id) { connection, _ in
            try insertion(connection)
            try MachineStore.clearLateUses(of: deployment.node, connection)
        }
        try await bootData.discardArchives(of: node.name, before: deployment.id)
        try await run.appendMessage("\(node.name) is given its installation plan \(deployment.id).", node: node.name)
        return deployment.id
    }

    /// The image that a node gets; nil where its file is not on this host.
    ///
    /// - Throws: `DrydockError` `.invalid` for one that is damaged.
    private func image(of node: BaremetalNode) throws -> InstallableImage? {
        guard let name = node.image else { return nil }
        do {
            return try configuration.netbootFolder.images.image(named: name)
        } catch {
            throw DrydockError(error.kind, error.message)
        }
    }

    /// Waits for the signals of all boot actions, then judges node by node (`docs/reference/drydock.md` §15).
    private func reportBootActions(_ run: TaskRun) async throws -> TaskResult {
        let names = run.nodes
        var waiting: [BootActionRecord] = []
        for name in names {
            guard case .success(let actions) = try await bootActions(of: name) else { continue }
            waiting += actions.filter { $0.status == .incomplete }
        }
        let told = Mutex<Set<ULID>>([])
        _ = try await run.wait(
            for: BootActionRecord.awaited(waiting), on: .bootActions,
            until: run.deadline(configuration.timeouts.bootActionFinalStatus),
            then: "boot actions that have not reported fail their node"
        ) { () async throws -> Bool? in
            let unsettled = try await self.deployments.unsettledBootActions(of: names)
            // Told at once: others may be waited for long.
            for action in unsettled
            where action.status == .failure && told.withLock({ $0.insert(action.id).inserted }) {
                try await self.tellFailure(of: action, run)
            }
            let open = Set(unsettled.filter { $0.status == .incomplete }.map(\.node))
            if let parent = run.task.parent {
                self.reservations.finish(Set(names).subtracting(open), of: parent)
            }
            return open.isEmpty ? true : nil
        }
        var result = TaskResult()
        for name in names {
            var isGood = true
            let actions: [BootActionRecord]
            switch try await bootActions(of: name) {
            case .success(let found): actions = found
            case .failure(let error):
                (actions, isGood) = ([], false)
                try await run.appendMessage(
                    "What became of its boot actions is not known: \(error.message). Deploy the node again.",
                    isError: true,
                    node: name)
            }
            for action in actions {
                switch action.status {
                case .incomplete:
                    isGood = false
                    try await run.appendMessage("Boot action \(action.name) timed out.", isError: true, node: name)
                    let seconds = Duration.seconds(configuration.timeouts.bootActionFinalStatus).components.seconds
                    try await run.appendMessage(
                        "\(name) runs, but its boot action \(action.name) has not reported within \(seconds) s: look at its "
                            + "unit and journal on the machine, and whether that reaches \(configuration.nodeURL()); or set "
                            + "signaling to false where it cannot report.", isError: true, node: name)
                case .success:
                    try await run.appendMessage(
                        "Boot action \(action.name) completed with status \(action.status.rawValue)", node: name)
                case .failure:
                    isGood = false
                    try await tellFailure(of: action, run)
                case .unreported: break
                }
            }
            if isGood { result.succeed(name) } else { result.fail(name) }
        }
        return result
    }

    private func tellFailure(of action: BootActionRecord, _ run: TaskRun) async throws {
        try await run.appendFailure(
            "Boot action \(action.name) completed with status \(action.status.rawValue)", of: action)
        var messages: [TaskMessage] = []
        if let task = try await deployments.deployment(action.deployment)?.task {
            messages = try await tasks.task(task)?.messages ?? []
        }
        try await run.appendFailure(action.failureText(messages), of: action)
    }

    /// Those of the newest installation of a node, or why they cannot be read, which is the trouble of this node alone.
    ///
    /// - Throws: `StoreError`, `CancellationError`.
    private func bootActions(of name: String) async throws -> Result<[BootActionRecord], DrydockError> {
        do {
            guard let deployment = try await deployments.latestInstallation(of: name) else { return .success([]) }
            return .success(try await deployments.bootActions(of: deployment.id))
        } catch let error as DrydockError {
            return .failure(error)
        }
    }
}
