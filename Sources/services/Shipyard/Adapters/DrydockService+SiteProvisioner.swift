import Drydock
import Primitives
import SiteDesign

extension DrydockService: SiteProvisioner {
    package func designStatus(_ reference: String) async throws -> Value {
        let status = try await validateDesign(reference)
        return [
            "status": .string(status.status.rawValue),
            "details": ["messageList": .array(status.messages.map { $0.body(at: status.time) })],
        ]
    }

    package func startTask(
        action: String, design: String, nodeFilter: Value, createdBy: String, key: String
    ) async throws -> String {
        guard let action = TaskAction(rawValue: action) else { throw StepError("Drydock has no task \(action)") }
        let request = TaskRequest(
            action: action, design: design, nodeFilter: nodeFilter, createdBy: createdBy, key: key)
        return try await createTask(request).id
    }

    package func provisionerTask(_ id: String) async throws -> ProvisionerTask? {
        try await task(id).map(ProvisionerTask.init)
    }

    package func awaitProvisionerTask(_ id: String, until deadline: Timestamp) async throws -> ProvisionerTask {
        ProvisionerTask(try await awaitTask(id, until: deadline))
    }

    /// Links of tasks lead to `…/tasks/ID/builddata` of this very service.
    package func linkedText(_ link: String) async throws -> String? {
        let parts = link.split(separator: "/")
        guard parts.count > 2, parts[parts.count - 1] == "builddata", parts[parts.count - 3] == "tasks" else {
            return nil
        }
        let records = try await buildData(task: String(parts[parts.count - 2]))
        return records.isEmpty ? nil : Value.array(records).json(.spaced)
    }

    package func provisionerNodes() async throws -> [ProvisionerNode] {
        try await nodes().map { node in
            func text(_ key: String) -> String { node.value[key]?.pythonText ?? "" }
            return ProvisionerNode(
                hostname: text("hostname"), status: text("status_name"), powerState: text("power_state"))
        }
    }
}

extension ProvisionerTask {
    init(_ task: DrydockTask) {
        self.init(
            id: task.id, action: task.action.rawValue, status: task.status.rawValue,
            result: task.result.status.rawValue)
        successes = task.result.successes
        failures = task.result.failures
        messages = task.messages.map { message in
            Message(
                message.text, isError: message.isError, contextType: message.contextType, context: message.context,
                time: message.time)
        }
        links = task.result.links.map { Link(relation: $0.relation, reference: $0.reference) }
        subtasks = task.subtasks
    }
}
