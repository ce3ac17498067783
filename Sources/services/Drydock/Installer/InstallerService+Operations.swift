import Primitives
import Store

extension InstallerService {
    /// In characters: of what an operation has written.
    private static let keptOutput = 16 << 10

    /// Of one node in one task. An installation ends at its first failure.
    private static let failuresKept: Int64 = 16

    /// Takes what an agent says of an operation: a line of the timeline, and a message of the task where it failed. Only the boot
    /// that has begun the work speaks of it.
    ///
    /// - Throws: `DrydockError` `.forbidden` for the token, `.invalid` for the body, `.conflict` for a boot without work.
    func operation(token: String, _ body: Value, peer: String?) async throws {
        guard let operation = body["operation"]?.stringValue, (1...256).contains(operation.utf8.count),
            let text = body["status"]?.stringValue, let status = OperationStatus(rawValue: text)
        else {
            throw DrydockError(
                .invalid,
                "An operation has an 'operation' of 1 to 256 bytes and a 'status' started, finished or failed; see "
                    + "docs/reference/node-protocol.md.")
        }
        _ = try Self.member("sequence", of: body, expected: "a whole number from 0 to \(Self.sequences.upperBound)") {
            value in
            value.intValue.flatMap { Self.sequences.contains($0) ? $0 : nil }
        }
        let seconds = try Self.member("seconds", of: body, expected: "a number from 0") { value in
            value.doubleValue.flatMap { $0 >= 0 ? $0 : nil }
        }
        let name = Self.shown(operation, limit: 256)
        let output = Self.shown(
            try Self.member("output", of: body, expected: "a text") { $0.stringValue } ?? "", limit: Self.keptOutput)
        let found = try await machines.boot(
            token: token, freshness: configuration.timeouts.installerSilence / 10, peer: peer)
        guard found.boot.identified != nil, let machine = found.machine else {
            throw DrydockError(.conflict, "The inventory comes before any operation.")
        }
        let work = machine.lifecycle.work.flatMap { $0.boot == found.boot.identity ? $0 : nil }
        // A test of its hardware is no work.
        if work == nil, try await machines.mark(mac: machine.mac)?.test == nil {
            throw DrydockError(.conflict, "This boot has begun no work: 'started' comes before any operation.")
        }
        let time = now()
        try await machines.database.write { connection in
            let words = seconds.map { "\(status.rawValue) after \(Self.text($0)) s" } ?? status.rawValue
            try TimelineStore.record(
                .operation, "\(name) \(status.rawValue)", "\(name): \(words)", mac: machine.mac, at: time,
                // Whoever did not get the answer says it again.
                collapses: true, connection)
            guard status == .failed, let node = machine.node,
                let deployment = work?.deployment, let task = try DeploymentStore.task(of: deployment, connection),
                try TaskStore.exists(task, connection),
                try Self.told(.operation, of: node, in: task, connection) < Self.failuresKept
            else { return }
            try TaskStore.append(
                TaskMessage(
                    "Installer: \(name) failed: \(output)", isError: true, contextType: "node", context: node,
                    time: time, extra: Told.operation.extra), to: task, connection)
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
