import Primitives
import Synchronization

/// Which tasks work on which nodes, and which wait for them.
///
/// A task gets its nodes once no task that works has one of them, nor one that has waited for longer. It gets all of them at
/// once, so that no two tasks wait for each other, and may give them back one by one.
final class NodeReservations: Sendable {
    /// A task that has nodes, or an operator's order.
    struct Holder: Sendable, Hashable {
        /// The id of the task, or of the order.
        var task: String
        /// Nil for an operator's order.
        var action: TaskAction?
        /// One of its nodes that another task wants.
        var node: String
        /// What an order is, in words.
        var order = NodeReservations.order

        /// Who it is, for messages: `task 2f… (deploy_nodes)`.
        var words: String { action.map { "task \(task) (\($0.rawValue))" } ?? order }
    }

    private struct Entry {
        var task: String
        var action: TaskAction?
        var nodes: Set<String>
        var isHeld: Bool
        /// Those of its nodes that the task does nothing with any more. Other tasks wait for them all the same.
        var finished: Set<String> = []
        var order = NodeReservations.order

        func holder(of node: String) -> Holder { Holder(task: task, action: action, node: node, order: order) }
    }

    private static let order = "an operator's order"

    /// In the order in which they asked.
    private let entries = Mutex<[Entry]>([])
    /// What each of the tasks is that had their nodes before a restart and have not asked for them since.
    private let expected = Mutex<[String: TaskAction]>([:])
    private let changes = Notifier<Anything>()

    /// No other task gets nodes before these, which had theirs before a restart, have asked for them again or are released.
    func expect(_ tasks: [String: TaskAction]) { expected.withLock { $0 = tasks } }

    /// Waits until the nodes are free of other tasks, and takes them. A task that has nodes keeps those.
    ///
    /// - Parameter waits: is called with whoever has a node of these, at the beginning and whenever it is another one.
    /// - Throws: `CancellationError`, and what `waits` throws; nothing is reserved then.
    func reserve(
        _ nodes: Set<String>, for task: String, _ action: TaskAction,
        waits: (Holder) async throws -> Void
    ) async throws {
        while true {
            let seen = changes.count
            if expected.withLock({ $0.isEmpty || $0[task] != nil }) { break }
            await changes.wait(after: seen)
            try Task.checkCancellation()
        }
        let isNew = entries.withLock { entries in
            guard !entries.contains(where: { $0.task == task }) else { return false }
            entries.append(Entry(task: task, action: action, nodes: nodes, isHeld: false))
            return true
        }
        // Its place is before all that come now.
        if expected.withLock({ $0.removeValue(forKey: task) }) != nil { changes.notify() }
        guard isNew else { return }
        do {
            var known: Holder?
            while true {
                let seen = changes.count
                guard let holder = take(task) else { return }
                if holder != known { try await waits(holder) }
                known = holder
                await changes.wait(after: seen)
                try Task.checkCancellation()
            }
        } catch {
            release(task)
            throw error
        }
    }

    /// Takes a node for an operator's order, unless a task has it and works on it, or waits for it.
    ///
    /// - Parameters:
    ///   - order: an identifier of its own, by which it is released.
    ///   - words: what it is, for whoever is refused meanwhile: `an operator's order (power off)`.
    /// - Returns: who has it; nil where the order has it now.
    func take(_ node: String, forOrder order: String, _ words: String? = nil) -> Holder? {
        if let (task, action) = expected.withLock({ $0.first }) {
            return Holder(task: task, action: action, node: node)
        }
        return entries.withLock { entries in
            if let entry = entries.first(where: { $0.nodes.contains(node) && !$0.finished.contains(node) }) {
                return entry.holder(of: node)
            }
            entries.append(
                Entry(task: order, action: nil, nodes: [node], isHeld: true, order: words ?? Self.order))
            return nil
        }
    }

    /// Whether a task works on the node.
    func isReserved(_ node: String) -> Bool {
        entries.withLock { entries in
            entries.contains { $0.isHeld && $0.nodes.contains(node) && !$0.finished.contains(node) }
        }
    }

    /// A task that has nodes does nothing with these of them any more: operators may order what they like. No other task gets
    /// them before it has ended, as what became of them is told then.
    func finish(_ nodes: Set<String>, of task: String) {
        entries.withLock { entries in
            guard let place = entries.firstIndex(where: { $0.task == task && $0.isHeld }) else { return }
            entries[place].finished.formUnion(nodes.intersection(entries[place].nodes))
        }
    }

    /// Whether a task that has the node does nothing with it any more.
    func hasFinished(_ node: String, _ task: String) -> Bool {
        entries.withLock { entries in entries.contains { $0.task == task && $0.finished.contains(node) } }
    }

    /// A task that goes on with others of its nodes has nothing to do with this one any more, nor to tell of it: other tasks may have
    /// it.
    func release(_ node: String, of task: String) {
        entries.withLock { entries in
            guard let place = entries.firstIndex(where: { $0.task == task && $0.isHeld }) else { return }
            entries[place].nodes.remove(node)
            entries[place].finished.insert(node)
        }
        changes.notify()
    }

    /// Gives up what a task has, or waits for.
    func release(_ task: String) {
        entries.withLock { $0.removeAll { $0.task == task } }
        _ = expected.withLock { $0.removeValue(forKey: task) }
        changes.notify()
    }

    /// - Returns: whoever is to be waited for; nil where the task has its nodes now.
    private func take(_ task: String) -> Holder? {
        entries.withLock { entries in
            guard let place = entries.firstIndex(where: { $0.task == task }) else { return nil }
            let wanted = entries[place].nodes
            for (index, entry) in entries.enumerated() where index != place && (entry.isHeld || index < place) {
                // The least of them, so that it is the same at each look.
                if let node = entry.nodes.intersection(wanted).min() {
                    return entry.holder(of: node)
                }
            }
            entries[place].isHeld = true
            return nil
        }
    }
}
