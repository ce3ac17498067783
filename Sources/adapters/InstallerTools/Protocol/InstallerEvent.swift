import OrderedCollections
import Primitives

/// A phase of an installation or erasure, as it is reported (`docs/reference/node-protocol.md` §2.19).
package struct InstallerEvent: Sendable, Hashable {
    /// `started`, `partitioned` and so on.
    package var phase: String
    /// For people.
    package var message: String
    /// Counts the reports of one plan.
    package var sequence: Int
    /// Of `failed`: whether the same plan would fail in the same way at another attempt.
    package var isPermanent: Bool
    /// Of `started`: that the installer asks for another plan where `erased` is answered `continue`.
    package var takesNextPlan: Bool

    package init(
        phase: String, message: String, sequence: Int, isPermanent: Bool = false, takesNextPlan: Bool = false
    ) {
        self.isPermanent = isPermanent
        self.takesNextPlan = takesNextPlan
        self.phase = phase
        self.message = message
        self.sequence = sequence
    }

    /// What the daemon keeps.
    private static let messageLimit = 4096

    /// The body of the report.
    package var json: [UInt8] {
        var body: Value.Object = [
            "phase": .string(phase), "message": .string(String(message.prefix(Self.messageLimit))),
            "sequence": .int(sequence),
        ]
        if isPermanent { body["permanent"] = true }
        if takesNextPlan { body["takes_next_plan"] = true }
        return Value.object(body).jsonBytes(.compact)
    }
}

/// The begin or end of an operation, as it is reported (`docs/reference/node-protocol.md` §2.32).
package struct OperationReport: Sendable, Hashable {
    /// Where an operation is.
    package enum Status: String, Sendable, Hashable {
        case started
        case finished
        case failed
    }

    /// Counts the reports of one plan, from 1.
    package var sequence: Int
    /// `partition sda`
    package var operation: String
    /// Begun, done or failed.
    package var status: Status
    /// How long it took; nil where it begins.
    package var seconds: Double?
    /// The last of what its programs wrote, where it failed; at most 16 KiB are sent.
    package var output: String?

    package init(
        sequence: Int, operation: String, status: Status, seconds: Double? = nil, output: String? = nil
    ) {
        self.sequence = sequence
        self.operation = operation
        self.status = status
        self.seconds = seconds
        self.output = output
    }

    /// The body of the report.
    package var json: [UInt8] {
        let bytes = Array((output ?? "").utf8.suffix(CommandOutcome.tailLimit))
        let body: Value = [
            "sequence": .int(sequence), "operation": .string(operation), "status": .string(status.rawValue),
            "seconds": seconds.map { .double(($0 * 1000).rounded() / 1000) } ?? .null,
            "output": output == nil ? .null : .string(String(decoding: bytes, as: UTF8.self)),
        ]
        return body.jsonBytes(.compact)
    }
}
