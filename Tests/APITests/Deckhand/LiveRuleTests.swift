import HTTPTypes
import OrderedCollections
import Primitives
import Testing
import YAML

@testable import API

/// Rules that were observed on a running Deckhand, by their sections, as a client sees them.
@Suite("Rules of a running Deckhand: requests")
struct LiveRuleTests {
    @Test("§1: the type of a body is looked at only where there is a body, and its parameters are not")
    func contentType() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        #expect(await client.send(.post, "/revisions/1/tags/t").status == 201)
        let missing = await client.send(
            .post, "/revisions/1/tags/t", headers: [.contentLength: "3"])
        #expect(missing.status == 400)
        #expect(missing.errorType == "HTTPMissingHeader")
        #expect(missing.message == #"The "Content-Type" header is required."#)
        let onGet = await client.send(
            .get, "/revisions", headers: [.contentType: "application/json", .contentLength: "3"])
        #expect(onGet.status == 200)
    }

    @Test("§1: names with control characters are refused, in paths and in documents, and nothing is written")
    func controlCharacters() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        let before = try await client.everything()
        for (method, path) in [
            (HTTPRequest.Method.put, "/buckets/a%00b/documents"), (.post, "/revisions/1/tags/a%1Bb"),
            (.post, "/revisions/1/validations/a%C2%85b"),
        ] {
            let refused = await client.send(method, path, document("y"))
            #expect(refused.status == 400)
            #expect(refused.message?.contains("has the control character U+00") == true, "\(refused.text)")
        }
        let named = await client.put("b", document(#""a\u0007b""#))
        #expect(named.status == 400)
        #expect(named.message?.contains("a document's name may have no control characters") == true, "\(named.text)")
        #expect(try await client.everything() == before)
    }

    @Test("§1: X-Context-Marker and X-End-User come back, on errors too")
    func markers() async throws {
        let client = try DeckhandClient()
        let marker = try #require(HTTPField.Name("X-Context-Marker"))
        let user = try #require(HTTPField.Name("X-End-User"))
        for path in ["/revisions", "/revisions/77"] {
            let answer = await client.send(.get, path, headers: [marker: "m-1", user: "somebody"])
            #expect(answer.response.headers[marker] == "m-1")
            #expect(answer.response.headers[user] == "somebody")
        }
    }

    @Test("§1: OPTIONS is answered with what a path allows")
    func options() async throws {
        let client = try DeckhandClient()
        let answer = await client.send(.options, "/revisions")
        #expect(answer.status == 200)
        #expect(answer.text.isEmpty)
        #expect(answer.response.headers[.allow] == "DELETE, GET, OPTIONS")
        #expect(await client.send(.head, "/revisions").status == 405)
    }

    @Test("§1: documents come in order of their keys, separated, without marks at the ends, in ASCII")
    func form() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x", "{z: 1, a: ü, m: yes}") + "---\n" + document("y", "'yes'"))
        let text = await client.get("/revisions/1/documents").text
        #expect(text.hasPrefix("data:\n  a: \"\\xFC\"\n  m: true\n  z: 1\nid: 1\n"))
        #expect(text.contains("\n---\ndata: 'yes'\nid: 2\n"))
        #expect(!text.hasPrefix("---"))
        #expect(!text.contains("..."))
    }

    @Test("§2: problems of documents are listed one by one, with what they are about")
    func problems() async throws {
        let client = try DeckhandClient()
        let answer = await client.put(
            "a", "schema: a/b/v1\nmetadata: {schema: metadata/Document/v1, name: x, layeringDefinition: {layer: site}}")
        let body = answer.document
        #expect(body["message"] == "The provided documents failed schema validation")
        #expect(body["reason"] == "Validation")
        #expect(body["code"] == "400 Bad Request")
        #expect(body["details"]?["errorCount"] == 1)
        let message = try #require(body["details"]?["messageList"]?[0])
        #expect(message["message"] == "'storagePolicy' is a required property")
        #expect(message["documents"] == [["layer": "site", "name": "x", "schema": "a/b/v1"]])
        #expect(message["error"] == true)
        #expect(message["kind"] == "ValidationMessage")
        #expect(message["level"] == "Error")
        #expect(message["name"] == "D001")
        #expect(message["diagnostic"]?.stringValue?.hasPrefix("Ensure that each document") == true)
    }

    @Test("§4: a stream's faults are found in order: YAML, entries, shape, then conflicts")
    func order() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        #expect(await client.put("b", document("x") + "---\nschema: 1\n---\n[").errorType == "HTTPBadRequest")
        let entries = await client.put("b", document("x") + "---\nschema: 1\n---\n- 1\n")
        #expect(entries.message?.contains("indexes: 3.") == true)
        #expect(await client.put("b", document("x") + "---\nschema: 1\n").errorType == "InvalidDocumentFormat")
        #expect(await client.put("b", document("x")).errorType == "DuplicateDocumentExists")
    }

    @Test("§4: only the first document without shape is reported")
    func firstOnly() async throws {
        let client = try DeckhandClient()
        let answer = await client.put("a", "schema: a/b/v1\n---\nschema: c/d/v1\n")
        let schemas = answer.document["details"]?["messageList"]?.arrayValue?.map { $0["documents"]?[0]?["schema"] }
        #expect(schemas?.allSatisfy { $0 == "a/b/v1" } == true)
    }

    @Test("§4: an answer to a PUT says the new revision of unchanged documents too")
    func putRevision() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        #expect(await client.put("a", document("x")).document["status"] == ["bucket": "a", "revision": 2])
        #expect(await client.get("/revisions/2/documents").document["status"] == ["bucket": "a", "revision": 1])
    }

    @Test(
        "§4: a rendered document carries the row's number, bucket and revision; replaced and abstract ones are not there"
    )
    func rendered() async throws {
        let client = try DeckhandClient()
        let abstract = document("g", layer: "global", "labels: {n: g}")
            .replacing("{layer: global}", with: "{layer: global, abstract: true}")
        let original = document("r", "{a: 1}", layer: "global", "labels: {n: r}")
        await client.put("a", site(abstract, original))
        let replacing = document("r", "{b: 2}", "replacement: true")
            .replacing(
                "{layer: site}", with: "{layer: site, parentSelector: {n: r}, actions: [{method: merge, path: .}]}")
        await client.put("b", replacing)
        let documents = await client.get("/revisions/2/rendered-documents?schema=example").documents
        #expect(documents.count == 1)
        #expect(documents.first?["data"] == ["a": 1, "b": 2])
        #expect(documents.first?["id"] == 4)
        #expect(documents.first?["status"] == ["bucket": "b", "revision": 2])
    }

    @Test("§4: any empty body is a tag's data")
    func emptyTags() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        for (body, data) in [("[]", [] as Value), ("0", 0), ("''", ""), ("null", [:]), ("{}", [:])] {
            let answer = await client.send(.post, "/revisions/1/tags/t", body)
            #expect(answer.status == 201)
            #expect(answer.document == ["t": data])
        }
    }

    @Test("§6.3: every failing document is listed, and the message is 400")
    func dataSchemas() async throws {
        let client = try DeckhandClient()
        let schema = """
            schema: deckhand/DataSchema/v1
            metadata: {schema: metadata/Control/v1, name: example/Kind/v1}
            data: {type: object, properties: {v: {type: string}}}

            """
        await client.put("a", site(schema, document("x"), document("y", "{v: 2}")))
        let answer = await client.get("/revisions/1/rendered-documents")
        #expect(answer.status == 400)
        #expect(answer.errorType == "InvalidDocumentFormat")
        #expect(answer.document["details"]?["errorCount"] == 2)
        let message = answer.document["details"]?["messageList"]?[0]
        #expect(message?["name"] == "D002")
        #expect(message?["message"] == "1 is not of type 'string'")
        #expect(message?["diagnostic"]?["schema_path"] == ".properties.v.type")
        #expect(message?["diagnostic"]?["error_section"] == ["v": 1])
    }

    @Test("§9: a document that was read and is put again keeps its secret, whichever it was shown as")
    func reference() async throws {
        let client = try DeckhandClient()
        await client.put("a", site(document("x", "hunter2", storage: "encrypted")))
        let shown = await client.get("/revisions/1/documents?metadata.name=x").document
        let reference = try #require(shown["data"]?.stringValue)
        await client.put("a", site(document("x", reference, storage: "encrypted")))
        #expect(await client.get("/revisions/2/rendered-documents?metadata.name=x").document["data"] == "hunter2")
    }

    @Test("§10: a tag is found whichever of a revision's tags it is, a comma splits nothing")
    func tags() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        for tag in ["foo", "bar"] { _ = await client.send(.post, "/revisions/1/tags/\(tag)") }
        for tag in ["foo", "bar"] { #expect(await client.get("/revisions?tag=\(tag)").document["count"] == 1) }
        #expect(await client.get("/revisions?tag=foo,bar").document["count"] == 0)
    }

    @Test("§11: diff tells buckets apart in words")
    func diff() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        await client.put("b", document("y"))
        #expect(await client.get("/revisions/0/diff/2").document == ["a": "created", "b": "created"])
        #expect(await client.get("/revisions/1/diff/2").document == ["a": "unmodified", "b": "created"])
        #expect(await client.get("/revisions/2/diff/1").document == ["a": "unmodified", "b": "created"])
        #expect(await client.get("/revisions/0/diff/0").text == "{}\n")
    }

    @Test("§12: a rollback to 0 answers no buckets, and later those that it emptied")
    func rollback() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        #expect(await client.send(.post, "/rollback/0").document["buckets"] == [])
        #expect(await client.get("/revisions/2").document["buckets"] == ["a"])
        #expect(await client.get("/revisions/2/documents").text.isEmpty)
    }

    @Test("§13: the worst status of a name counts in its own revision, unexpected names are ignored, missing ones fail")
    func validations() async throws {
        let client = try DeckhandClient()
        let policy = """
            schema: deckhand/ValidationPolicy/v1
            metadata: {schema: metadata/Control/v1, name: site-deploy-ready}
            data: {validations: [{name: a-validation}, {name: b-validation}]}
            """
        await client.put("a", document("x"))
        await client.put("p", policy)
        func post(_ revision: Int, _ name: String, _ status: String) async {
            _ = await client.send(
                .post, "/revisions/\(revision)/validations/\(name)", "{status: \(status), validator: {name: v}}")
        }
        await post(1, "a-validation", "failure")
        await post(2, "a-validation", "success")
        await post(2, "other", "success")
        #expect(
            await client.get("/revisions/2/validations").document["results"] == [
                ["name": "a-validation", "status": "success"], ["name": "other", "status": "ignored [success]"],
                ["name": "b-validation", "status": "failure"],
            ])
        let details = await client.get("/revisions/2/validations/detail").document
        #expect(details["count"] == 3)
        #expect(details["results"]?[2]?["name"] == .null)
        #expect(
            details["results"]?[1]?["errors"]?[0]?["message"]?.stringValue?.hasSuffix(
                "ValidationPolicy [deckhand/ValidationPolicy/v1, None] site-deploy-ready: a-validation, b-validation.")
                == true)
        #expect(await client.get("/revisions/2/validations/a-validation/entries/-1").document["status"] == "success")
        #expect(await client.get("/revisions/2/validations/none").document == ["count": 0, "results": []])
    }

    @Test("explain answers the chain with its lines, secrets hidden where they are")
    func explain() async throws {
        let client = try DeckhandClient()
        let receiver = document(
            "to", "{}",
            "substitutions: [{src: {schema: deckhand/Passphrase/v1, name: secret, path: .}, dest: {path: .a.b}}]")
        await client.put("a", site(receiver))
        await client.put("s", document("secret", "hunter2", schema: "deckhand/Passphrase/v1", storage: "encrypted"))
        let path = "/revisions/2/rendered-documents?explain=.a.b&schema=example/Kind/v1&metadata.name=to"
        let clear = await client.get(path + "&cleartext-secrets=true").document
        #expect(clear["value"] == "hunter2")
        #expect(clear["origin"]?[0]?["action"] == "substitution")
        #expect(clear["origin"]?[0]?["line"] == 11)
        #expect(clear["origin"]?[1]?["bucket"] == "s")
        #expect(clear["origin"]?[1]?["line"] == 8)
        for query in ["", "&cleartext-secrets=false"] {
            let hidden = await client.get(path + query)
            #expect(hidden.status == 200)
            #expect(!hidden.text.contains("hunter2"))
            #expect(hidden.document["value"]?.stringValue?.count == 64)
            #expect(hidden.document["redacted"] == true)
        }
    }
}
