import Drydock
import HTTPTypes
import Primitives
import SiteDesign
import Testing

@testable import API

/// The body of `POST validatedesign`, byte for byte.
@Suite("Statuses of designs")
struct DesignStatusTests {
    private static let message = DesignValidationMessage(
        name: "DD1001", message: "Rational Boot Storage: Validation successful.", level: .info)

    private func status(_ status: CompiledDesign.Status, _ messages: [DesignValidationMessage]) -> DesignStatus {
        DesignStatus(
            status: status, messages: messages, time: Timestamp(microseconds: 1_700_000_000_000_000))
    }

    private static let item =
        #"{"kind": "ValidationMessage", "name": "DD1001", "message": "Rational Boot Storage: Validation successful.", "#
        + #""error": false, "level": "Info", "diagnostic": "", "ts": "2023-11-14 22:13:20+00:00", "documents": []}"#

    @Test("a valid design is a success with its messages")
    func success() {
        let status = status(.success, [Self.message])
        #expect(status.httpStatus.code == 200)
        #expect(
            status.body.json(.spaced)
                == #"{"kind": "Status", "apiVersion": "v1.0", "metadata": {}, "#
                + #""message": "Site design passed validation", "reason": null, "status": "Success", "#
                + #""details": {"errorCount": 0, "messageList": [\#(Self.item)]}, "code": 200}"#)
    }

    @Test("errors are counted, and what stopped a compilation has no summary")
    func failures() {
        let error = DesignValidationMessage(name: "DD2001", message: "no", level: .error)
        let invalid = status(.invalid, [Self.message, error]).body
        #expect(invalid["status"] == "Failure")
        #expect(invalid["message"] == "Site design failed validation.")
        #expect(invalid["reason"] == "See detail messages.")
        #expect(invalid["details"]?["errorCount"] == 1)
        #expect(invalid["code"] == 400)
        let stopped = status(.failure, [error]).body
        #expect(stopped["status"] == "failure")
        #expect(stopped["message"] == .null)
        #expect(stopped["reason"] == .null)
        #expect(stopped["code"] == 400)
    }
}
