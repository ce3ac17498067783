import Primitives

/// What compilation and validation of a design came to.
package struct CompiledDesign: Sendable {
    package enum Status: String, Sendable {
        case success = "Success"
        /// Validators found errors; the effective site is there.
        case invalid = "Failure"
        /// Documents could not be read, or not be compiled; no effective site, or not all of it was validated.
        case failure = "failure"
    }

    package var status: Status
    /// Of ingest, then of the validators in their order.
    package var messages: [DesignValidationMessage]
    /// What was read and compiled, as far as that went.
    package var draft: EffectiveSite

    /// The effective site; nil where the design could not be read, compiled and validated to the end.
    package var site: EffectiveSite? { status == .failure ? nil : draft }

    package var errorCount: Int { messages.count(where: \.error) }

    /// The body of `POST validatedesign`; `code` repeats the HTTP status (`spec/drydock.md` §3).
    package func statusBody(ts moment: Timestamp) -> Value {
        Self.statusBody(status, messages, ts: moment)
    }

    package static func statusBody(
        _ status: Status, _ messages: [DesignValidationMessage], ts moment: Timestamp
    ) -> Value {
        let summary: (message: Value, reason: Value) =
            switch status {
            case .success: ("Site design passed validation", .null)
            case .invalid: ("Site design failed validation.", "See detail messages.")
            case .failure: (.null, .null)
            }
        return [
            "kind": "Status", "apiVersion": "v1.0", "metadata": [:], "message": summary.message,
            "reason": summary.reason, "status": .string(status.rawValue),
            "details": [
                "errorCount": .int(messages.count(where: \.error)),
                "messageList": .array(messages.map { $0.body(at: moment) }),
            ],
            "code": .int(status == .success ? 200 : 400),
        ]
    }
}
