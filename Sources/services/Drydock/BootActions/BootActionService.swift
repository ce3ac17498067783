import OrderedCollections
import Primitives
import Store

/// Takes the signals of boot actions.
struct BootActionService: Sendable {
    let deployments: DeploymentStore
    let notifier: Notifier<DrydockTopic>
    let now: @Sendable () -> Timestamp

    /// The boot action that a signal is for, if `key` is its deployment's.
    ///
    /// - Throws: `DrydockError`: `.missing`, those of `BootActionKey`.
    func action(_ text: String, key: String?) async throws -> BootActionRecord {
        let found = try await deployments.database.read { connection in
            try ULID(text).flatMap {
                try DeploymentStore.bootActions(connection, "id = ?", [.text($0.description)]).first
            }
        }
        guard let action = found, let secret = try await deployments.key(action.deployment) else {
            throw DrydockError(.missing, "")
        }
        try BootActionKey.check(key, digest: BootActionKey.digest(secret))
        guard try await deployments.isHeld(action.deployment) else { throw BootActionKey.invalid }
        return action
    }

    /// - Returns: the body of the answer.
    /// - Throws: `DrydockError`: `.missing`, those of `BootActionKey`, `.invalid` for the body, `.conflict` before
    ///   the installer has started and once it is closed.
    func signal(action text: String, key: String?, body: [UInt8], peer: String?) async throws -> Value {
        let action = try await action(text, key: key)
        let signal = try BootActionSignal(body)
        let time = now()
        let answer = try await deployments.database.write { connection in
            try Self.apply(signal, to: action.id, peer: peer, at: time, connection)
        }
        guard let answer else {
            throw DrydockError(.conflict, "Action \(action.id) status finalized, not available for update.")
        }
        notifier.notify(.bootActions)
        return answer
    }

    /// - Returns: nil where the boot action has reported its final status before.
    private static func apply(
        _ signal: BootActionSignal, to id: ULID, peer: String?, at time: Timestamp, _ connection: Connection
    ) throws -> Value? {
        guard var action = try DeploymentStore.bootActions(connection, "id = ?", [.text(id.description)]).first,
            let task = try DeploymentStore.task(of: action.deployment, connection)
        else { throw DrydockError(.missing, "") }
        guard try DeploymentStore.phase(action.deployment, connection) != nil else {
            throw DrydockError(.conflict, "Action \(id) belongs to an installation that has not started.")
        }
        guard action.status == .incomplete else {
            try MachineStore.note(.signal, of: action.node, peer: peer, at: time, connection)
            return nil
        }
        try TimelineStore.record(
            .signal, action.name, signal.status.map { "\(action.name): \($0.rawValue)" } ?? action.name,
            node: action.node, at: time, connection)
        for detail in signal.details {
            let message = TaskMessage(
                detail.message, isError: detail.isError, contextType: "bootaction", context: id.description,
                time: time, extra: .object(detail.extra))
            // The task itself may have been purged long ago.
            if try TaskStore.find(connection, "id = ?", [.text(task)]) != nil {
                try TaskStore.append(message, to: task, repeating: true, connection)
            }
        }
        if let status = signal.status {
            action.status = status
            try connection.execute(
                "UPDATE drydock_boot_actions SET status = ? WHERE id = ?",
                [.text(status.rawValue), .text(id.description)])
            // Told now: its task may wait for other machines long, or be stopped.
            if status == .failure, let messages = try TaskStore.find(connection, "id = ?", [.text(task)])?.messages {
                try TaskStore.append(action.failure(action.failureText(messages), at: time), to: task, connection)
            }
        }
        return [
            "node_name": .string(action.node), "action_id": .string(id.description),
            "action_name": .string(action.name), "task_id": .string(task),
            "action_status": .string(action.status.rawValue),
        ]
    }
}
