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
        // The task itself may have been purged long ago.
        let isThere = try TaskStore.exists(task, connection)
        if isThere { try append(signal.details, of: action, to: task, at: time, connection) }
        if let status = signal.status {
            action.status = status
            try connection.execute(
                "UPDATE drydock_boot_actions SET status = ? WHERE id = ?",
                [.text(status.rawValue), .text(id.description)])
            // Told now: its task may wait for other machines long, or be stopped.
            if status == .failure, isThere {
                let messages = try TaskStore.messages(of: task, context: id.description, connection)
                try TaskStore.append(action.failure(action.failureText(messages), at: time), to: task, connection)
            }
        }
        return [
            "node_name": .string(action.node), "action_id": .string(id.description),
            "action_name": .string(action.name), "task_id": .string(task),
            "action_status": .string(action.status.rawValue),
        ]
    }

    /// How much of what one boot action reports is kept: so many messages, and so many bytes of them.
    static let (keptMessages, keptBytes) = (1000, 256 << 10)

    /// Appends messages as long as the boot action has room for them. In place of the first one without room, a message tells that
    /// the rest is left out.
    private static func append(
        _ details: [BootActionSignal.Detail], of action: BootActionRecord, to task: String, at time: Timestamp,
        _ connection: Connection
    ) throws {
        let id = SQLValue.text(action.id.description)
        let kept = try connection.query("SELECT messages, bytes FROM drydock_boot_actions WHERE id = ?", [id]).first
        guard let kept else { return }
        var (count, bytes) = (try kept.int("messages"), try kept.int("bytes"))
        for detail in details where count <= keptMessages {
            var message = TaskMessage(
                detail.message, isError: detail.isError, contextType: "bootaction", context: action.id.description,
                time: time, extra: .object(detail.extra))
            count += 1
            bytes += detail.message.utf8.count + message.extra.json(.compact).utf8.count
            if count > keptMessages || bytes > keptBytes {
                count = keptMessages + 1
                message.text =
                    "Boot action \(action.name) of \(action.node) has reported more than \(keptMessages) messages or "
                    + "\(keptBytes >> 10) KiB: from here on only its status is taken. What it reports stands in its journal on the "
                    + "machine."
                (message.isError, message.extra) = (false, [:])
            }
            try TaskStore.append(message, to: task, repeating: true, connection)
        }
        try connection.execute(
            "UPDATE drydock_boot_actions SET messages = ?, bytes = ? WHERE id = ?",
            [.int(Int64(count)), .int(Int64(bytes)), id])
    }
}
