import Documents
import Drydock
import OrderedCollections
import Primitives
import SiteActions

/// The steps that Drydock does (`docs/reference/shipyard.md` §8.3, §10).
enum DrydockSteps {
    static func verifySite(_ context: StepContext) async throws -> StepOutcome {
        let timeout = context.configuration.seconds("physical_provisioner.verify_timeout")
        let task = try await DrydockTasks(context: context).run(.verifySite, timeout: timeout)
        try DrydockTasks.requireSuccess(task)
        return .success()
    }

    static func prepareSite(_ context: StepContext) async throws -> StepOutcome {
        let timeout = context.configuration.seconds("physical_provisioner.prepare_site_timeout")
        let task = try await DrydockTasks(context: context).run(.prepareSite, timeout: timeout)
        try DrydockTasks.requireSuccess(task)
        return .success()
    }

    /// An update of a site whose machines Drydock has forgotten would install them all again.
    static func verifyNodesExist(_ context: StepContext) async throws -> StepOutcome {
        let nodes = try await context.environment.provisioner.nodes()
        context.log.write("Drydock knows \(nodes.count) nodes")
        guard !nodes.isEmpty || context.action.arguments.continuesOnFail else {
            throw StepError(
                "No nodes were found by Drydock. Safeguard triggered to prevent continued deployment of nodes.")
        }
        return .success()
    }

    /// Of `redeploy_server`, whose next step installs the machines: they stay in their installers.
    static func destroyNodes(_ context: StepContext) async throws -> StepOutcome {
        try await act(
            .destroyNodes, context, keepsInstaller: true, timeout: "physical_provisioner.destroy_timeout",
            failure: "One or more nodes requested for destruction failed to destroy")
    }

    /// Drydock sets labels through Promenade.
    static func relabelNodes(_ context: StepContext) async throws -> StepOutcome {
        guard context.environment.promenade != nil else {
            return .skipped(
                "No label was set: labels are set through Promenade, and components.promenade.url is not configured")
        }
        return try await act(
            .relabelNodes, context, timeout: "physical_provisioner.relabel_nodes_timeout",
            failure: "One or more nodes requested for relabeling failed to relabel")
    }

    /// Every target must be among the task's successes; how the task itself ended does not matter.
    private static func act(
        _ action: TaskAction, _ context: StepContext, keepsInstaller: Bool = false, timeout: String, failure: String
    ) async throws -> StepOutcome {
        let targets = context.action.targets
        guard !targets.isEmpty else { throw StepError("The action names no target_nodes") }
        let known = try await context.environment.provisioner.nodeNames(
            design: context.designReference(), filter: .null)
        let unknown = Set(targets).subtracting(known).sorted()
        guard unknown.isEmpty else {
            throw StepError("The site design has no node named \(unknown.joined(separator: ", ")). Nothing was done")
        }
        let task = try await DrydockTasks(context: context).run(
            action, nodeFilter: NodeSelector.filter(names: targets), keepsInstaller: keepsInstaller,
            timeout: context.configuration.seconds(timeout))
        let missing = Set(targets).subtracting(DrydockTasks.successes(task)).sorted()
        guard missing.isEmpty else {
            let names = missing.joined(separator: ", ")
            context.log.write("No success for: \(names)", .error)
            let ending = task.isComplete ? "" : ", which had not ended in time"
            throw StepError(DrydockTasks.explained("\(failure): \(names)\(ending).", task))
        }
        return .success()
    }

    /// `prepare_and_deploy_nodes`: group by group, as the deployment strategy says.
    ///
    /// After a restart the same tasks are found by their keys, and what they did leads to the same place again.
    static func deployNodes(_ context: StepContext) async throws -> StepOutcome {
        var deployment = try await plan(context)
        var errors: [String: String] = [:]
        var changes: [MachineChange] = []
        context.log.write("Groups in order: \(deployment.order.joined(separator: ", "))")
        while true {
            let wave = deployment.nextWave(concurrently: context.environment.deploysGroupsConcurrently)
            guard !wave.isEmpty else { break }
            for task in try await WaveDeployment(context: context, wave: wave).run(&deployment) {
                errors.merge(DrydockTasks.nodeErrors(task)) { $1 }
                changes += task.messages.compactMap { MachineChange($0) }
            }
        }
        for (group, shortfalls) in deployment.failures {
            let reasons = shortfalls.map(\.description).joined(separator: "; ")
            context.log.write("Group \(group) failed: \(reasons)", .error)
        }
        for held in deployment.heldBack { context.log.write("Held back: \(held.text)", .error) }
        let (nodes, groups) = (deployment.nodeNote, deployment.groupNote)
        context.log.write(nodes)
        context.log.write(groups)
        let subject = context.action.name
        await context.addNotes([
            context.note(nodes, subject: subject, subType: "Node Deployment", source: "nodes"),
            context.note(groups, subject: subject, subType: "Deployment Groups", source: "groups"),
        ])
        if let text = MachineChange.note(changes) {
            context.log.write(text)
            await context.addNotes([
                context.note(text, subject: subject, subType: "Machine Changes", source: "changes")
            ])
        }
        let result = MachineChange.result(
            changes, stages: deployment.nodesByStage, heldBack: deployment.heldBack)
        guard !deployment.hasFailed else {
            throw StepError(
                "One or more deployment groups marked as critical have failed" + causes(deployment, errors),
                result: result)
        }
        return .success(result)
    }

    /// `: control (…). n1: its disk is gone; n2: …. Held back: n3 (group control failed)`, for the first of them.
    private static func causes(_ deployment: DeploymentProgress, _ errors: [String: String]) -> String {
        let groups = deployment.failures.map {
            "\($0.group) (\($0.shortfalls.map(\.description).joined(separator: "; ")))"
        }
        let failed = deployment.nodeStages.filter { $0.value == .failed }.keys
        let nodes = failed.compactMap { name in errors[name].map { "\(name): \($0)" } }
        guard !groups.isEmpty || !nodes.isEmpty else { return "" }
        let held = deployment.heldBack
        return ": " + groups.joined(separator: ", ")
            + (nodes.isEmpty ? "" : ". " + FailureCauses.joined(nodes, isLast: held.isEmpty))
            + (held.isEmpty ? "" : ". Held back: " + held.map(\.text).joined(separator: "; "))
    }

    private static func plan(_ context: StepContext) async throws -> DeploymentProgress {
        var groups = [DeploymentGroup.allAtOnce]
        if !context.action.targets.isEmpty {
            groups = [.targets(context.action.targets)]
        } else if let name = context.configuration.deploymentStrategy {
            let documents = try await context.environment.renderedDocuments(context.revision())
            let found = documents.filter { $0.schema == DocumentCheck.strategySchema && $0.name == name }
            guard found.count == 1, let data = found.first?.data else {
                throw StepError("There must be one \(DocumentCheck.strategySchema) document \(name)")
            }
            groups = try DeploymentPlanning.groups(strategy: data)
        }
        let reference = try context.designReference()
        let provisioner = context.environment.provisioner
        return try DeploymentProgress(
            await DeploymentPlanning.withNodes(groups) { filter in
                try await provisioner.nodeNames(design: reference, filter: filter)
            })
    }
}

extension MachineChange {
    /// `INSTALLED: n1, n2; UNCHANGED: n3; DIFFERS: n4 (platform.kernel)`; nil where nothing is known.
    static func note(_ changes: [MachineChange]) -> String? {
        let last = last(changes)
        let parts = Kind.allCases.compactMap { kind -> String? in
            let names = last.filter { $0.kind == kind }.map { change in
                change.fields.isEmpty
                    ? change.node : "\(change.node) (\(change.fields.prefix(4).joined(separator: " ")))"
            }
            return names.isEmpty ? nil : "\(kind.rawValue.uppercased()): \(names.joined(separator: ", "))"
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// What was told last of each machine, in the order in which the machines were told of first.
    private static func last(_ changes: [MachineChange]) -> [MachineChange] {
        Array(OrderedDictionary(changes.map { ($0.node, $0) }, uniquingKeysWith: { $1 }).values)
    }

    /// The result of a step that deploys: `{"machine_stages": {"DEPLOYED": ["n4"]}, "machine_changes": [{"node": "n4", "change":
    /// "differs", "fields": ["platform.kernel"]}], "machines_held_back": [{"group": "workers", "failed_group": "control", "nodes":
    /// ["n5"]}]}` with the first twenty fields of each machine; without what is not known.
    static func result(
        _ changes: [MachineChange], stages: Value.Object = [:], heldBack: [DeploymentProgress.HeldBack] = []
    ) -> Value? {
        let last = last(changes)
        var result: Value.Object = [:]
        if !stages.isEmpty { result[stagesKey] = .object(stages) }
        if !heldBack.isEmpty { result[heldBackKey] = .array(heldBack.map(\.value)) }
        if !last.isEmpty {
            result[resultKey] = .array(
                last.map { change in
                    [
                        "node": .string(change.node), "change": .string(change.kind.rawValue),
                        "fields": .array(change.fields.prefix(fieldLimit).map(Value.string)),
                    ]
                })
        }
        return result.isEmpty ? nil : .object(result)
    }

    /// Members of a step's result, and of a step as clients get it.
    static let resultKey = "machine_changes"
    static let stagesKey = "machine_stages"
    static let heldBackKey = "machines_held_back"
    private static let fieldLimit = 20
}
