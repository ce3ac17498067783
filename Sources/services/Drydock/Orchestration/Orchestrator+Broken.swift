import Logging
import MessageCatalog
import Primitives
import Store
import Synchronization

/// Tasks that cannot be carried out any further because of what the database says or takes of them.
extension Orchestrator {
    /// The ids of the tasks that have been taken up and are not done with.
    var carriedOut: [String] { present.withLock { Array($0.keys) } }

    /// Ends a task, with a message where it can have one, so that it does not keep others from being carried out.
    ///
    /// - Returns: whether its end is written.
    /// - Throws: what keeps all tasks from being written (`isOfStorage`).
    func giveUp(_ id: String, because error: any Error) async throws -> Bool {
        logger.error(
            .taskBroken, "a task cannot be carried out any further: \(error.inWords)", metadata: ["task": "\(id)"])
        do {
            _ = try await tasks.terminate(
                id,
                reason:
                    "The task cannot be carried out any further: \(error.inWords.asClause). The machines stay as they are; "
                    + "ask for the task again, and where that does not help, look at: journalctl -u boatyard")
            return true
        } catch {
            try Task.checkCancellation()
            if error.isOfStorage { throw error }
            logger.error(
                .taskBroken, "the end of a task cannot be written: \(error.inWords)", metadata: ["task": "\(id)"])
            return false
        }
    }

    /// Ends a task whose row cannot be read, once in the life of the process.
    func giveUpUnread(_ id: String, because error: any Error) async throws {
        guard present.withLock({ $0.updateValue($0[id] ?? nil, forKey: id) == nil }) else { return }
        do {
            guard try await giveUp(id, because: error) else { return }
        } catch {
            _ = present.withLock { $0.removeValue(forKey: id) }
            throw error
        }
        _ = present.withLock { $0.removeValue(forKey: id) }
    }
}

extension Error {
    /// Whether the database as a whole cannot be used any more: nothing that is carried out can go on.
    var isOfDamage: Bool {
        guard let error = self as? StoreError else { return false }
        return [.corrupt, .newer, .unopenable, .closed].contains(error.problem)
    }

    /// Whether disk or database keep every task from being written, and not this one alone.
    var isOfStorage: Bool { isOfDamage || (self as? any TypedError)?.isOfDisk ?? false }
}
