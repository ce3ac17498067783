import Primitives
import Store

extension InstallerService {
    /// In characters: of what an operation has written.
    private static let keptOutput = 16 << 10

    /// Takes what an agent says of an operation: a line of the timeline, and a message of the task where it failed.
    ///
    /// - Throws: `DrydockError` `.forbidden` for the token, `.invalid` for the body.
    func operation(token: String, _ body: Value) async throws {
        guard let operation = body["operation"]?.stringValue, (1...256).contains(operation.utf8.count),
            let text = body["status"]?.stringValue, let status = OperationStatus(rawValue: text)
        else {
            throw DrydockError(
                .invalid,
                "An operation has an 'operation' of 1 to 256 bytes and a 'status' started, finished or failed; see "
                    + "docs/reference/node-protocol.md.")
        }
        let seconds = body["seconds"]?.doubleValue
        let name = Self.shown(operation, limit: 256)
        let output = Self.shown(body["output"]?.stringValue ?? "", limit: Self.keptOutput)
        let found = try await machines.boot(token: token, freshness: configuration.timeouts.installerSilence / 10)
        guard let machine = found.machine else { return }
        let time = now()
        try await machines.database.write { connection in
            let words = seconds.map { "\(status.rawValue) after \(Self.text($0)) s" } ?? status.rawValue
            try TimelineStore.record(
                .operation, "\(name) \(status.rawValue)", "\(name): \(words)", mac: machine.mac, at: time, connection)
            guard status == .failed, let node = machine.node, let deployment = machine.lifecycle.work?.deployment,
                let task = try DeploymentStore.task(of: deployment, connection),
                try TaskStore.find(connection, "id = ?", [.text(task)]) != nil
            else { return }
            try TaskStore.append(
                TaskMessage(
                    "Installer: \(name) failed: \(output)", isError: true, contextType: "node", context: node,
                    time: time), to: task, connection)
        }
        notifier.notify(.machine(machine.id))
    }

    private enum OperationStatus: String, Sendable {
        case started
        case finished
        case failed
    }

    /// With one digit after the point.
    private static func text(_ seconds: Double) -> String {
        let tenths = (max(0, min(seconds, 1e9)) * 10).rounded()
        let whole = Int(exactly: tenths) ?? 0
        return "\(whole / 10).\(whole % 10)"
    }
}
