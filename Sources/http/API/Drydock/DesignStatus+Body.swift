import Drydock
import HTTPTypes
import Primitives
import SiteDesign

extension DesignStatus {
    /// Of the answer to `POST validatedesign`.
    var httpStatus: HTTPResponse.Status { isSuccess ? .ok : .badRequest }

    /// The body of `POST validatedesign`; `code` repeats the HTTP status (`docs/reference/drydock.md` §3).
    var body: Value {
        let summary = status.summary
        return [
            "kind": "Status", "apiVersion": "v1.0", "metadata": [:], "message": Value(summary.message),
            "reason": Value(summary.reason), "status": .string(status.rawValue),
            "details": [
                "errorCount": .int(errorCount), "messageList": .array(messages.map { $0.body(at: time) }),
            ],
            "code": .int(httpStatus.code),
        ]
    }
}
