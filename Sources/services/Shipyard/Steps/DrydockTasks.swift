import Drydock
import OrderedCollections
import Primitives

/// Starting Drydock tasks, waiting for them, and reading what they did (`docs/reference/shipyard.md` §8.4).
struct DrydockTasks: Sendable {
    let context: StepContext

    /// A task that was started, or found.
    struct Begun: Sendable {
        var id: String
        var action: TaskAction
        var since: Timestamp
        /// Until when it is waited for.
        var deadline: Timestamp
        var isOver = false
    }

    /// Starts a task, or finds the one that an earlier run of the same try started, and waits for its end.
    ///
    /// - Parameters:
    ///   - keepsInstaller: as in `TaskRequest`.
    ///   - timeout: seconds.
    /// - Returns: the task as it is at its end or at the deadline, with all errors of the tasks below it among its messages.
    func run(
        _ action: TaskAction, nodeFilter: Value = .null, keepsInstaller: Bool = false, timeout: Double
    ) async throws -> DrydockTask {
        let begun = try await begin(
            action, nodeFilter: nodeFilter, keepsInstaller: keepsInstaller, key: key(action), timeout: timeout)
        await context.setWait(Self.wait(for: [begun]))
        let task = try await end(begun)
        await context.setWait(nil)
        return task
    }

    /// The key of a task of this try.
    ///
    /// - Parameters:
    ///   - scope: tells several tasks of one step apart.
    ///   - part: the number of the task among those of its scope, from 1.
    func key(_ action: TaskAction, scope: String = "", part: Int = 1) -> String {
        prefix + "\(scope)/\(action.rawValue)" + (part > 1 ? "/\(part)" : "")
    }

    private var prefix: String { StepEnvironment.taskKey(context.action.id, context.step, context.tryNumber) }

    /// The tasks of this try, by their keys, the oldest first.
    func made() async throws -> OrderedDictionary<String, DrydockTask> {
        try await context.environment.provisioner.tasks(keyPrefix: prefix)
    }

    /// Starts a task, or finds the one that an earlier run of the same try started.
    func begin(
        _ action: TaskAction, nodeFilter: Value, keepsInstaller: Bool = false, key: String, timeout: Double
    ) async throws -> Begun {
        let request = TaskRequest(
            action: action, design: try context.designReference(), nodeFilter: nodeFilter,
            createdBy: context.action.user, key: key, keepsInstaller: keepsInstaller)
        let id = try await context.environment.provisioner.createTask(request).id
        context.log.write("Drydock task \(id) (\(action.rawValue)) started, with \(timeout) s to go")
        let since = context.environment.now()
        return Begun(id: id, action: action, since: since, deadline: since.adding(seconds: timeout))
    }

    /// What a step waits for while these run; nil where there are none.
    static func wait(for tasks: [Begun]) -> StepWait? {
        guard let first = tasks.first, let deadline = tasks.map(\.deadline).max() else { return nil }
        let ids = tasks.map(\.id).joined(separator: ", ")
        return StepWait(
            event: "Drydock \(tasks.count == 1 ? "task" : "tasks") \(ids) (\(first.action.rawValue))",
            since: first.since,
            deadline: deadline, then: "what has succeeded until then counts")
    }

    /// Waits for the end of a task.
    ///
    /// - Returns: as `run`.
    func end(_ begun: Begun) async throws -> DrydockTask {
        let task = try await interruptibly(begun) {
            try await context.environment.provisioner.awaitTask(begun.id, until: begun.deadline)
        }
        return try await told(task, begun)
    }

    /// Waits until a task that works on each node by itself has succeeded for more nodes than are `known`.
    ///
    /// - Returns: the task then; `isOver` where it has ended, or its deadline is over: then it is as `run` returns it.
    func progress(_ begun: Begun, beyond known: Set<String>) async throws -> (task: DrydockTask, isOver: Bool) {
        let task = try await interruptibly(begun) {
            try await context.environment.provisioner.awaitTask(begun.id, beyond: known, until: begun.deadline)
        }
        guard task.isComplete || known.isSuperset(of: Self.successes(task)) else { return (task, false) }
        return (try await told(task, begun), true)
    }

    private func interruptibly(
        _ begun: Begun, _ wait: () async throws -> DrydockTask
    ) async throws -> DrydockTask {
        do {
            return try await wait()
        } catch let error as CancellationError {
            await recordInterrupted(begun.id)
            throw error
        }
    }

    private func told(_ task: DrydockTask, _ begun: Begun) async throws -> DrydockTask {
        var task = task
        context.log.write(
            "Drydock task \(task.id) (\(begun.action.rawValue)) is \(task.status.rawValue): \(task.result.status.rawValue)"
        )
        task.messages += try await record(task)
        return task
    }

    /// What the task has told until now: whoever stopped it wants to know what had failed. It goes on by itself, since nothing
    /// more can be awaited in a step that is stopped.
    private func recordInterrupted(_ id: String) async {
        await Task.detached {
            do {
                if let task = try await context.environment.provisioner.task(id) { _ = try await record(task) }
            } catch {
                context.log.write("The messages of Drydock task \(id) cannot be read: \(error.inWords)", .warning)
            }
        }.value
    }

    /// By node, the last error that a task tells of it.
    static func nodeErrors(_ task: DrydockTask) -> [String: String] {
        var errors: [String: String] = [:]
        for message in task.messages where message.isError && message.contextType == "node" {
            errors[message.context] = message.text
        }
        return errors
    }

    /// `FAILURE first; second`, with the first errors of a task, if it tells of any.
    static func explained(_ failure: String, _ task: DrydockTask) -> String {
        FailureCauses.text(failure, causes: task.messages.filter(\.isError).map(\.text))
    }

    /// Fails where the task did not succeed in time.
    static func requireSuccess(_ task: DrydockTask) throws(StepError) {
        guard task.isComplete else { throw StepError(explained("Task Execution Timed Out!", task)) }
        guard [.success, .partialSuccess].contains(task.result.status) else {
            throw StepError(explained("Failed to Execute/Complete Task!", task))
        }
    }

    /// What the task did for whole nodes; its subtasks only have remarks.
    static func successes(_ task: DrydockTask) -> Set<String> {
        Set(task.result.successes).subtracting(task.result.failures)
    }

    /// Turns the messages and links of the task and all below it into notes.
    ///
    /// - Returns: the errors of those below it, and what became of machines.
    private func record(_ task: DrydockTask) async throws -> [TaskMessage] {
        var notes: [Note] = []
        var told: [TaskMessage] = []
        var seen: Set<String> = []
        var left = [task]
        while let current = left.popLast() {
            // A tree from elsewhere might not be one.
            guard seen.insert(current.id).inserted, seen.count <= 100_000 else { continue }
            if current.id != task.id {
                told += current.messages.filter { $0.isError || MachineChange($0) != nil }
            }
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
        return told
    }

    static func notes(_ task: DrydockTask, _ context: StepContext) -> [Note] {
        // A boot action may have failed before its task has told of the installation.
        let failed = Set(task.messages.filter { $0.isError && $0.contextType == "node" }.map(\.context))
        let isRetried = task.retry > 0 && task.result.status == .success
        let messages = task.messages.enumerated().filter { !$1.text.isEmpty }.map { index, message in
            let ending = message.isError ? " (error)" : ""
            var note = context.note(
                "\(message.contextType):\(message.context):\(message.text)\(ending)", subject: task.id,
                subType: "Task Message", verbosity: 3, at: message.time, source: "task/\(task.id)/\(index)")
            if message.isError, message.contextType == "node" {
                note.machineError = MachineError(node: message.context, message: message.text)
            } else if message.contextType == "node", !failed.contains(message.context),
                isRetried || MachineChange(message) != nil
            {
                // What failed at an earlier attempt is mended.
                note.machineError = .mended(message.context)
            }
            return note
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
