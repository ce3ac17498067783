import Primitives

/// A remark on an action or a step (`docs/reference/shipyard.md` §11).
package struct Note: Sendable, Hashable {
    /// A ULID.
    package var id: String
    /// `action/ID`, or `step/ACTION/STEP`.
    package var association: String
    package var subject: String
    package var subType: String
    package var text: String
    /// 1 to 5: the least verbosity that shows it.
    package var verbosity: Int
    package var link: String?
    /// Whether the link takes Shipyard's own token.
    package var isAuthLink: Bool
    package var time: Timestamp
    /// Where it came from: a second note with the same source is not stored, so that a step may run twice.
    package var source: String?

    package static func action(
        _ action: String, _ text: String, subject: String? = nil, subType: String = "action metadata",
        verbosity: Int = 1, link: String? = nil, isAuthLink: Bool = false, at time: Timestamp, source: String? = nil
    ) -> Note {
        Note(
            id: ULID().description, association: "action/\(action)", subject: subject ?? action, subType: subType,
            text: text, verbosity: verbosity, link: link, isAuthLink: isAuthLink, time: time, source: source)
    }

    package static func step(
        _ action: String, _ step: String, _ text: String, subject: String? = nil, subType: String = "step metadata",
        verbosity: Int = 1, link: String? = nil, isAuthLink: Bool = false, at time: Timestamp, source: String? = nil
    ) -> Note {
        Note(
            id: ULID().description, association: "step/\(action)/\(step)", subject: subject ?? step, subType: subType,
            text: text, verbosity: verbosity, link: link, isAuthLink: isAuthLink, time: time, source: source)
    }

    /// What clients see: not the link, but where to read what is behind it.
    package var value: Value {
        [
            "assoc_id": .string(association), "subject": .string(subject), "sub_type": .string(subType),
            "note_val": .string(text), "verbosity": .int(verbosity), "note_id": .string(id),
            "note_timestamp": .string(time.formatted(.offset)),
            "resolved_url_value": link == nil ? nil : .string("Details at notedetails/\(id)"),
        ]
    }
}
