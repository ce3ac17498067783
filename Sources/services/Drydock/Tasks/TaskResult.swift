import Primitives

/// How a task ended, and for whom (`docs/reference/drydock.md` §10).
package struct TaskResult: Sendable, Hashable {
    package enum Status: String, Sendable, Hashable {
        case incomplete
        case success
        case partialSuccess = "partial_success"
        case failure
    }

    package struct Link: Sendable, Hashable {
        package var relation: String
        package var reference: String

        package init(relation: String, reference: String) {
            self.relation = relation
            self.reference = reference
        }
    }

    package var status = Status.incomplete
    package var message: String?
    package var reason: String?
    /// Names of nodes or networks, each once, in the order in which they ended.
    package var successes: [String] = []
    package var failures: [String] = []
    package var links: [Link] = []

    package init() {}

    /// One more success; together with an earlier failure it is a partial one.
    package mutating func succeed(_ focus: String? = nil) {
        status = status == .failure || status == .partialSuccess ? .partialSuccess : .success
        if let focus, !successes.contains(focus) { successes.append(focus) }
    }

    /// One more failure; together with an earlier success it is a partial success.
    package mutating func fail(_ focus: String? = nil) {
        status = status == .success || status == .partialSuccess ? .partialSuccess : .failure
        if let focus, !failures.contains(focus) { failures.append(focus) }
    }

    /// Takes over the entities of the children: successes of those with `action`, failures of all.
    ///
    /// A task that is being retried counts only the failures of the same try.
    package mutating func bubble(_ children: [DrydockTask], action: TaskAction? = nil, retry: Int) {
        successes = []
        failures = []
        for child in children where child.status == .complete {
            if action == nil || child.action == action {
                for name in child.result.successes where !successes.contains(name) { successes.append(name) }
            }
            if retry == 0 || child.retry == retry {
                for name in child.result.failures where !failures.contains(name) { failures.append(name) }
            }
        }
    }

    /// Derives the status from those of the children; without children it is a success.
    package mutating func align(_ children: [DrydockTask], action: TaskAction? = nil, retry: Int) {
        let counted = children.filter { action == nil || $0.action == action }
        status = counted.isEmpty ? .success : .incomplete
        for child in counted where child.status == .complete {
            let ended = child.result.status
            if ended == .success || ended == .partialSuccess { succeed() }
            if ended == .failure || ended == .partialSuccess, retry == 0 || child.retry == retry { fail() }
        }
    }
}
