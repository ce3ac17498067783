import OrderedCollections
import Primitives
import Store
import TestSupport
import Testing

@testable import Shipyard

@Suite struct NoteTests {
    private func time(_ value: Value?) throws -> Timestamp {
        try #require((value?.stringValue).flatMap { Timestamp($0) })
    }

    @Test(
        "notes are kept, filtered and ordered as by the reference", .enabled(if: Conformance.has("shipyard/dags.json")))
    func recorded() async throws {
        try await Fixture.withService { _, service in
            let cases = try #require(try Conformance.json("shipyard/notes/notes.json")["cases"]?.arrayValue)
            var notes: [Note] = []
            for item in cases[0]["setup"]?.arrayValue ?? [] {
                let action = item["action_id"]?.stringValue ?? ""
                let text = item["note_val"]?.stringValue ?? ""
                let verbosity = item["verbosity"]?.intValue ?? 1
                var note: Note
                if let step = item["step_id"]?.stringValue {
                    note = .step(
                        action, step, text, verbosity: verbosity, link: item["link_url"]?.stringValue,
                        at: try time(item["note_timestamp"]))
                } else {
                    note = .action(action, text, verbosity: verbosity, at: try time(item["note_timestamp"]))
                }
                note.subject = item["subject"]?.stringValue ?? note.subject
                note.subType = item["sub_type"]?.stringValue ?? note.subType
                notes.append(note)
            }
            try await service.notes.add(notes)
            for testCase in cases.dropFirst() {
                let verbosity = testCase["verbosity"]?.intValue ?? 0
                let action = testCase["action"]?.stringValue ?? ""
                switch testCase["query"]?.stringValue {
                case "action_notes":
                    let found = try await service.notes.notes(of: "action/\(action)", verbosity: verbosity)
                    expectSame(found, testCase["expect"])
                case "step_notes":
                    let step = testCase["step"]?.stringValue ?? ""
                    let found = try await service.notes.notes(of: "step/\(action)/\(step)", verbosity: verbosity)
                    expectSame(found, testCase["expect"])
                case "all_action_notes":
                    let found = try await service.notes.notes(under: "action/", verbosity: verbosity)
                    let expected = testCase["expect"]?.objectValue ?? [:]
                    #expect(found.count == expected.count)
                    for (id, list) in expected { expectSame(found["action/\(id)"] ?? [], list) }
                case "all_step_notes":
                    let found = try await service.notes.notes(under: "step/\(action)/", verbosity: verbosity)
                    let expected = testCase["expect"]?.objectValue ?? [:]
                    #expect(found.count == expected.count)
                    for (id, list) in expected { expectSame(found["step/\(action)/\(id)"] ?? [], list) }
                default: break
                }
            }
        }
    }

    private func expectSame(_ notes: [Note], _ expected: Value?) {
        let wanted = expected?.arrayValue ?? []
        #expect(notes.count == wanted.count)
        for (note, other) in zip(notes, wanted) {
            var members = note.value.objectValue ?? [:]
            var recorded = other.objectValue ?? [:]
            // Ids are new each time, and the reference's test database had no time zones.
            for key in ["note_id", "note_timestamp", "resolved_url_value"] {
                #expect(members.keys.contains(key))
                members[key] = nil
                recorded[key] = nil
            }
            #expect(members == recorded)
            #expect(note.link == nil || note.value["resolved_url_value"]?.stringValue?.hasSuffix(note.id) == true)
        }
    }

    @Test("a note with the same source is stored once, and one that is too long not at all")
    func once() async throws {
        try await Fixture.withService { _, service in
            let long = String(repeating: "x", count: 129)
            try await service.notes.add([
                .action("A", "first", at: .now(), source: "s"), .action("A", "second", at: .now(), source: "s"),
                .action("A", "third", subject: long, at: .now()),
            ])
            let texts = try await service.notes.notes(of: "action/A", verbosity: 5).map(\.text)
            #expect(texts == ["first"])
        }
    }

    @Test("a note's link is found by its id, and every other id is refused with its reason")
    func links() async throws {
        try await Fixture.withService { _, service in
            let linked = Note.step("A", "s", "x", link: "http://127.0.0.1/x", at: .now())
            let plain = Note.step("A", "s", "y", at: .now())
            try await service.notes.add([linked, plain])
            #expect(try await service.linkedNote(linked.id).link == "http://127.0.0.1/x")
            let cases: [(String, ErrorKind, String)] = [
                ("short", .invalid, "Invalid note_id: short in URL"),
                ("01CASSSZT7CP1F0NKHCAJBCJGU", .invalid, "Invalid note_id: 01CASSSZT7CP1F0NKHCAJBCJGU in URL"),
                (ULID().description, .missing, "is not found"),
                (plain.id, .missing, "has no additional information to return"),
            ]
            for (id, kind, reason) in cases {
                let error = await #expect(throws: ShipyardError.self) { _ = try await service.linkedNote(id) }
                #expect(error?.kind == kind)
                #expect(error?.reason.hasSuffix(reason) == true)
            }
        }
    }
}
