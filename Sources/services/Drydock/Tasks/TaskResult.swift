import Primitives

/// The result of a task, and the nodes or networks that it succeeded and failed for (`docs/reference/drydock.md` §10).
package struct TaskResult: Sendable, Hashable {
    /// How the task ended; `incomplete` while it runs.
    package enum Status: String, Sendable, Hashable {
        case incomplete
        case success
        case partialSuccess = "partial_success"
        case failure
    }

    /// A link to what belongs to the result.
    package struct Link: Sendable, Hashable {
        /// The member `rel`, such as `detail_logs`.
        package var relation: String
        /// The member `href`, an absolute address.
        package var reference: String

        package init(relation: String, reference: String) {
            self.relation = relation
            self.reference = reference
        }
    }

    /// How the task ended; `incomplete` while it runs.
    package var status = Status.incomplete
    /// The member `message`, which nothing sets at present.
    package var message: String?
    /// The member `reason`, which nothing sets at present.
    package var reason: String?
    /// The names that the task succeeded for, each once, in the order in which they ended.
    package var successes: [String] = []
    /// The names that the task failed for, each once, in the order in which they ended.
    package var failures: [String] = []
    /// Links to what belongs to the result.
    package var links: [Link] = []
    /// Whether a failure is of a kind that another try would meet again.
    package var isPermanent = false

    package init() {}

    /// Adds a success. After an earlier failure the status becomes `partialSuccess`.
    ///
    /// - Parameter focus: the name that succeeded; nil for a task that is about no node.
    package mutating func succeed(_ focus: String? = nil) {
        status = status == .failure || status == .partialSuccess ? .partialSuccess : .success
        if let focus, !successes.contains(focus) { successes.append(focus) }
    }

    /// Adds a failure. After an earlier success the status becomes `partialSuccess`.
    ///
    /// - Parameter focus: the name that failed; nil for a task that is about no node.
    package mutating func fail(_ focus: String? = nil) {
        status = status == .success || status == .partialSuccess ? .partialSuccess : .failure
        if let focus, !failures.contains(focus) { failures.append(focus) }
    }

    /// Takes over the names of subtasks that are complete: the successes of those with `action`, or of all where it is
    /// nil, and the failures of all.
    ///
    /// - Parameter retry: on a retry only the failures of subtasks of this try count, and those that are permanent.
    package mutating func bubble(_ children: [DrydockTask], action: TaskAction? = nil, retry: Int) {
        successes = []
        failures = []
        for child in children where child.status == .complete {
            if action == nil || child.action == action {
                for name in child.result.successes where !successes.contains(name) { successes.append(name) }
            }
            if child.countsAsFailure(retry: retry) {
                for name in child.result.failures where !failures.contains(name) { failures.append(name) }
            }
        }
    }

    /// Derives the status from the statuses of subtasks; without subtasks it is a success.
    ///
    /// - Parameters:
    ///   - action: counts only subtasks with this action; nil counts all.
    ///   - retry: on a retry only the failures of subtasks of this try count, and those that are permanent.
    package mutating func align(_ children: [DrydockTask], action: TaskAction? = nil, retry: Int) {
        let counted = children.filter { action == nil || $0.action == action }
        status = counted.isEmpty ? .success : .incomplete
        for child in counted where child.status == .complete {
            let ended = child.result.status
            if ended == .success || ended == .partialSuccess { succeed() }
            if ended == .failure || ended == .partialSuccess, child.countsAsFailure(retry: retry) { fail() }
        }
    }
}

extension DrydockTask {
    /// Whether its failures are those of its parent at a try of that.
    fileprivate func countsAsFailure(retry: Int) -> Bool { retry == 0 || self.retry == retry || result.isPermanent }
}
