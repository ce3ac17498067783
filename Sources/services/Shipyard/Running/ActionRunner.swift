import Logging
import MessageCatalog
import OrderedCollections
import Primitives
import Store
import Workflow

/// Runs one action: tells its workflow what happens, writes every transition down, then does what the workflow says.
actor ActionRunner {
    private(set) var action: SiteAction
    /// What running steps wait for.
    private(set) var waits: [String: StepWait] = [:]
    private let operations: [String: StepOperation]
    private let environment: StepEnvironment
    private let logFolder: String
    private let logger: Logger
    private let onEnd: @Sendable (ActionRunner) async -> Void
    private var steps: [String: (tryNumber: Int, task: Task<Void, Never>)] = [:]
    private var timers: [String: Task<Void, Never>] = [:]
    private var isShuttingDown = false
    /// Why the end of a step cannot be written down now; nil where it can.
    private var obstacle: (any Error)?
    /// Whether the action has ended. A retry needs another runner.
    private var hasEnded = false
    /// The last transition; each waits for the one before.
    private var last: Task<Void, Never>?
    private var finished: [CheckedContinuation<Void, Never>] = []

    init(
        _ action: SiteAction, operations: [String: StepOperation], environment: StepEnvironment, logFolder: String,
        logger: Logger, onEnd: @escaping @Sendable (ActionRunner) async -> Void
    ) {
        self.action = action
        self.onEnd = onEnd
        self.operations = operations
        self.environment = environment
        self.logFolder = logFolder
        var logger = logger
        logger[metadataKey: "action"] = "\(action.id)"
        logger[metadataKey: "context_marker"] = "\(action.contextMarker)"
        self.logger = logger
    }

    /// A word from an operator.
    struct Command: Sendable {
        /// As the audit has it.
        var name: String
        var user: String
        /// Refuses the command in the current state.
        var check: @Sendable (WorkflowRun) throws -> Void
    }

    /// The runner is done with its action, which only another can start over.
    struct Ended: Error, CustomStringConvertible {
        var description: String { "the action has ended" }
    }

    /// Tells the workflow what happened, after all that it was told before.
    ///
    /// - Parameter command: what an operator said, if it comes from there.
    /// - Throws: what the command's check throws, `Ended` where only another runner can do it, and what keeps a command from
    ///   being written down: a command does not wait until the database can be written. An event that comes from no
    ///   command fails only while the program is ending: the next start resumes the action.
    func receive(_ event: WorkflowRun.Event, from command: Command? = nil) async throws {
        if command != nil, let obstacle { throw obstacle }
        let before = last
        let task = Task {
            await before?.value
            try await transition(event, command)
        }
        last = Task { _ = await task.result }
        try await task.value
    }

    /// Returns once the run has ended.
    func waitUntilFinished() async {
        if action.run.state.isFinal || isShuttingDown { return }
        await withCheckedContinuation { finished.append($0) }
    }

    /// Lets go of everything without recording an end: a later start resumes it.
    func shutDown() async {
        isShuttingDown = true
        for timer in timers.values { timer.cancel() }
        for step in steps.values { step.task.cancel() }
        for step in steps.values { await step.task.value }
        await last?.value
        for continuation in finished { continuation.resume() }
        finished = []
    }

    private func transition(_ event: WorkflowRun.Event, _ command: Command?) async throws {
        try command?.check(action.run)
        if command != nil, hasEnded { throw Ended() }
        let now = environment.now()
        var next = action.run
        let effects = next.receive(event, at: now)
        guard next != action.run || !effects.isEmpty else { return }
        defer { obstacle = nil }
        while next != action.run || command != nil {
            do {
                try await environment.actions.update(
                    action, to: next, command: command.map { ($0.name, $0.user) }, at: now)
                break
            } catch {
                // An operator may try again. A step's end must not be lost: wait until it can be written.
                if command != nil || isShuttingDown { throw error }
                if obstacle == nil {
                    logger.error(
                        .actionNotWritten, "cannot write down the state of the action, waiting: \(error.inWords)")
                }
                obstacle = error
                try await Task.sleep(for: .seconds(1))
            }
        }
        action.run = next
        for effect in effects { perform(effect) }
    }

    private func perform(_ effect: WorkflowRun.Effect) {
        if isShuttingDown { return }
        switch effect {
        case .startStep(let step, let tryNumber, let deadline):
            timers.removeValue(forKey: step)?.cancel()
            if let deadline { schedule(.timedOut(step, tryNumber: tryNumber), of: step, at: deadline) }
            let snapshot = action
            let task = Task {
                let event = await execute(step, tryNumber, snapshot)
                ended(step, tryNumber)
                if let event { try? await receive(event) }
            }
            steps[step] = (tryNumber, task)
        case .scheduleRetry(let step, let due): schedule(.retryDue(step), of: step, at: due)
        case .cancelStep(let step): cancel(step)
        case .finished(let state):
            let hasSucceeded = state == .success
            logger.notice(
                hasSucceeded ? .actionCompleted : .actionFailed,
                "action \(action.name) \(hasSucceeded ? "is complete" : "has failed")")
            for timer in timers.values { timer.cancel() }
            timers = [:]
            for continuation in finished { continuation.resume() }
            finished = []
            hasEnded = true
            Task { await onEnd(self) }
        }
    }

    private func cancel(_ step: String) {
        let work = steps.removeValue(forKey: step)?.task
        work?.cancel()
        timers.removeValue(forKey: step)?.cancel()
        waits[step] = nil
        let tries = action.run.steps[step]?.tryNumber ?? 0
        Task { [action, environment, logger] in
            // It may be about to set going one more.
            await work?.value
            do {
                try await environment.terminateTasks(of: action, step: step, tryNumber: tries)
            } catch {
                logger.error(.tasksNotTerminated, "tasks of step \(step) cannot be terminated: \(error.inWords)")
            }
        }
    }

    private func schedule(_ event: WorkflowRun.Event, of step: String, at due: Timestamp) {
        timers.removeValue(forKey: step)?.cancel()
        // A year is for ever here, and no number is too large for a timer.
        let seconds = min(max(0, due.seconds(since: environment.now())), 31_536_000)
        timers[step] = Task {
            guard (try? await Task.sleep(for: .seconds(seconds))) != nil else { return }
            try? await receive(event)
        }
    }

    private func ended(_ step: String, _ tryNumber: Int) {
        guard steps[step]?.tryNumber == tryNumber else { return }
        steps[step] = nil
        waits[step] = nil
        timers.removeValue(forKey: step)?.cancel()
    }

    private func setWait(_ step: String, _ wait: StepWait?) { waits[step] = wait }

    /// Runs one try. Nil where the program is ending: the try is then neither a success nor a failure.
    private nonisolated func execute(_ step: String, _ tryNumber: Int, _ snapshot: SiteAction) async
        -> WorkflowRun.Event?
    {
        var logger = logger
        logger[metadataKey: "step"] = "\(step)"
        let log = StepLog(
            folder: logFolder, action: snapshot.id, step: step, tryNumber: tryNumber, now: environment.now)
        let operatorName = snapshot.run.graph.steps[step]?.operatorName ?? ""
        guard let operation = operations[operatorName] else {
            log.write("This version does not know the operator \(operatorName)", .error)
            return .stepFailed(
                step, tryNumber: tryNumber, message: "This version does not know the operator \(operatorName)")
        }
        log.write("Starting try \(tryNumber) of \(step) for action \(snapshot.id) (\(snapshot.name))")
        let context = StepContext(
            action: snapshot, step: step, tryNumber: tryNumber, log: log, environment: environment,
            setWait: { [self] wait in await setWait(step, wait) })
        do {
            let outcome = try await operation(context)
            if case .skipped(let note) = outcome {
                log.write("Skipped: \(note)")
                await context.addNotes([context.note(note, source: "skipped")])
                return .stepSkipped(step, tryNumber: tryNumber, note: note)
            }
            log.write("Ended with success")
            if case .success(let result) = outcome {
                return .stepSucceeded(step, tryNumber: tryNumber, result: result)
            }
            return .stepSucceeded(step, tryNumber: tryNumber)
        } catch {
            if Task.isCancelled {
                let isShuttingDown = await isShuttingDown
                log.write(
                    isShuttingDown
                        ? "Interrupted: the daemon ends, and the next start goes on with the step"
                        : "Interrupted: the action was stopped, or the step had no time left", .warning)
                if isShuttingDown { return nil }
                if error is CancellationError {
                    return .stepFailed(step, tryNumber: tryNumber, message: "The step was interrupted before its end")
                }
            }
            let reason = LogRedactor.redact(error.inWords)
            log.write("Failed: \(reason)", .error)
            logger.error(.stepFailed, "step \(step) failed: \(reason)")
            return .stepFailed(step, tryNumber: tryNumber, message: reason, result: (error as? StepError)?.result)
        }
    }
}
