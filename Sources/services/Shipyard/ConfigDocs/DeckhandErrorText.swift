import Documents
import OrderedCollections
import Primitives
import YAML

/// An error of Deckhand as its clients read it (`spec/deckhand.md` §2).
enum DeckhandErrorText {
    /// The entries of `details.messageList`.
    static func messages(_ error: any Error) -> [Value] {
        guard let error = error as? DocumentError else { return [["error": true, "message": .string("\(error)")]] }
        guard !error.messages.isEmpty else { return [["error": true, "message": .string(error.message)]] }
        return error.messages.map(\.value)
    }

    /// The whole body.
    static func text(_ error: DocumentError) -> String {
        let messages = messages(error)
        let line = error.status == 409 ? "409 Conflict" : "400 Bad Request"
        return YAML.dump([
            "apiVersion": "v1.0", "code": .string(line),
            "details": [
                "errorCount": .int(messages.count), "errorType": .string(error.errorType),
                "messageList": .array(messages),
            ],
            "kind": "Status", "message": .string(error.message), "metadata": [:], "reason": .string(error.reason),
            "retry": false, "status": "Failure",
        ])
    }
}
