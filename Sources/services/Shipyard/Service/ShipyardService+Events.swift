import Logging
import MessageCatalog
import OrderedCollections
import Primitives
import Workflow

extension ShipyardService {
    /// The number of the newest event; 0 where there has been none.
    package func newestEvent() async throws -> Int64 { try await events.newest() }

    /// Events after the one numbered `after`, as they happen.
    ///
    /// - Parameter action: returns only events of this action; nil returns all.
    package func events(after: Int64, action: String?) -> EventStream {
        EventStream(log: events, after: after, action: action)
    }

    /// Tells of documents. What happened has happened, whether it can be told or not.
    func tell(_ state: String, _ members: Value.Object) async {
        var members = members
        members["state"] = .string(state)
        do {
            try await events.append([SiteEvent(.configdocs, .object(members))], at: dependencies.now())
        } catch {
            dependencies.logger.warning(.eventNotWritten, "an event cannot be written: \(error.inWords)")
        }
    }

    /// Waits until the action has ended, `seconds` at most. Returns at once for an unknown action.
    package func awaitEnd(of id: String, seconds: Double) async throws {
        _ = try await events.notifier.first(of: .anything, within: seconds) { [actions] in
            try await actions.action(id).map { $0.run.state.isFinal } ?? true ? true : nil
        }
    }

    /// Waits until the step or its action has ended, `seconds` at most. Returns at once where there is no such step.
    package func awaitEnd(of step: String, action id: String, seconds: Double) async throws {
        _ = try await events.notifier.first(of: .anything, within: seconds) { [actions] in
            guard let run = try await actions.action(id)?.run, let record = run.steps[step] else { return true }
            return record.state.isFinal || run.state.isFinal ? true : nil
        }
    }
}
