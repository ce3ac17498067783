import OrderedCollections
import Primitives

/// What a deployment did to a machine, as the message of its task says in `extra`.
package struct MachineChange: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case installed
        /// It is deployed as the design has it.
        case unchanged
        /// It is deployed, and not as the design has it: only `redeploy_server` makes it so.
        case differs
    }

    package var node: String
    package var kind: Kind
    /// Of a machine that differs, in what: `platform.kernel`.
    package var fields: [String]

    package init(node: String, kind: Kind, fields: [String] = []) {
        self.node = node
        self.kind = kind
        self.fields = fields
    }

    /// Nil for a message that does not say.
    package init?(_ message: TaskMessage) {
        guard message.contextType == "node", let kind = message.extra["change"]?.stringValue.flatMap(Kind.init) else {
            return nil
        }
        self.init(
            node: message.context, kind: kind,
            fields: (message.extra["fields"]?.arrayValue ?? []).compactMap(\.stringValue))
    }

    var extra: Value { ["change": .string(kind.rawValue), "fields": Value(fields)] }
}
