import Deckhand
import Documents
import OrderedCollections
import Primitives
import Testing
import YAML

@Suite("Differences between revisions")
struct DifferenceTests {
    @Test("buckets are unmodified, modified, created or deleted, whichever revision is named first")
    func buckets() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1"))
        try await deckhand.put("b", kind("y", "1"))
        try await deckhand.put("c", kind("z", "1"))
        try await deckhand.put("b", "")
        try await deckhand.put("c", kind("z", "2"))
        let changes = try await deckhand.service.diff(2, 5)
        #expect(changes == ["a": .unmodified, "b": .deleted, "c": .created])
        #expect(try await deckhand.service.diff(5, 2) == changes)
        #expect(try await deckhand.service.diff(3, 5)["c"] == .modified)
        #expect(try await deckhand.service.diff(5, 0) == ["a": .created, "c": .created])
        #expect(try await deckhand.service.diff(0, 0).isEmpty)
        #expect(await failure { _ = try await deckhand.service.diff(1, 9) }?.problem == .revisionMissing)
    }

    @Test("the order of keys is no difference")
    func keyOrder() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "{a: 1, b: 2}"))
        try await deckhand.put("a", kind("x", "{b: 2, a: 1}"))
        #expect(try await deckhand.service.diff(1, 2) == ["a": .unmodified])
    }

    @Test("deepdiff tells values, types, members and elements apart")
    func deep() async throws {
        let deckhand = try DeckhandFixture()
        let before = kind("x", #"{v: 1, t: 1, l: [1, 2, 3], m: [{a: 1}], "it's": 1, gone: 1}"#) + kind("old", "1")
        let after = kind("x", #"{v: 2, t: 1.5, l: [0, 1, 3], m: [{a: 2}], "it's": 2, come: 1}"#) + kind("new", "1")
        try await deckhand.put("a", policy + before)
        try await deckhand.put("a", policy + after)
        let answer = try await deckhand.service.deepDiff(1, 2)
        #expect(answer["a"] == "modified")
        let difference = try #require(answer["a diff"])
        #expect(difference["document_added"] == ["count": 1, "details": [["example/Kind/v1", "new"]]])
        #expect(difference["document_deleted"] == ["count": 1, "details": [["example/Kind/v1", "old"]]])
        let changed = try #require(difference["document_changed"]?["details"]?["('example/Kind/v1', 'x')"])
        #expect(changed["metadata_changed"] == [:])
        let data = try #require(changed["data_changed"])
        #expect(data["values_changed"]?["root['v']"] == ["new_value": 2, "old_value": 1])
        #expect(data["values_changed"]?["root['m'][0]['a']"] == ["new_value": 2, "old_value": 1])
        #expect(data["values_changed"]?[#"root["it's"]"#] == ["new_value": 2, "old_value": 1])
        #expect(
            data["type_changes"]?["root['t']"] == [
                "old_type": "int", "new_type": "float", "old_value": 1, "new_value": 1.5,
            ])
        #expect(data["dictionary_item_added"] == ["root['come']"])
        #expect(data["dictionary_item_removed"] == ["root['gone']"])
        #expect(data["iterable_item_added"] == ["root['l'][0]": 0])
        #expect(data["iterable_item_removed"] == ["root['l'][1]": 2])
    }

    @Test("texts of several lines come with a unified diff")
    func lines() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + kind("x", #"{t: "one\ntwo\nthree\n"}"#))
        try await deckhand.put("a", policy + kind("x", #"{t: "one\n2\nthree\n"}"#))
        let details = try await deckhand.service.deepDiff(1, 2)["a diff"]?["document_changed"]?["details"]
        let change = details?["('example/Kind/v1', 'x')"]?["data_changed"]?["values_changed"]?["root['t']"]
        #expect(change?["diff"] == "--- \n+++ \n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three")
    }

    @Test("what changed in an encrypted document is not told")
    func encrypted() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", policy + kind("s", "one-canary", storage: "encrypted"))
        try await deckhand.put("a", policy + kind("s", "two-canary", storage: "encrypted"))
        let difference = try #require(try await deckhand.service.deepDiff(1, 2)["a diff"])
        #expect(!difference.json().contains("canary"))
        #expect(difference.json().contains(#""encrypted": true"#))
    }

    @Test("without a policy there is no deepdiff")
    func noPolicy() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1"))
        try await deckhand.put("a", kind("x", "2"))
        #expect(await failure { _ = try await deckhand.service.deepDiff(1, 2) }?.problem == .layeringPolicyMissing)
    }
}

@Suite("Validations")
struct ValidationTests {
    private let expecting = """
        schema: deckhand/ValidationPolicy/v1
        metadata: {schema: metadata/Control/v1, name: site-deploy-ready}
        data: {validations: [{name: a-validation}, {name: b-validation}]}
        """

    private func post(_ deckhand: DeckhandFixture, _ name: String, _ status: String) async throws {
        _ = try await deckhand.service.addValidation(
            revision: 1, name: name, payload: ["status": .string(status), "validator": ["name": "v"]])
    }

    @Test("a name's worst status counts, in its own revision only")
    func worst() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1"))
        try await post(deckhand, "n", "success")
        try await post(deckhand, "n", "failure")
        #expect(try await deckhand.service.validationSummaries(revision: 1).map(\.status) == ["failure"])
        try await deckhand.put("a", kind("x", "2"))
        #expect(try await deckhand.service.validationSummaries(revision: 2).isEmpty)
        #expect(
            try await deckhand.service.validationEntries(revision: 1, name: "n").map(\.status) == [
                "success", "failure",
            ])
        #expect(try await deckhand.service.validationEntry(revision: 1, name: "n", index: -1).status == "failure")
        let error = await failure { _ = try await deckhand.service.validationEntry(revision: 1, name: "n", index: 9) }
        #expect(
            error?.message
                == "The requested validation entry 9 was not found for validation name n and revision ID 1")
    }

    @Test("a policy makes missing validations failures, and ignores the others")
    func policies() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", expecting)
        try await post(deckhand, "a-validation", "success")
        try await post(deckhand, "other", "success")
        let summaries = try await deckhand.service.validationSummaries(revision: 1)
        #expect(summaries.map(\.name) == ["a-validation", "other", "b-validation"])
        #expect(summaries.map(\.status) == ["success", "ignored [success]", "failure"])
        let details = try await deckhand.service.validationDetails(revision: 1)
        #expect(details.map(\.name) == ["a-validation", "other", nil])
        #expect(
            details[1].errors == [
                [
                    "message": """
                    The result for this validation was externally registered but has been ignored because it is not found \
                    in the validations for ValidationPolicy [deckhand/ValidationPolicy/v1, None] site-deploy-ready: \
                    a-validation, b-validation.
                    """
                ]
            ])
    }

    @Test("a payload without status or validator, or with a long status, is refused")
    func errors() async throws {
        let deckhand = try DeckhandFixture()
        try await deckhand.put("a", kind("x", "1"))
        for payload: Value in [[:], ["status": "success"], ["status": "far too long", "validator": "v"], "text"] {
            let error = await failure {
                _ = try await deckhand.service.addValidation(revision: 1, name: "n", payload: payload)
            }
            #expect(error?.kind == .invalid)
        }
    }
}
