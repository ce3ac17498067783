import OrderedCollections
import Primitives

/// The body that answers a commit or a new collection (`spec/shipyard.md` §5.2).
package struct StatusReport: Sendable {
    package var messages: [Value]
    package var errorCount: Int
    /// The HTTP status, which is also in the body; not always that of the outcome.
    package var status: Int
    private var suffix = ""

    package init(messages: [Value]) {
        self.init(messages: messages, errorCount: messages.count { $0["error"] == true })
    }

    package init(messages: [Value], errorCount: Int) {
        self.messages = messages
        self.errorCount = errorCount
        status = errorCount == 0 ? 200 : 400
    }

    package var isSuccess: Bool { errorCount == 0 }

    /// Reports success in spite of errors, which are still listed.
    package mutating func force() {
        if errorCount > 0 { suffix += " FORCED SUCCESS" }
        status = 200
    }

    package mutating func markDryRun() {
        suffix += " DRYRUN"
        status = 200
    }

    /// Adds remarks of one level; those of level error fail the whole.
    package mutating func add(_ texts: [String], level: String) {
        let isError = level.lowercased() == "error"
        if isError, !texts.isEmpty {
            errorCount += texts.count
            status = 400
        }
        for text in texts {
            messages.append([
                "code": isError ? "400 Bad Request" : "200 OK", "message": .string(text),
                "status": .string(level.prefix(1).uppercased() + level.dropFirst().lowercased()),
                "level": .string(level.lowercased()),
            ])
        }
    }

    package var value: Value {
        [
            "kind": "Status", "apiVersion": "v1.0", "metadata": [:],
            "status": .string(isSuccess ? "Success" : "Failure"),
            "message": .string((isSuccess ? "Validations succeeded" : "Validations failed") + suffix),
            "reason": "Validation",
            "details": ["errorCount": .int(errorCount), "messageList": .array(messages)],
            "code": .string(code),
        ]
    }

    private var code: String {
        switch status {
        case 200: "200 OK"
        case 201: "201 Created"
        default: "400 Bad Request"
        }
    }
}
