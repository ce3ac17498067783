import HTTPTypes
import OrderedCollections
import Primitives
import Testing

@testable import API

@Suite("Deckhand's API: filters, order and redaction")
struct DocumentQueryTests {
    private func client() async throws -> DeckhandClient {
        let client = try DeckhandClient()
        await client.put(
            "a",
            site(
                document("g", layer: "global", "labels: {k: v, n: 1}"), document("b", "{v: 2}"),
                document("c", "{v: 3}", schema: "example/Other/v1")))
        await client.put("z", document("p", "'hunter2'", schema: "deckhand/Passphrase/v1", storage: "encrypted"))
        return client
    }

    private func names(_ answer: DeckhandClient.Response) -> [String] {
        answer.documents.compactMap { $0["metadata"]?["name"]?.stringValue }
    }

    @Test(
        "filters narrow what is answered",
        arguments: [
            ("schema=example", ["g", "b", "c"]), ("schema=example/Kind", ["g", "b"]),
            ("schema=example/Kind/v1", ["g", "b"]),
            ("schema=exam", []), ("schema=example&schema=example/Other/v1", ["c"]),
            ("metadata.name=b&metadata.name=c", ["b", "c"]), ("metadata.layeringDefinition.layer=global", ["g"]),
            ("metadata.label=k=v", ["g"]), ("metadata.label=k=v&metadata.label=n=1", ["g"]), ("metadata.label=k", []),
            ("metadata.label=k=v&metadata.label=n=2", []), ("status.bucket=z", ["p"]),
            ("metadata.layeringDefinition.abstract=TRUE", []), ("status.bucket=a&limit=2", ["layering-policy", "g"]),
            ("limit=0", []), ("limit=-1", ["layering-policy"]), ("sort=metadata.name&schema=example", ["b", "c", "g"]),
            ("sort=schema&sort=metadata.name&order=desc&schema=example", ["c", "g", "b"]),
            ("order=desc", ["p", "c", "b", "g", "layering-policy"]), ("unknown=1&metadata.name=b", ["b"]),
        ])
    func filters(query: String, expected: [String]) async throws {
        let client = try await client()
        let answer = await client.get("/revisions/2/documents?\(query)")
        #expect(answer.status == 200)
        #expect(names(answer) == expected)
    }

    @Test("rendered documents take the same filters, but for abstract")
    func rendered() async throws {
        let client = try await client()
        let path = "/revisions/2/rendered-documents"
        #expect(names(await client.get(path + "?schema=example/Kind&sort=metadata.name")) == ["b", "g"])
        #expect(names(await client.get(path + "?metadata.layeringDefinition.abstract=true&metadata.name=b")) == ["b"])
        #expect(await client.get(path + "?metadata.name=none").text.isEmpty)
    }

    @Test("secrets are shown as references, rendered in clear, and hidden where the client wants it")
    func redaction() async throws {
        let client = try await client()
        let raw = await client.get("/revisions/2/documents?metadata.name=p")
        #expect(raw.document["data"]?.stringValue?.contains("/secrets/") == true)
        let clear = await client.get("/revisions/2/rendered-documents")
        #expect(clear.text.contains("hunter2"))
        let hidden = await client.get("/revisions/2/rendered-documents?cleartext-secrets=false")
        #expect(!hidden.text.contains("hunter2"))
        #expect(hidden.text.contains("storagePolicy: encrypted"))
        #expect(await client.get("/revisions/2/rendered-documents").text == clear.text)
        let hiddenRaw = await client.get("/revisions/2/documents?metadata.name=p&cleartext-secrets=false")
        #expect(hiddenRaw.document["data"]?.stringValue?.count == 64)
    }

    @Test("ValidationPolicies are never shown, but their bucket is")
    func validationPolicy() async throws {
        let client = try DeckhandClient()
        let policy = """
            schema: deckhand/ValidationPolicy/v1
            metadata: {schema: metadata/Control/v1, name: v}
            data: {validations: [{name: a-validation}]}
            """
        let put = await client.put("a", policy)
        #expect(put.document == ["status": ["bucket": "a", "revision": 1]])
        #expect(await client.get("/revisions/1/documents").document == put.document)
        let shown = await client.get("/revisions/1").document
        #expect(shown["status"] == "failed")
        #expect(
            shown["validationPolicies"] == [
                ["name": "v", "status": "unknown", "url": "https://deckhand/api/v1.0/revisions/1"]
            ])
    }
}

@Suite("Deckhand's API: tags, rollback, validations")
struct DeckhandActionTests {
    @Test("tags are mappings of their names")
    func tags() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        #expect(await client.send(.post, "/revisions/1/tags/bar", "last: good").document == ["bar": ["last": "good"]])
        #expect(await client.send(.post, "/revisions/1/tags/foo").status == 201)
        #expect(await client.send(.post, "/revisions/1/tags/foo", "n: 1").status == 201)
        #expect(await client.get("/revisions/1/tags").document == ["bar": ["last": "good"], "foo": ["n": 1]])
        #expect(await client.get("/revisions/1/tags/foo").document == ["foo": ["n": 1]])
        let bad = await client.send(.post, "/revisions/1/tags/bad", "[1]")
        #expect(bad.status == 400)
        #expect(bad.errorType == "RevisionTagBadFormat")
        #expect(await client.send(.post, "/revisions/9/tags/foo").status == 404)
        #expect(await client.send(.delete, "/revisions/1/tags/foo").status == 204)
        #expect(await client.send(.delete, "/revisions/1/tags/foo").status == 404)
        #expect(await client.send(.delete, "/revisions/1/tags").status == 204)
        #expect(await client.get("/revisions/1/tags").text == "{}\n")
    }

    @Test("a rollback answers the new revision")
    func rollback() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        await client.put("a", document("x", "{v: 2}"))
        let answer = await client.send(.post, "/rollback/1")
        #expect(answer.status == 201)
        #expect(answer.document["id"] == 3)
        #expect(await client.get("/revisions/3/documents").document["data"] == ["v": 1])
        #expect(await client.send(.post, "/rollback/77").errorType == "RevisionNotFound")
        #expect(await client.send(.post, "/rollback/x").errorType == "HTTPRouteNotFound")
        #expect(await client.get("/revisions/1/diff/2").document == ["a": "modified"])
    }

    @Test("validations are posted, listed, and shown by entry")
    func validations() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        let posted = await client.send(
            .post, "/revisions/1/validations/n",
            "status: failure\nvalidator: {name: v, version: '1'}\nerrors: [{message: m}]")
        #expect(posted.status == 201)
        #expect(posted.document == ["status": "failure", "validator": ["name": "v", "version": "1"]])
        #expect(
            await client.get("/revisions/1/validations").document == [
                "count": 1, "results": [["name": "n", "status": "failure"]],
            ])
        #expect(
            await client.get("/revisions/1/validations/n").document == [
                "count": 1, "results": [["id": 0, "status": "failure"]],
            ])
        let entry: Value = [
            "createdAt": nil, "errors": [["message": "m"]], "expiresAfter": nil, "name": "n", "status": "failure",
        ]
        #expect(await client.get("/revisions/1/validations/n/entries/0").document == entry)
        #expect(await client.get("/revisions/1/validations/detail").document["results"]?[0]?["id"] == 0)
        #expect(await client.send(.post, "/revisions/1/validations/n").message == "The request body must not be empty.")
    }
}
