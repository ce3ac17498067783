import OrderedCollections
import Primitives

/// One run of a workflow, as a value. It is told what happened, and returns what has to be done.
///
/// The caller stores the new value before it performs the effects. After a restart it loads the value and tells it
/// `resumed`, which returns the effects for everything that was running. Steps may thus be started twice.
///
/// The run fails if any step failed. Airflow looks at the last steps only, so that Shipyard calls a deployment complete
/// whose machines never came up (`docs/reference/shipyard.md` §6.3).
package struct WorkflowRun: Sendable, Hashable {
    /// The workflow.
    package let graph: WorkflowGraph
    /// Where the run is.
    package private(set) var state: RunState = .queued
    /// nil until the first event.
    package private(set) var startedAt: Timestamp?
    /// nil until the run has ended.
    package private(set) var endedAt: Timestamp?
    /// By name, in the order of the graph.
    package private(set) var steps: OrderedDictionary<String, StepRecord>

    /// What happened. A step's end names its try, so that what an abandoned try reports late is ignored.
    package enum Event: Sendable, Hashable {
        case start
        /// It must not start: it fails, and none of its steps is ever looked at.
        case refused
        case stepSucceeded(String, tryNumber: Int, result: Value? = nil)
        /// - result: what it did in spite of that; it is no result for later steps.
        case stepFailed(String, tryNumber: Int, message: String, result: Value? = nil)
        /// As `stepFailed`, and it is not tried again by itself.
        case stepAbandoned(String, tryNumber: Int, message: String)
        /// There was nothing to do; counts as success for the steps after it.
        case stepSkipped(String, tryNumber: Int, note: String)
        case retryDue(String)
        case timedOut(String, tryNumber: Int)
        case pause
        case unpause
        /// Running steps are cancelled and fail; the others are skipped.
        case stop
        /// After the run has ended: everything that failed, and all after it, starts over.
        case rerun
        /// The program was restarted.
        case resumed
    }

    /// What the caller has to do, once it has stored the new value.
    package enum Effect: Sendable, Hashable {
        /// - deadline: when `timedOut` is to be told.
        case startStep(String, tryNumber: Int, deadline: Timestamp?)
        case scheduleRetry(String, at: Timestamp)
        case cancelStep(String)
        case finished(RunState)
    }

    package init(_ graph: WorkflowGraph) {
        self.graph = graph
        steps = graph.steps.mapValues { StepRecord(retries: $0.retries) }
    }

    init(
        graph: WorkflowGraph, state: RunState, startedAt: Timestamp?, endedAt: Timestamp?,
        steps: OrderedDictionary<String, StepRecord>
    ) {
        self.graph = graph
        self.state = state
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.steps = steps
    }

    /// What the step left for those after it; nil if it has not succeeded or left nothing.
    package func result(of step: String) -> Value? {
        steps[step].flatMap { $0.state == .success ? $0.result : nil }
    }
}

extension WorkflowRun {
    /// Events that cannot happen in the current state change nothing.
    package mutating func receive(_ event: Event, at now: Timestamp) -> [Effect] {
        switch event {
        case .start:
            guard state == .queued else { return [] }
            state = .running
            startedAt = now
        case .refused:
            guard state == .queued else { return [] }
            state = .failed
            endedAt = now
            return []
        case .stepSucceeded(let id, let tryNumber, let result):
            guard end(id, tryNumber, .success, at: now) else { return [] }
            steps[id]?.result = result
        case .stepSkipped(let id, let tryNumber, let note):
            guard end(id, tryNumber, .skipped, at: now) else { return [] }
            steps[id]?.message = note
        case .stepFailed(let id, let tryNumber, let message, let result):
            guard isRunning(id, tryNumber) else { return [] }
            steps[id]?.result = result
            return fail(id, tryNumber, message, at: now)
        case .stepAbandoned(let id, let tryNumber, let message):
            guard isRunning(id, tryNumber) else { return [] }
            steps[id]?.lastTry = tryNumber
            return fail(id, tryNumber, message, at: now)
        case .timedOut(let id, let tryNumber):
            guard isRunning(id, tryNumber) else { return [] }
            let seconds = graph.steps[id]?.timeout ?? 0
            return [.cancelStep(id)] + fail(id, tryNumber, "The step did not end within \(seconds) s", at: now)
        case .retryDue(let id):
            guard steps[id]?.state == .upForRetry, !state.isFinal else { return [] }
            steps[id]?.state = .scheduled
            steps[id]?.retryAt = nil
        case .pause:
            if state == .running { state = .paused }
            return []
        case .unpause:
            guard state == .paused else { return [] }
            state = .running
        case .stop: return stop(at: now)
        case .rerun:
            guard state.isFinal, reset() else { return [] }
            state = .running
            endedAt = nil
        case .resumed: return resume(at: now)
        }
        return advance(at: now)
    }

    private func isRunning(_ id: String, _ tryNumber: Int) -> Bool {
        steps[id]?.state == .running && steps[id]?.tryNumber == tryNumber
    }

    /// False where it is not that try of the step that runs.
    private mutating func end(_ id: String, _ tryNumber: Int, _ end: StepState, at now: Timestamp) -> Bool {
        guard isRunning(id, tryNumber) else { return false }
        steps[id]?.state = end
        steps[id]?.endedAt = now
        return true
    }

    private mutating func fail(_ id: String, _ tryNumber: Int, _ message: String, at now: Timestamp) -> [Effect] {
        guard end(id, tryNumber, .failed, at: now) else { return [] }
        steps[id]?.message = message
        guard let record = steps[id], record.tryNumber < record.lastTry, let definition = graph.steps[id] else {
            return advance(at: now)
        }
        let due = now.adding(seconds: definition.retryDelay)
        steps[id]?.state = .upForRetry
        steps[id]?.retryAt = due
        return [.scheduleRetry(id, at: due)] + advance(at: now)
    }

    private mutating func stop(at now: Timestamp) -> [Effect] {
        guard !state.isFinal else { return [] }
        var effects: [Effect] = []
        for (id, record) in steps where !record.state.isFinal {
            if record.state == .running { effects.append(.cancelStep(id)) }
            steps[id]?.state = record.state == .running || record.state == .upForRetry ? .failed : .skipped
            steps[id]?.message = "The action was stopped"
            steps[id]?.retryAt = nil
            steps[id]?.endedAt = now
        }
        state = .failed
        endedAt = now
        return effects + [.finished(.failed)]
    }

    private mutating func reset() -> Bool {
        let seeds = steps.filter { _, record in
            record.state.isFailure || record.state == .skipped && record.tryNumber == 0
        }
        for id in graph.closure(of: Set(seeds.keys)) {
            guard let record = steps[id] else { continue }
            var fresh = StepRecord(retries: graph.steps[id]?.retries ?? 0)
            fresh.tryNumber = record.tryNumber
            fresh.lastTry += record.tryNumber
            steps[id] = fresh
        }
        return !seeds.isEmpty
    }

    private mutating func resume(at now: Timestamp) -> [Effect] {
        guard !state.isFinal else { return [] }
        if state == .queued { return receive(.start, at: now) }
        var effects: [Effect] = []
        for (id, record) in steps {
            if record.state == .running {
                effects.append(.startStep(id, tryNumber: record.tryNumber, deadline: deadline(id)))
            }
            if record.state == .upForRetry {
                effects.append(.scheduleRetry(id, at: record.retryAt ?? now))
            }
        }
        return effects + advance(at: now)
    }

    private func deadline(_ id: String) -> Timestamp? {
        guard let timeout = graph.steps[id]?.timeout, let start = steps[id]?.startedAt else { return nil }
        return start.adding(seconds: timeout)
    }

    /// Decides on every step whose turn has come, starts what may start, and ends the run when nothing is left.
    private mutating func advance(at now: Timestamp) -> [Effect] {
        guard state == .running || state == .paused else { return [] }
        for id in graph.topologicalOrder where steps[id]?.state == StepState.none {
            guard let definition = graph.steps[id] else { continue }
            switch definition.triggerRule.verdict(on: definition.upstream.map { steps[$0]?.state ?? .removed }) {
            case .wait: continue
            case .start:
                steps[id]?.state = .scheduled
                steps[id]?.queuedAt = now
            case .upstreamFailed:
                steps[id]?.state = .upstreamFailed
                steps[id]?.endedAt = now
            case .skip:
                steps[id]?.state = .skipped
                steps[id]?.endedAt = now
            }
        }
        guard state == .running else { return [] }
        var effects: [Effect] = []
        var active = steps.values.count { $0.state == .running }
        // Stable: steps of equal weight start in the order of the table.
        let ready = steps.filter { $0.value.state == .scheduled }.keys.enumerated()
            .sorted { left, right in
                let weights = (graph.weights[left.element] ?? 0, graph.weights[right.element] ?? 0)
                return weights.0 == weights.1 ? left.offset < right.offset : weights.0 > weights.1
            }
        for (_, id) in ready where active < graph.activeLimit {
            active += 1
            steps[id]?.state = .running
            steps[id]?.tryNumber += 1
            steps[id]?.startedAt = now
            steps[id]?.endedAt = nil
            steps[id]?.message = nil
            steps[id]?.result = nil
            effects.append(.startStep(id, tryNumber: steps[id]?.tryNumber ?? 1, deadline: deadline(id)))
        }
        if steps.values.allSatisfy(\.state.isFinal) {
            state = steps.values.contains(where: \.state.isFailure) ? .failed : .success
            endedAt = now
            effects.append(.finished(state))
        }
        return effects
    }
}
