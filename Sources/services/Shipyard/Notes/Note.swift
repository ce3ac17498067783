import Primitives

/// What went wrong with a machine, as a task has told it.
package struct MachineError: Sendable, Hashable {
    /// The name of the node.
    package var node: String
    package var message: String

    package init(node: String, message: String) {
        self.node = node
        self.message = message
    }

    /// What went wrong before has been done at a later attempt.
    package static func mended(_ node: String) -> MachineError { MachineError(node: node, message: "") }

    /// Whether nothing is wrong with it any more.
    package var isMended: Bool { message.isEmpty }
}

/// A note on an action or a step (`docs/reference/shipyard.md` §11).
package struct Note: Sendable, Hashable {
    /// A ULID.
    package var id: String
    /// What it belongs to: `action/ID`, or `step/ACTION/STEP`.
    package var association: String
    /// What it is about, such as the id of a task.
    package var subject: String
    package var subType: String
    /// The note itself.
    package var text: String
    /// The least verbosity, 1 to 5, with which clients see it.
    package var verbosity: Int
    /// An address with details, which Shipyard resolves for clients; nil for none.
    package var link: String?
    /// Whether the link is asked with Shipyard's own token.
    package var isAuthLink: Bool
    /// When what it tells of happened.
    package var time: Timestamp
    /// Identifies what it was made from. A second note with the same source is not stored, so that a step may run
    /// twice.
    package var source: String?
    /// What it tells as an error of a machine; nil for all other notes.
    package var machineError: MachineError?

    /// A note on an action.
    ///
    /// - Parameter subject: nil for the action itself.
    package static func action(
        _ action: String, _ text: String, subject: String? = nil, subType: String = "action metadata",
        verbosity: Int = 1, link: String? = nil, isAuthLink: Bool = false, at time: Timestamp, source: String? = nil
    ) -> Note {
        Note(
            id: ULID().description, association: "action/\(action)", subject: subject ?? action, subType: subType,
            text: text, verbosity: verbosity, link: link, isAuthLink: isAuthLink, time: time, source: source)
    }

    /// A note on a step of an action.
    ///
    /// - Parameter subject: nil for the step itself.
    package static func step(
        _ action: String, _ step: String, _ text: String, subject: String? = nil, subType: String = "step metadata",
        verbosity: Int = 1, link: String? = nil, isAuthLink: Bool = false, at time: Timestamp, source: String? = nil
    ) -> Note {
        Note(
            id: ULID().description, association: "step/\(action)/\(step)", subject: subject ?? step, subType: subType,
            text: text, verbosity: verbosity, link: link, isAuthLink: isAuthLink, time: time, source: source)
    }

    /// The note as clients get it. In place of the link it tells where to read the details.
    package var value: Value {
        [
            "assoc_id": .string(association), "subject": .string(subject), "sub_type": .string(subType),
            "note_val": .string(text), "verbosity": .int(verbosity), "note_id": .string(id),
            "note_timestamp": .string(time.formatted(.offset)),
            "resolved_url_value": link == nil ? nil : .string("Details at notedetails/\(id)"),
        ]
    }
}
