import Primitives
import Synchronization

/// What a person is asked to do at a node without a BMC.
package enum OperatorAction: Sendable, Hashable {
    case boot(BootSource)
    case powerOff
    case powerOn
    case powerCycle

    /// In words that go on after "please": `switch node n1 off and on again`.
    package func words(for node: String) -> String {
        switch self {
        case .boot(let source): "set the next boot of node \(node) to the \(source.rawValue)"
        case .powerOff: "switch node \(node) off"
        case .powerOn: "switch node \(node) on"
        case .powerCycle: "switch node \(node) off and on again"
        }
    }
}

/// What operators are asked to do by hand at nodes without a BMC. A process has one.
package final class OperatorRequests: Sendable {
    private struct Request {
        var number: Int
        /// As `OperatorAction.words`.
        var action: String
        var isDone = false
    }

    private struct State {
        var count = 0
        /// By the names of nodes: what was asked last, until nobody waits for it any more.
        var open: [String: Request] = [:]
    }

    private let state = Mutex(State())
    private let changes = Notifier<String>()

    package init() {}

    /// Asks for something, and waits until an operator says that it is done, or until `sleep` returns.
    ///
    /// - Returns: whether somebody has said so.
    /// - Throws: what `sleep` throws, and `CancellationError`.
    func ask(
        _ node: String, to action: String, orUntil sleep: @escaping @Sendable () async throws -> Void
    ) async throws -> Bool {
        let number = state.withLock { state in
            state.count += 1
            state.open[node] = Request(number: state.count, action: action)
            return state.count
        }
        defer { state.withLock { if $0.open[node]?.number == number { $0.open[node] = nil } } }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                while !Task.isCancelled {
                    let seen = self.changes.count
                    guard !self.isDone(node, number) else { return }
                    await self.changes.wait(for: node, after: seen)
                }
            }
            group.addTask { try await sleep() }
            defer { group.cancelAll() }
            try await group.next()
            try Task.checkCancellation()
            return isDone(node, number)
        }
    }

    private func isDone(_ node: String, _ number: Int) -> Bool {
        state.withLock { $0.open[node].map { $0.number == number && $0.isDone } ?? false }
    }

    /// By the names of nodes: what is asked for, and not done.
    var asked: [String: String] { state.withLock { $0.open.filter { !$0.value.isDone }.mapValues(\.action) } }

    /// Takes what was asked for as done.
    ///
    /// - Returns: what that was; nil where nothing is asked for the node.
    package func acknowledge(_ node: String) -> String? {
        let action = state.withLock { state in
            state.open[node]?.isDone = true
            return state.open[node]?.action
        }
        changes.notify(node)
        return action
    }
}
