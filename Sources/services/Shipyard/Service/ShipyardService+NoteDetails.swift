import Primitives

/// A note with a link, and what it is about (`docs/reference/shipyard.md` §2).
package struct LinkedNote: Sendable {
    /// What a note is about.
    package enum Subject: Sendable, Hashable {
        case action
        case step
        case other
    }

    let id: String
    let link: String
    /// What the note is about. The policy rule for it applies beside that of the route.
    package let subject: Subject
}

extension ShipyardService {
    /// The note of `GET notedetails/{id}`.
    ///
    /// - Throws: `ShipyardError` for an id that cannot be one, an unknown note, and a note without a link.
    package func linkedNote(_ id: String) async throws -> LinkedNote {
        guard ULID(id.uppercased()) != nil else {
            throw ShipyardError(
                .invalidNoteID, "Notes ID values are 26 character ULID values",
                "Invalid note_id: \(id.prefix(200)) in URL")
        }
        guard let note = try await notes.note(id) else {
            throw ShipyardError(.unknownNote, "No note found", "Note \(id) is not found")
        }
        guard let link = note.link else {
            throw ShipyardError(
                .noteWithoutDetails, "No further note details are available",
                "Note \(id) has no additional information to return")
        }
        let subject: LinkedNote.Subject =
            note.association.hasPrefix("action/") ? .action : note.association.hasPrefix("step/") ? .step : .other
        return LinkedNote(id: id, link: link, subject: subject)
    }

    /// The details of a note as text: of a task of Drydock its build data, in JSON.
    ///
    /// - Throws: `ShipyardError` where they cannot be read, and what Drydock throws where that may pass.
    package func details(of note: LinkedNote) async throws -> String {
        guard let task = Self.task(behind: note.link) else { throw inaccessible(note, nil) }
        let records: [Value]
        do {
            records = try await dependencies.provisioner.buildData(task: task)
        } catch let error as any TypedError where error.kind.passes {
            throw error
        } catch {
            throw inaccessible(note, error)
        }
        guard !records.isEmpty else { throw inaccessible(note, nil) }
        return Value.array(records).json(.spaced)
    }

    /// The task in `…/tasks/ID/builddata`, which is where links of Drydock's tasks lead.
    private static func task(behind link: String) -> String? {
        let parts = link.split(separator: "/")
        guard parts.count > 2, parts[parts.count - 1] == "builddata", parts[parts.count - 3] == "tasks" else {
            return nil
        }
        return String(parts[parts.count - 2])
    }

    private func inaccessible(_ note: LinkedNote, _ cause: (any Error)?) -> ShipyardError {
        ShipyardError(
            .noteDetailsFailed, "Unable to retrieve URL information for note",
            "Note \(note.id) has additional information, but it cannot be accessed by Shipyard at this time",
            cause: cause)
    }
}
