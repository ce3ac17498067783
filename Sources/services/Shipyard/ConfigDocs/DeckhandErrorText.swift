import Documents
import Primitives

/// An error of Deckhand as validation messages (`docs/reference/deckhand.md` §2).
enum DeckhandErrorText {
    static func messages(_ error: any Error) -> [Value] {
        guard let error = error as? DocumentError else { return [["error": true, "message": .string(error.inWords)]] }
        guard !error.messages.isEmpty else { return [["error": true, "message": .string(error.message)]] }
        return error.messages.map(\.value)
    }
}
