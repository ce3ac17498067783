import OrderedCollections
import Primitives
import Workflow

extension ShipyardService {
    /// `GET workflows`
    ///
    /// - Parameter since: a date or a moment; nil and what cannot be read mean thirty days ago.
    package func workflows(since: String?) async throws -> Value {
        let start = since.flatMap(Timestamp.init) ?? dependencies.now().adding(seconds: -30 * 86400)
        return .array(try await actions.all().filter { $0.executionDate >= start }.map { .object(Self.workflow($0)) })
    }

    /// `GET workflows/{id}`; an empty object for an unknown id, as upstream answers.
    package func workflow(_ id: String) async throws -> Value {
        guard let mark = Self.lastMark(id) else {
            throw ShipyardError(
                400, "Invalid Workflow ID specified",
                "The workflow ID \(id) is not of the form <workflow>__<execution date>")
        }
        let name = String(id[..<mark])
        guard let action = try await actions.all().first(where: { $0.name == name && Self.workflowID($0) == id })
        else { return [:] }
        var members = Self.workflow(action)
        let steps = action.run.steps.keys.compactMap { ActionViews.step(action, $0, notes: [], waiting: nil) }
        members["steps"] = .array(steps)
        members["sub_dags"] = []
        return .object(members)
    }

    private static func workflow(_ action: SiteAction) -> Value.Object {
        let date = Value.string(action.executionDate.formatted(.iso))
        return [
            "id": .string(action.id), "dag_id": .string(action.name), "state": .string(action.run.state.rawValue),
            "run_id": .string(action.id), "dag_run_id": .string(action.id), "execution_date": date,
            "external_trigger": true, "conf": ["action": action.value],
            "end_date": Value(action.run.endedAt?.formatted(.iso)),
            "start_date": Value(action.run.startedAt?.formatted(.iso)), "workflow_id": .string(workflowID(action)),
        ]
    }

    private static func workflowID(_ action: SiteAction) -> String {
        "\(action.name)__\(action.executionDate.formatted(.isoNaive))"
    }

    /// Where the last `__` begins.
    private static func lastMark(_ id: String) -> String.Index? {
        var index = id.endIndex
        while index > id.startIndex {
            index = id.index(before: index)
            if id[index...].hasPrefix("__") { return index }
        }
        return nil
    }

    /// `GET site_statuses`
    ///
    /// - Parameter filters: the comma list of the parameter; nil for both.
    package func siteStatuses(filters: String?) async throws -> Value {
        let known = ["nodes-provision-status", "machines-power-state"]
        let wanted = filters.map { $0.split(separator: ",").map(\.trimmed) } ?? known
        if let unknown = wanted.first(where: { !known.contains($0) }) {
            throw ShipyardError(400, "Not a valid status filter", "filter \(unknown) is not supported")
        }
        let nodes: [ProvisionerNode]
        do {
            nodes = try await dependencies.provisioner.provisionerNodes()
        } catch {
            throw ShipyardError.appError(
                500, "Unable to retrieve nodes status", "Drydock has responded unexpectedly: \(error)", cause: error)
        }
        var answer: Value.Object = [:]
        if wanted.contains(known[0]) {
            let list = nodes.map { ["hostname": .string($0.hostname), "status": .string($0.status)] as Value }
            answer["nodes_provision_status"] = .array(list)
        }
        if wanted.contains(known[1]) {
            let list = nodes.map { ["hostname": .string($0.hostname), "power_state": .string($0.powerState)] as Value }
            answer["machines_powerstate"] = .array(list)
        }
        return .object(answer)
    }

    /// The note behind `GET notedetails/{id}`: its association tells which policy applies.
    ///
    /// - Returns: a note that has a link.
    package func linkedNote(_ id: String) async throws -> Note {
        guard id.utf8.count == 26 else {
            throw ShipyardError(
                400, "Notes ID values are 26 character ULID values", "Invalid note_id: \(id) in URL",
                errorType: "InvalidFormatError")
        }
        guard let note = try await notes.note(id) else {
            throw ShipyardError(404, "No note found", "Note \(id) is not found")
        }
        guard note.link != nil else {
            throw ShipyardError(
                404, "No further note details are available", "Note \(id) has no additional information to return")
        }
        return note
    }
}
