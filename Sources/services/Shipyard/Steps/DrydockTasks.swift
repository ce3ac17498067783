import Drydock
import Primitives

/// Starting Drydock tasks, waiting for them, and reading what they did (`docs/reference/shipyard.md` §8.4).
struct DrydockTasks: Sendable {
    let context: StepContext

    /// Starts a task, or finds the one that an earlier run of the same try started, and waits for its end.
    ///
    /// - Parameters:
    ///   - scope: tells several tasks of one step apart.
    ///   - timeout: seconds.
    /// - Returns: the task as it is at its end or at the deadline.
    func run(
        _ action: TaskAction, nodeFilter: Value = .null, scope: String = "", timeout: Double
    ) async throws -> DrydockTask {
        let provisioner = context.environment.provisioner
        let name = action.rawValue
        let key =
            StepEnvironment.taskKey(context.action.id, context.step, context.tryNumber) + "\(scope)/\(name)"
        let request = TaskRequest(
            action: action, design: try context.designReference(), nodeFilter: nodeFilter,
            createdBy: context.action.user, key: key)
        let id = try await provisioner.createTask(request).id
        context.log.write("Drydock task \(id) (\(name)) started, with \(timeout) s to go")
        let since = context.environment.now()
        let deadline = since.adding(seconds: timeout)
        await context.setWait(
            StepWait(
                event: "Drydock task \(id) (\(name))", since: since, deadline: deadline,
                then: "what has succeeded until then counts"))
        let task = try await provisioner.awaitTask(id, until: deadline)
        await context.setWait(nil)
        context.log.write("Drydock task \(id) (\(name)) is \(task.status.rawValue): \(task.result.status.rawValue)")
        try await record(task)
        return task
    }

    /// Fails where the task did not succeed in time.
    static func requireSuccess(_ task: DrydockTask) throws(StepError) {
        guard task.isComplete else { throw StepError("Task Execution Timed Out!") }
        guard [.success, .partialSuccess].contains(task.result.status) else {
            let reason = task.messages.last { $0.isError && !$0.text.isEmpty }.map { " \($0.text)" } ?? ""
            throw StepError("Failed to Execute/Complete Task!\(reason)")
        }
    }

    /// What the task did for whole nodes; its subtasks only have remarks.
    static func successes(_ task: DrydockTask) -> Set<String> {
        Set(task.result.successes).subtracting(task.result.failures)
    }

    /// Turns the messages and links of the task and all below it into notes.
    private func record(_ task: DrydockTask) async throws {
        var notes: [Note] = []
        var seen: Set<String> = []
        var left = [task]
        while let current = left.popLast() {
            // A tree from elsewhere might not be one.
            guard seen.insert(current.id).inserted, seen.count <= 100_000 else { continue }
            for message in current.messages where message.isError {
                // "NA" is what Drydock has for nothing in particular.
                let context = message.contextType == "NA" ? "" : "\(message.contextType) \(message.context): "
                self.context.log.write(context + message.text, .error)
            }
            notes += Self.notes(current, context)
            for id in current.subtasks.reversed() {
                if let child = try await context.environment.provisioner.task(id) { left.append(child) }
            }
        }
        await context.addNotes(notes)
    }

    static func notes(_ task: DrydockTask, _ context: StepContext) -> [Note] {
        let messages = task.messages.enumerated().filter { !$1.text.isEmpty }.map { index, message in
            let ending = message.isError ? " (error)" : ""
            return context.note(
                "\(message.contextType):\(message.context):\(message.text)\(ending)", subject: task.id,
                subType: "Task Message", verbosity: 3, at: message.time, source: "task/\(task.id)/\(index)")
        }
        let links = task.result.links.enumerated().map { index, link in
            let ending = link.relation == "detail_logs" ? " - builddata" : ""
            return context.note(
                link.relation + ending, subject: task.id, subType: "Linked Task Info", verbosity: 5,
                link: link.reference, source: "task/\(task.id)/link/\(index)")
        }
        return messages + links
    }
}
