import Logging
import MessageCatalog
import OutOfBand
import Primitives

/// What people do by hand.
extension DrydockService {
    /// Takes as done what an operator was asked to do by hand at a node without a BMC.
    ///
    /// - Parameter committed: the revision that is committed; nil where there is none.
    /// - Returns: what that was: `switch node n1 off and on again`.
    /// - Throws: `DrydockError`: `.missing` for a node that is not committed and that no task has worked with, `.conflict` where nothing is asked.
    package func acknowledge(node: String, committed: Int? = nil) async throws -> String {
        guard let action = orchestrator.outOfBand.acknowledge(node: node) else {
            let rest = Self.requests(orchestrator.outOfBand.askedOfOperators)
            guard try await isNode(node, committed) else {
                throw DrydockError(.missing, "There is no node '\(node)' that a task has worked with. \(rest)")
            }
            throw DrydockError(.conflict, "Nobody is asked to do anything by hand at \(node) now. \(rest)")
        }
        logger.notice(
            .operatorDone, "\(node): an operator has done what was asked: \(action)",
            metadata: ["node": "\(node)", "wanted": "\(action)"])
        return action
    }

    /// `Somebody is asked at n1 (switch node n1 off), n2 (…).`, with the first ten.
    private static func requests(_ asked: [String: String]) -> String {
        if asked.isEmpty { return "'boatyard get nodes' shows what nodes wait for." }
        let first = asked.sorted { $0.key < $1.key }.prefix(10).map { "\($0.key) (\($0.value))" }
        let more = asked.count > 10 ? " and \(asked.count - 10) more" : ""
        return "Somebody is asked at \(first.joined(separator: ", "))\(more)."
    }

    private func isNode(_ name: String, _ committed: Int?) async throws -> Bool {
        if try await machineStore.machine(node: name) != nil { return true }
        return (try? await bmcs.node(name, committed: committed)) != nil
    }
}
