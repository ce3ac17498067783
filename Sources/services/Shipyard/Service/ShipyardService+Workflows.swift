import Drydock
import OrderedCollections
import Primitives
import Workflow

extension ShipyardService {
    /// `GET workflows`: the newest ones, the oldest of them first.
    ///
    /// - Parameters:
    ///   - since: a date, a moment, or a duration back from now; nil and what cannot be read mean thirty days ago.
    ///   - limit: how many.
    package func workflows(since: String?, limit: Int = defaultPage) async throws -> Value {
        let now = dependencies.now()
        let start = since.flatMap { Timestamp($0) ?? ISODuration($0)?.before(now) } ?? now.adding(seconds: -30 * 86400)
        return .array(try await actions.page(since: start, limit: limit).map { .object(Self.workflow($0)) })
    }

    /// `GET workflows/{id}`; an empty object for an unknown id, as upstream answers.
    package func workflow(_ id: String) async throws -> Value {
        guard let name = try WorkflowIdentifier.parse(id),
            let action = try await actions.action(workflow: name.workflow, executionDate: name.executionDate)
        else { return [:] }
        var members = Self.workflow(action)
        let steps = action.run.steps.keys.compactMap { ActionViews.step(action, $0, notes: [], waiting: nil) }
        members["steps"] = .array(steps)
        members["sub_dags"] = []
        return .object(members)
    }

    private static func workflow(_ action: SiteAction) -> Value.Object {
        let date = Value.string(action.executionDate.formatted(.iso))
        let name = WorkflowIdentifier(workflow: action.name, executionDate: action.executionDate)
        return [
            "id": .string(action.id), "dag_id": .string(action.name), "state": .string(action.run.state.rawValue),
            "run_id": .string(action.id), "dag_run_id": .string(action.id), "execution_date": date,
            "external_trigger": true, "conf": ["action": action.value],
            "end_date": Value(action.run.endedAt?.formatted(.iso)),
            "start_date": Value(action.run.startedAt?.formatted(.iso)), "workflow_id": .string(name.description),
        ]
    }

    /// `GET site_statuses`
    ///
    /// - Parameter filters: the comma list of the parameter; nil for both.
    package func siteStatuses(filters: String?) async throws -> Value {
        let known = ["nodes-provision-status", "machines-power-state"]
        let wanted = filters.map { $0.split(separator: ",").map(\.trimmed) } ?? known
        if let unknown = wanted.first(where: { !known.contains($0) }) {
            throw ShipyardError(.invalidStatusFilter, "Not a valid status filter", "filter \(unknown) is not supported")
        }
        let nodes: [MachineStatus]
        do {
            nodes = try await dependencies.provisioner.nodes()
        } catch {
            throw ShipyardError(
                .drydockFailed, "Unable to retrieve nodes status", "Drydock has responded unexpectedly: \(error)",
                cause: error)
        }
        var answer: Value.Object = [:]
        if wanted.contains(known[0]) {
            let list = nodes.map { ["hostname": .string($0.hostname), "status": .string($0.statusName)] as Value }
            answer["nodes_provision_status"] = .array(list)
            answer["nodes-provision-status"] = .array(list)
        }
        if wanted.contains(known[1]) {
            let list = nodes.map {
                ["hostname": .string($0.hostname), "power_state": .string($0.power.rawValue)] as Value
            }
            answer["machines_powerstate"] = .array(list)
            answer["machines-power-state"] = .array(list)
        }
        return .object(answer)
    }
}
