import OrderedCollections
import Primitives

/// A remark of a task (`docs/reference/drydock.md` §10).
package struct TaskMessage: Sendable, Hashable {
    package var text: String
    package var isError: Bool
    /// `NA`, `task`, `node`, `network`, `bootaction`, …
    package var contextType: String
    package var context: String
    package var time: Timestamp
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

    /// The form on the wire: `extra` is a text that holds JSON.
    package var value: Value {
        [
            "message": .string(text), "error": .bool(isError), "context_type": .string(contextType),
            "context": .string(context), "ts": .string(time.formatted(.naive)), "extra": .string(extra.json(.spaced)),
        ]
    }
}
