import HTTPTypes
import OrderedCollections
import Primitives
import Testing
import YAML

@testable import API

/// What a running Deckhand answers with 500, or not at all, and every error of its own: each has a status of its own here,
/// an error type, and a message that names what it is about and what to do.
@Suite("Deckhand's API: errors")
struct ErrorResponseTests {
    struct Refused: Sendable, CustomTestStringConvertible {
        let rule: String
        let method: HTTPRequest.Method
        let path: String
        var body = ""
        let status: Int
        let type: String
        let says: [String]

        var testDescription: String { rule }
    }

    private static let parent = document(
        "parent", "{a: 1, s: text}", layer: "global", "labels: {n: p}\n  replacement: false")

    /// A PUT that is refused, or is stored and then cannot be rendered.
    struct Unrenderable: Sendable, CustomTestStringConvertible {
        let rule: String
        let documents: [String]
        var status = 400
        let type: String
        let says: [String]

        var testDescription: String { rule }
    }

    private static func child(_ actions: String, _ data: String = "{a: 2}", name: String = "child") -> String {
        document(name, data).replacing(
            "{layer: site}", with: "{layer: site, parentSelector: {n: p}, actions: [\(actions)]}")
    }

    private static func receiver(_ entry: String, _ data: String = "{s: text, l: []}") -> String {
        document("to", data, "substitutions: [\(entry)]")
    }

    private static func entry(_ path: String, _ dest: String, src: String = "", name: String = "parent") -> String {
        "{src: {schema: example/Kind/v1, name: \(name), path: '\(path)'\(src)}, dest: \(dest)}"
    }

    private static let to = "[example/Kind/v1, site] to"

    @Test(
        "what cannot be rendered names the document and the remedy",
        arguments: [
            Unrenderable(
                rule: "§14 InvalidDocumentLayer", documents: [document("x", layer: "nowhere")],
                type: "InvalidDocumentLayer", says: ["'nowhere'", "[example/Kind/v1] x", "global, site"]),
            Unrenderable(
                rule: "§14 InvalidDocumentParent",
                documents: [
                    parent.replacing("example/Kind/v1", with: "example/Other/v1"), child("{method: merge, path: .}"),
                ], type: "InvalidDocumentParent",
                says: ["[example/Other/v1] parent", "child", "`schema`s do not match"]),
            Unrenderable(
                rule: "§14 IndeterminateDocumentParent",
                documents: [
                    parent, parent.replacing("name: parent", with: "name: duplicate"),
                    child("{method: merge, path: .}"),
                ], type: "IndeterminateDocumentParent", says: ["child", "Found: 2"]),
            Unrenderable(
                rule: "§14 InvalidDocumentReplacement",
                documents: [document("x", "1", "replacement: true")], type: "InvalidDocumentReplacement",
                says: ["x", "have a parent"]),
            Unrenderable(
                rule: "§14 SubstitutionDependencyCycle",
                documents: [receiver(entry(".", "{path: .x}", name: "to"))], type: "SubstitutionDependencyCycle",
                says: [to]),
            Unrenderable(
                rule: "§14 MissingDocumentKey", documents: [parent, child("{method: merge, path: .none}")],
                type: "MissingDocumentKey", says: ["'.none'", "parent", "child"]),
            Unrenderable(
                rule: "§7.6 delete in a parent whose data is null",
                documents: [parent.replacing("{a: 1, s: text}", with: "null"), child("{method: delete, path: .a}")],
                type: "MissingDocumentKey", says: ["'.a'", "child"]),
            Unrenderable(
                rule: "§8 an action's path that is none", documents: [parent, child("{method: merge, path: '.a['}")],
                type: "MissingDocumentKey", says: ["child", "cannot be followed"]),
            Unrenderable(
                rule: "§14 SubstitutionSourceDataNotFound",
                documents: [parent, receiver(entry(".none", "{path: .x}"))],
                type: "SubstitutionSourceDataNotFound", says: [".none", "parent", to]),
            Unrenderable(
                rule: "§14 SubstitutionSourceNotFound", documents: [receiver(entry(".", "{path: .x}", name: "none"))],
                status: 409, type: "SubstitutionSourceNotFound", says: ["none", "to"]),
            Unrenderable(
                rule: "§7.7a src.pattern on what is no text",
                documents: [parent, receiver(entry(".a", "{path: .x}", src: ", pattern: x"))],
                type: "UnknownSubstitutionError", says: [to, "parent", ".x", "src.pattern"]),
            Unrenderable(
                rule: "§7.7a a group that is not there",
                documents: [parent, receiver(entry(".s", "{path: .x}", src: ", pattern: text, match_group: 3"))],
                type: "UnknownSubstitutionError", says: [to, "no group 3", "match_group"]),
            Unrenderable(
                rule: "§7.7b dest.path without a dot", documents: [parent, receiver(entry(".a", "{path: x}"))],
                type: "UnknownSubstitutionError", says: [to, "must begin with a dot"]),
            Unrenderable(
                rule: "§7.7c a path through a scalar", documents: [parent, receiver(entry(".a", "{path: .s.t}"))],
                type: "UnknownSubstitutionError", says: [to, ".s.t", "change the path"]),
            Unrenderable(
                rule: "§7.7e a pattern where no text is",
                documents: [parent, receiver(entry(".a", "{path: .new, pattern: X}"))],
                type: "MissingDocumentPattern", says: [to, ".new", "Put a text", "remove the pattern"]),
            Unrenderable(
                rule: "§7.7e a pattern that is none",
                documents: [parent, receiver(entry(".a", "{path: .s, pattern: '('}"))],
                type: "UnknownSubstitutionError", says: [to, ".s", "dest.pattern"]),
            Unrenderable(
                rule: "§7.7g nothing at the root of data that is no mapping",
                documents: [
                    parent.replacing("{a: 1, s: text}", with: "{a: ''}"), receiver(entry(".a", "{path: .}"), "text"),
                ], type: "UnknownSubstitutionError", says: [to, "below the root"]),
            Unrenderable(
                rule: "§6.3 a DataSchema that is no schema",
                documents: [
                    document("x"),
                    """
                    schema: deckhand/DataSchema/v1
                    metadata: {schema: metadata/Control/v1, name: example/Kind/v1}
                    data: {properties: 12}

                    """,
                ], type: "InvalidDocumentFormat", says: ["failed schema validation"]),
        ])
    func unrenderable(refused: Unrenderable) async throws {
        let client = try DeckhandClient()
        let stream = ([site()] + refused.documents).joined(separator: "---\n")
        let put = await client.put("a", stream)
        #expect(put.status == 200, "\(put.text)")
        let answer = await client.get("/revisions/1/rendered-documents")
        #expect(answer.status == refused.status)
        #expect(answer.errorType == refused.type)
        for part in refused.says { #expect(answer.message?.contains(part) == true, "\(answer.message ?? "")") }
        #expect(answer.document["retry"] == false)
        #expect(await client.get("/revisions/1/documents").status == 200)
    }

    @Test(
        "every error of a request has a type and says what is wrong",
        arguments: [
            Refused(
                rule: "§4 a bucket's name too long", method: .put,
                path: "/buckets/\(String(repeating: "b", count: 37))/documents", body: document("y"), status: 400,
                type: "InvalidInputException", says: ["a bucket name may have 36 characters", "Choose a shorter one"]),
            Refused(
                rule: "§3 a document's name too long", method: .put, path: "/buckets/b/documents",
                body: document(String(repeating: "n", count: 65)), status: 400, type: "InvalidInputException",
                says: ["a document's name may have 64 characters"]),
            Refused(
                rule: "§3 a layer too long", method: .put, path: "/buckets/b/documents",
                body: document("y", layer: String(repeating: "l", count: 65)), status: 400,
                type: "InvalidInputException", says: ["layer"]),
            Refused(
                rule: "§6.1 a schema of two parts", method: .put, path: "/buckets/b/documents",
                body: document("y", schema: "example/Kind"), status: 400, type: "InvalidDocumentFormat",
                says: ["failed schema validation"]),
            Refused(
                rule: "§14 DuplicateDocumentExists", method: .put, path: "/buckets/b/documents", body: document("x"),
                status: 409, type: "DuplicateDocumentExists",
                says: ["Document [example/Kind/v1, site] x already exists in bucket: a"]),
            Refused(
                rule: "§14 SingletonDocumentConflict", method: .put, path: "/buckets/b/documents",
                body: site().replacing("name: layering-policy", with: "name: other"), status: 409,
                type: "SingletonDocumentConflict", says: ["layering-policy", "other", "delete the current one first"]),
            Refused(
                rule: "§16 twice the same control document", method: .put, path: "/buckets/a/documents",
                body: site(site()), status: 409, type: "DuplicateDocumentExists",
                says: ["[deckhand/LayeringPolicy/v1, None]"]),
            Refused(
                rule: "§16 two LayeringPolicies", method: .put, path: "/buckets/a/documents",
                body: site(site().replacing("name: layering-policy", with: "name: other")), status: 409,
                type: "SingletonDocumentConflict", says: ["other"]),
            Refused(
                rule: "§15 a date", method: .put, path: "/buckets/b/documents", body: document("y", "{d: 2001-01-01}"),
                status: 400, type: "HTTPBadRequest", says: ["timestamp", "line 8", "quote it"]),
            Refused(
                rule: "§15 a binary", method: .put, path: "/buckets/b/documents", body: document("y", "!!binary aGk="),
                status: 400, type: "HTTPBadRequest", says: ["binary"]),
            Refused(
                rule: "§15 not a number", method: .put, path: "/buckets/b/documents", body: document("y", ".nan"),
                status: 400, type: "HTTPBadRequest", says: ["nan"]),
            Refused(
                rule: "§15 an infinity", method: .put, path: "/buckets/b/documents", body: document("y", "-.inf"),
                status: 400, type: "HTTPBadRequest", says: ["inf"]),
            Refused(
                rule: "§15 a NUL", method: .put, path: "/buckets/b/documents", body: document("y", "\"\\0\""),
                status: 400, type: "HTTPBadRequest", says: ["NUL"]),
            Refused(
                rule: "§15 a set", method: .put, path: "/buckets/b/documents", body: document("y", "!!set {a}"),
                status: 400, type: "HTTPBadRequest", says: ["set"]),
            Refused(
                rule: "§15 an unknown tag", method: .put, path: "/buckets/b/documents", body: document("y", "!mine 1"),
                status: 400, type: "HTTPBadRequest", says: ["!mine"]),
            Refused(
                rule: "§15 a list as a key", method: .put, path: "/buckets/b/documents",
                body: document("y", "{[1]: 2}"),
                status: 400, type: "HTTPBadRequest", says: ["unhashable key"]),
            Refused(
                rule: "§4 a revision that is no number", method: .get, path: "/revisions/abc/documents", status: 404,
                type: "HTTPNotFound", says: ["The requested revision=abc was not found"]),
            Refused(
                rule: "§4 a revision beyond all numbers", method: .get, path: "/revisions/99999999999999999999",
                status: 404, type: "RevisionNotFound", says: ["revision=99999999999999999999"]),
            Refused(
                rule: "§4 one revision deleted", method: .delete, path: "/revisions/1", status: 405,
                type: "HTTPMethodNotAllowed", says: []),
            Refused(
                rule: "§4 a tag of a revision that is not there", method: .post, path: "/revisions/9/tags/t",
                status: 404, type: "RevisionNotFound", says: ["revision=9"]),
            Refused(
                rule: "§4 a list as a tag's data", method: .post, path: "/revisions/1/tags/t", body: "[1]", status: 400,
                type: "RevisionTagBadFormat", says: ["[1]", "must either be null or dictionary"]),
            Refused(
                rule: "§4 a text as a tag's data", method: .post, path: "/revisions/1/tags/t", body: "word",
                status: 400, type: "RevisionTagBadFormat", says: ["word"]),
            Refused(
                rule: "§4 a tag's body that is no YAML", method: .post, path: "/revisions/1/tags/t", body: "{",
                status: 400, type: "HTTPBadRequest", says: ["properly formatted YAML"]),
            Refused(
                rule: "§13 a validation that is a list", method: .post, path: "/revisions/1/validations/v",
                body: "[1]", status: 400, type: "HTTPBadRequest", says: ["must contain keys"]),
            Refused(
                rule: "§13 a validation that is a text", method: .post, path: "/revisions/1/validations/v",
                body: "word", status: 400, type: "HTTPBadRequest", says: ["must contain keys"]),
            Refused(
                rule: "§13 a status too long", method: .post, path: "/revisions/1/validations/v",
                body: "{status: successful, validator: {name: v}}", status: 400, type: "HTTPBadRequest",
                says: ["8 characters"]),
            Refused(
                rule: "§13 a validation of a revision that is not there", method: .post,
                path: "/revisions/9/validations/v", body: "{status: success, validator: {name: v}}", status: 404,
                type: "RevisionNotFound", says: ["revision=9"]),
            Refused(
                rule: "§13 an entry that is not there", method: .get, path: "/revisions/1/validations/v/entries/9",
                status: 404, type: "ValidationNotFound",
                says: ["The requested validation entry 9 was not found for validation name v and revision ID 1"]),
            Refused(
                rule: "§11 a revision that is no number", method: .get, path: "/revisions/1/diff/x", status: 400,
                type: "InvalidInputException", says: ["Failed to process request due to invalid input: x"]),
            Refused(
                rule: "§11 a negative revision", method: .get, path: "/revisions/1/diff/-1", status: 404,
                type: "RevisionNotFound", says: ["revision=-1"]),
            Refused(
                rule: "§12 a rollback to what is not there", method: .post, path: "/rollback/9", status: 404,
                type: "RevisionNotFound", says: ["revision=9"]),
            Refused(
                rule: "§10 a sort key that is no path", method: .get, path: "/revisions/1/documents?sort=a[",
                status: 400, type: "InvalidInputException", says: ["sort key a["]),
            Refused(
                rule: "§10 a limit that is no number", method: .get, path: "/revisions/1/documents?limit=many",
                status: 400, type: "HTTPInvalidParam",
                says: ["Query parameter limit must be of type <class 'int'>."]),
            Refused(
                rule: "explain without a document", method: .get, path: "/revisions/1/rendered-documents?explain=.",
                status: 400, type: "HTTPInvalidParam", says: ["\"schema\"", "metadata.name=NAME"]),
            Refused(
                rule: "explain a path that is not there", method: .get,
                path: "/revisions/1/rendered-documents?explain=.v.w&schema=example/Kind/v1&metadata.name=x",
                status: 404, type: "PathNotFound", says: [".v.w", "The nearest that exists is .v"]),
            Refused(
                rule: "explain a document that is not there", method: .get,
                path: "/revisions/1/rendered-documents?explain=.&schema=example/Kind/v1&metadata.name=z", status: 404,
                type: "DocumentNotFound", says: ["[example/Kind/v1] z", "Documents of this schema are: x."]),
            Refused(
                rule: "explain a path that is none", method: .get,
                path: "/revisions/1/rendered-documents?explain=.a[&schema=example/Kind/v1&metadata.name=x", status: 400,
                type: "InvalidInputException", says: [".a[", "is no path"]),
        ])
    func error(refused: Refused) async throws {
        let client = try DeckhandClient()
        #expect(await client.put("a", site(document("x"))).status == 200)
        let before = try await client.everything()
        let answer = await client.send(refused.method, refused.path, refused.body)
        #expect(answer.status == refused.status, "\(answer.text)")
        #expect(answer.errorType == refused.type)
        for part in refused.says { #expect(answer.message?.contains(part) == true, "\(answer.message ?? "")") }
        #expect(answer.document["retry"] == false)
        #expect(answer.document["kind"] == "Status")
        #expect(try await client.everything() == before)
    }

    @Test("§14: without any LayeringPolicy there is no rendering")
    func noPolicy() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        let answer = await client.get("/revisions/1/rendered-documents")
        #expect(answer.status == 409)
        #expect(answer.errorType == "LayeringPolicyNotFound")
        #expect(answer.message == "Required LayeringPolicy was not found for layering")
        #expect(await client.get("/revisions/1/deepdiff/1").errorType == "LayeringPolicyNotFound")
    }

    @Test("§16: unknown names of DataSchemas do not hinder PUTs, and sorting by a key of some documents is no error")
    func noErrors() async throws {
        let client = try DeckhandClient()
        let schema = """
            schema: deckhand/DataSchema/v1
            metadata: {schema: metadata/Control/v1, name: example/Kind/v7}
            data: {type: string}

            """
        #expect(await client.put("s", site(schema)).status == 200)
        #expect(await client.put("a", document("x", "1") + "---\n" + document("y", "{k: 1}")).status == 200)
        #expect(await client.get("/revisions/2/rendered-documents").status == 200)
        let sorted = await client.get("/revisions/2/documents?sort=data.k&schema=example")
        #expect(sorted.documents.compactMap { $0["metadata"]?["name"]?.stringValue } == ["x", "y"])
    }
}
