import OrderedCollections
import Primitives

/// A message of a task (`docs/reference/drydock.md` §10).
package struct TaskMessage: Sendable, Hashable {
    /// The message, in a sentence.
    package var text: String
    /// Whether it reports an error.
    package var isError: Bool
    /// What `context` names: `NA`, `task`, `node`, `network`, `bootaction` and so on.
    package var contextType: String
    /// The name or id of what the message is about; `NA` for nothing in particular.
    package var context: String
    /// When it was added.
    package var time: Timestamp
    /// Further members that a node sent with a signal: an object.
    package var extra: Value

    package init(
        _ text: String, isError: Bool = false, contextType: String = "NA", context: String = "NA", time: Timestamp,
        extra: Value = .object([:])
    ) {
        self.text = text
        self.isError = isError
        self.contextType = contextType
        self.context = context
        self.time = time
        self.extra = extra
    }

    /// The message as clients get it. `extra` is a text that holds JSON.
    package var value: Value {
        [
            "message": .string(text), "error": .bool(isError), "context_type": .string(contextType),
            "context": .string(context), "ts": .string(time.formatted(.naive)), "extra": .string(extra.json(.spaced)),
        ]
    }
}
