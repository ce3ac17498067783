import OrderedCollections
import Primitives

/// What a node says of a boot action (`docs/reference/drydock.md` §15): a closed object, all of it optional. Secrets in it are
/// masked.
struct BootActionSignal: Sendable, Hashable {
    struct Detail: Sendable, Hashable {
        var message: String
        var isError: Bool
        /// What the node added; kept in the message's `extra`.
        var extra: Value.Object
    }

    var status: BootActionRecord.Status?
    var details: [Detail] = []

    /// - Throws: `DrydockError` `.invalid` for no body, no JSON, and everything that the schema refuses.
    init(_ body: [UInt8]) throws(DrydockError) {
        guard let value = try? Value(json: body), case .object(let object) = value,
            object.keys.allSatisfy({ $0 == "status" || $0 == "details" })
        else { throw Self.unreadable }
        if let status = object["status"] {
            switch status.stringValue {
            case "Success", "success": self.status = .success
            case "Failure", "failure": self.status = .failure
            default: throw Self.unreadable
            }
        }
        guard let details = object["details"] else { return }
        guard case .array(let list) = details, list.count <= 10_000 else { throw Self.unreadable }
        for detail in list {
            guard case .object(var fields) = detail, let message = fields["message"]?.stringValue,
                let isError = fields["error"]?.boolValue
            else { throw Self.unreadable }
            // Reserved for what is recorded here.
            for key in ["message", "error", "context", "context_type", "ts"] { fields.removeValue(forKey: key) }
            let extra = LogRedactor.redact(.object(fields)).objectValue ?? [:]
            self.details.append(Detail(message: LogRedactor.redact(message), isError: isError, extra: extra))
        }
    }

    static let unreadable = DrydockError(.invalid, "Error processing body.")
}
