import Drydock
import HTTPTypes
import OrderedCollections
import Primitives

extension DrydockController {
    var taskRoutes: [Route] {
        [
            Route(
                .get, "/api/v1.0/tasks", policy: Self.rule("read_task"), on: .clients,
                about: Operation("All tasks, those below others included", answers: .json(.list(DrydockSchemas.task)))
            ) { _ in
                .json(.array(try await service.tasks().map { $0.value() }))
            },
            Route(
                .post, "/api/v1.0/tasks", policy: Self.rule("create_task"), on: .clients, bodyLimit: 4 << 20,
                about: Operation(
                    "Queues a task", headers: [Operation.Header(name: "X-End-User", about: "Whom the task is for")],
                    body: .json(DrydockSchemas.taskRequest),
                    answers: .json(DrydockSchemas.task, .created, headers: [Answer.location]),
                    errors: [.notFound, .conflict]),
                handler: createTask),
            Route(
                .delete, "/api/v1.0/tasks", policy: Self.rule("delete_tasks"), on: .clients,
                about: Operation(
                    "Removes tasks that have ended, and answers with a sentence that is labelled as JSON",
                    query: [DrydockQuery.days], answers: Answer(.ok, content: ShipyardSchemas.mislabelled))
            ) { request in
                try await service.purgeTasks(olderThan: try request.query[DrydockQuery.days] ?? 90)
                return .text("Tables purged successfully.", contentType: "application/json")
            },
            Route(
                .get, "/api/v1.0/tasks/{task_id}", policy: Self.rule("read_task"), on: .clients,
                about: Operation(
                    "One task, or the tree of tasks below it",
                    query: [DrydockQuery.buildData, DrydockQuery.errors, DrydockQuery.layers, ShipyardQuery.wait],
                    answers: .json(DrydockSchemas.taskTree)), handler: readTask),
            Route(
                .get, "/api/v1.0/tasks/{task_id}/builddata", policy: Self.rule("read_build_data"), on: .clients,
                about: Operation("Build data that the task collected", answers: .json(.list(DrydockSchemas.buildData))),
                handler: readTaskBuildData),
        ]
    }

    @Sendable private func createTask(_ request: APIRequest) async throws -> APIResponse {
        guard request.mediaType == "application/json" else {
            throw DrydockError(.invalid, "Requires application/json payload")
        }
        guard case .object(let body)? = try? Value(json: request.body) else {
            throw DrydockError(
                .invalid, "The body must be a JSON object with action, design_ref and, where wanted, node_filter.")
        }
        guard let action = body["action"]?.stringValue.flatMap(TaskAction.init),
            TaskAction.requestable.contains(action)
        else {
            let name =
                switch body["action"] {
                case nil, .null: "None"
                case .string(let text): String(text.prefix(200))
                case .some(let other): String(other.json(.spaced).prefix(200))
                }
            throw DrydockError(.invalid, "Unsupported action \(name)")
        }
        try request.require(Self.ruleName(action.rawValue))
        let design = try Self.design(of: body)
        let user = request.header("X-End-User") ?? request.caller?.name ?? ""
        let task = try await service.createTask(
            TaskRequest(
                action: action, design: design, nodeFilter: body["node_filter"] ?? .null, createdBy: user))
        var response = APIResponse.json(task.value(.offset), status: .created)
        response.set("Location", "/api/v1.0/tasks/\(task.id)")
        response.subject = "\(action.rawValue) \(task.id)"
        return response
    }

    /// The reference of a body.
    ///
    /// - Throws: `DrydockError` `.invalid` where it is missing or no text.
    static func design(of body: Value.Object) throws(DrydockError) -> String {
        switch body["design_ref"] {
        case .string(let text) where !text.isEmpty: return text
        case nil, .null, .string: throw DrydockError(.invalid, "Missing input required value: design_ref")
        case let other?:
            throw DrydockError(.invalid, "design_ref must be a text, but is \(other.json(.spaced).prefix(200))")
        }
    }

    @Sendable private func readTask(_ request: APIRequest) async throws -> APIResponse {
        let id = request.parameter("task_id")
        let withBuildData = try request.query[DrydockQuery.buildData] ?? false
        let withErrors = try request.query[DrydockQuery.errors] ?? false
        let layers = try request.query[DrydockQuery.layers].flatMap { Int($0) } ?? 0
        try await request.wait(in: held) { seconds in
            guard try await service.task(id.lowercased()) != nil else { return }
            _ = try await service.awaitTask(id.lowercased(), within: seconds)
        }
        guard UUIDv4(id) != nil, let root = try await service.task(id.lowercased()) else {
            throw DrydockError(.missing, "Task \(id.prefix(200)) does not exist")
        }
        let descendants = layers != 0 || withErrors ? try await descendants(of: root) : []
        var answer: Value.Object = [:]
        if layers == 0 {
            answer = try await object(root, withBuildData)
        } else {
            answer["init_task_id"] = .string(root.id)
            answer[root.id] = .object(try await object(root, withBuildData))
            for (task, layer) in descendants where layers < 0 || layer < layers {
                answer[task.id] = .object(try await object(task, withBuildData))
            }
        }
        if withErrors {
            var errors: Value.Object = [:]
            for (task, _) in descendants where task.errorCount > 0 {
                guard case .object(var result) = task.resultValue else { continue }
                result["task_id"] = .string(task.id)
                errors[task.id] = .object(result)
            }
            answer["subtask_errors"] = .object(errors)
        }
        return .json(.object(answer))
    }

    /// All tasks below `root`, parents first, with their layer; the root is layer 0.
    private func descendants(of root: DrydockTask) async throws -> [(task: DrydockTask, layer: Int)] {
        var found: [(task: DrydockTask, layer: Int)] = []
        var layer = [root]
        var depth = 0
        while !layer.isEmpty, depth < 16 {
            depth += 1
            var next: [DrydockTask] = []
            for task in layer where !task.subtasks.isEmpty { next += try await service.children(of: task.id) }
            found += next.map { ($0, depth) }
            layer = next
        }
        return found
    }

    private func object(_ task: DrydockTask, _ withBuildData: Bool) async throws -> Value.Object {
        var object = task.value().objectValue ?? [:]
        if withBuildData { object["build_data"] = .array(try await service.buildData(task: task.id)) }
        return object
    }

    @Sendable private func readTaskBuildData(_ request: APIRequest) async throws -> APIResponse {
        let id = request.parameter("task_id")
        let records = UUIDv4(id) == nil ? [] : try await service.buildData(task: id.lowercased())
        guard !records.isEmpty else {
            throw DrydockError(.missing, "No build data found for task \(id.prefix(200))")
        }
        return .json(.array(records))
    }
}
