import HTTPTypes
import Primitives
import Shipyard

extension ValidationReport {
    /// The status that a report has of itself; that of the answer is the same for a commit.
    var status: HTTPResponse.Status { isAccepted ? .ok : .badRequest }

    /// The body that answers a commit or a new collection (`docs/reference/shipyard.md` §5.2).
    ///
    /// - Parameter success: what `code` says where there are no errors.
    func body(success: HTTPResponse.Status = .ok) -> Value {
        var title = isSuccess ? "Validations succeeded" : "Validations failed"
        if isForced { title += " FORCED SUCCESS" }
        if isDryRun { title += " DRYRUN" }
        return [
            "kind": "Status", "apiVersion": "v1.0", "metadata": [:],
            "status": isSuccess ? "Success" : "Failure", "message": .string(title), "reason": "Validation",
            "details": [
                "errorCount": .int(errorCount), "messageList": .array(messages + remarks.map(Self.item)),
            ],
            "code": .string((isSuccess ? success : status).line),
        ]
    }

    private static func item(_ remark: Remark) -> Value {
        let status: HTTPResponse.Status = remark.severity == .error ? .badRequest : .ok
        return [
            "code": .string(status.line), "message": .string(remark.text), "status": .string(remark.severity.title),
            "level": .string(remark.severity.rawValue),
        ]
    }
}
