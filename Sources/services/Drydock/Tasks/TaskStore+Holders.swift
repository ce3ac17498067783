import Primitives
import Store

/// Tasks that keep somebody from a node, as that somebody is told of them.
extension TaskStore {
    /// Who a top-level task is: `action/01J… (Drydock task 2f…, deploy_nodes)`, or `task 2f… (deploy_nodes)` where no action of
    /// the site has made it.
    func words(for task: String, _ action: TaskAction) async throws -> String {
        guard let made = try await siteAction(of: task) else { return "task \(task) (\(action.rawValue))" }
        return "action/\(made) (Drydock task \(task), \(action.rawValue))"
    }

    /// What somebody may do whom a top-level task keeps from a node.
    func remedy(for task: String) async throws -> String {
        guard let made = try await siteAction(of: task) else { return "Wait until it has ended, then ask again." }
        return "Wait, or stop it (boatyard stop action/\(made)), then ask again."
    }

    /// Who has a node, and what somebody may do who wants it.
    func told(_ holder: NodeReservations.Holder) async throws -> (words: String, remedy: String) {
        guard let action = holder.action else { return (holder.words, "Ask again once it has ended.") }
        return (try await words(for: holder.task, action), try await remedy(for: holder.task))
    }

    /// The id of the action that has made a top-level task, with which its key begins; nil where none has.
    private func siteAction(of task: String) async throws -> String? {
        let key = try await database.read { connection in
            try connection.query("SELECT key FROM drydock_tasks WHERE id = ?", [.text(task)]).first?.optionalText(0)
        }
        guard let key, let end = key.firstIndex(of: "/") else { return nil }
        let id = String(key[..<end])
        return ULID(id) == nil ? nil : id
    }
}
