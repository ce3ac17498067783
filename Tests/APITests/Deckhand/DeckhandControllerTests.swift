import HTTPTypes
import OrderedCollections
import Primitives
import Testing
import YAML

@testable import API

@Suite("Deckhand's API: documents and revisions")
struct DeckhandControllerTests {
    @Test("a PUT answers the documents with their defaults, in Deckhand's form")
    func put() async throws {
        let client = try DeckhandClient()
        let answer = await client.put("a", document("x"))
        #expect(answer.status == 200)
        #expect(answer.response.headers[.contentType] == "application/x-yaml")
        #expect(answer.response.headers[try #require(.init("X-Deckhand-Req"))]?.hasPrefix("req-") == true)
        #expect(
            answer.text == """
                data:
                  v: 1
                id: 1
                metadata:
                  layeringDefinition:
                    abstract: false
                    layer: site
                  name: x
                  replacement: false
                  schema: metadata/Document/v1
                  storagePolicy: cleartext
                schema: example/Kind/v1
                status:
                  bucket: a
                  revision: 1

                """)
    }

    @Test("an emptied bucket answers its status, one that never held anything nothing")
    func empty() async throws {
        let client = try DeckhandClient()
        let nothing = await client.put("a", "")
        #expect(nothing.status == 200)
        #expect(nothing.text.isEmpty)
        await client.put("a", document("x"))
        let emptied = await client.put("a", "")
        #expect(emptied.document == ["status": ["bucket": "a", "revision": 2]])
        #expect(await client.get("/revisions/2/documents").text.isEmpty)
    }

    @Test("revisions are listed and shown")
    func revisions() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        await client.put("b", document("y"))
        #expect(await client.send(.post, "/revisions/1/tags/foo").text == "foo: {}\n")
        let list = await client.get("/revisions").document
        #expect(list["count"] == 2)
        #expect(list["results"]?[0]?["buckets"] == ["a"])
        #expect(list["results"]?[0]?["tags"] == ["foo"])
        #expect(list["results"]?[0]?["createdAt"]?.stringValue?.count == 26)
        #expect(await client.get("/revisions?tag=bar&tag=foo").document["count"] == 1)
        let shown = await client.get("/revisions/1/").document
        #expect(shown["url"] == "https://deckhand/api/v1.0/revisions/1")
        #expect(shown["status"] == "success")
        #expect(shown["validationPolicies"] == [])
        #expect(await client.send(.delete, "/revisions").status == 204)
        #expect(await client.get("/revisions").document == ["count": 0, "results": []])
    }

    @Test("every error has Deckhand's body")
    func errorBody() async throws {
        let client = try DeckhandClient()
        let answer = await client.get("/revisions/77")
        #expect(answer.status == 404)
        #expect(
            answer.document.json(.compact, sortedKeys: true) == """
                {"apiVersion":"v1.0","code":"404 Not Found","details":{"errorCount":1,"errorType":"RevisionNotFound",\
                "messageList":[{"error":true,"message":"The requested revision=77 was not found"}]},"kind":"Status",\
                "message":"The requested revision=77 was not found","metadata":{},"reason":"Unspecified","retry":false,\
                "status":"Failure"}
                """)
    }

    @Test(
        "errors have their types",
        arguments: [
            ("/revisions/77/documents", 404, "HTTPNotFound"), ("/revisions/77/rendered-documents", 404, "HTTPNotFound"),
            ("/revisions/77/tags", 404, "RevisionNotFound"), ("/revisions/1/tags/none", 404, "RevisionTagNotFound"),
            ("/revisions/x", 404, "RevisionNotFound"), ("/revisions/0", 404, "RevisionNotFound"),
            ("/revisions/+1", 404, "RevisionNotFound"), ("/revisions/-1", 404, "RevisionNotFound"),
            ("/revisions/%2B1/documents", 404, "HTTPNotFound"), ("/revisions/+1/tags", 404, "RevisionNotFound"),
            ("/revisions/+1/diff/1", 400, "InvalidInputException"), ("/revisions/-1/diff/1", 404, "RevisionNotFound"),
            ("/revisions/99999999999999999999/diff/1", 404, "RevisionNotFound"),
            ("/revisions/1/documents?limit=368142150923239798341632", 200, nil),
            ("/revisions/a/diff/1", 400, "InvalidInputException"), ("/revisions/1/diff/7", 404, "RevisionNotFound"),
            ("/revisions/1/deepdiff/7", 404, "HTTPNotFound"),
            ("/revisions/1/validations/detail", 200, nil), ("/revisions/9/validations/detail", 404, "HTTPNotFound"),
            ("/revisions/1/validations/n/entries/x", 400, "HTTPBadRequest"),
            ("/revisions/1/validations/n/entries/0", 404, "ValidationNotFound"),
            ("/revisions/1/rendered-documents", 409, "LayeringPolicyNotFound"),
            ("/revisions/1/documents?limit=x", 400, "HTTPInvalidParam"),
            ("/revisions/1/documents?cleartext-secrets=maybe", 400, "HTTPInvalidParam"),
            ("/revisions/1/documents?sort=a[", 400, "InvalidInputException"),
        ])
    func errors(path: String, status: Int, type: String?) async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        let answer = await client.get(path)
        #expect(answer.status == status)
        #expect(answer.errorType == type)
    }

    @Test(
        "bodies that are no documents are refused, and change nothing",
        arguments: [
            ("a: [", "The request body must be properly formatted YAML. Details: "),
            (
                "a: 1\n---\n---\n- 1\n",
                "Expected a list of valid objects. Invalid entries found at following indexes: 2,3."
            ),
            ("---\n", "Expected a list of valid objects. Invalid entries found at following indexes: 1."),
            ("schema: x", "The provided documents failed schema validation"),
        ])
    func badBodies(body: String, message: String) async throws {
        let client = try DeckhandClient()
        let answer = await client.put("a", body)
        #expect(answer.status == 400)
        #expect(answer.message?.hasPrefix(message) == true)
        #expect(await client.get("/revisions").document["count"] == 0)
    }

    @Test("validation problems are listed with document and name")
    func validationMessages() async throws {
        let client = try DeckhandClient()
        let answer = await client.put("a", "schema: a/b/v1\nmetadata: {schema: metadata/Document/v1, name: x}")
        #expect(answer.document["reason"] == "Validation")
        #expect(answer.document["details"]?["errorCount"] == 2)
        let message = try #require(answer.document["details"]?["messageList"]?[0])
        #expect(message["documents"] == [["layer": "", "name": "x", "schema": "a/b/v1"]])
        #expect(message["name"] == "D001")
        #expect(message["kind"] == "ValidationMessage")
    }

    @Test("bodies must say that they are YAML")
    func contentType() async throws {
        let client = try DeckhandClient()
        let json = await client.send(
            .put, "/buckets/a/documents", document("x"), headers: [.contentType: "application/json"])
        #expect(json.status == 415)
        #expect(
            json.message
                == "Unexpected content type: application/json. Expected content types are: ['application/x-yaml'].")
        let parameters = await client.send(
            .put, "/buckets/a/documents", document("x"), headers: [.contentType: "application/x-yaml; charset=utf-8"])
        #expect(parameters.status == 200)
    }

    @Test("a wrong method names the right ones, markers are echoed, and callers without a role are refused")
    func headers() async throws {
        let client = try DeckhandClient()
        let wrong = await client.send(.delete, "/revisions/1")
        #expect(wrong.status == 405)
        #expect(wrong.errorType == "HTTPMethodNotAllowed")
        #expect(wrong.response.headers[.allow] == "GET, OPTIONS")
        let marker = try #require(HTTPField.Name("X-Context-Marker"))
        let echoed = await client.send(.get, "/revisions", headers: [marker: "abc"])
        #expect(echoed.response.headers[marker] == "abc")
        let viewer = Caller(name: "viewer", roles: ["viewer"], isOfServiceProject: true)
        let refused = await client.send(.get, "/revisions", caller: viewer)
        #expect(refused.status == 403)
        #expect(refused.errorType == "HTTPForbidden")
        #expect(refused.message == "Policy doesn't allow deckhand:list_revisions to be performed")
    }

    @Test("a request without a caller, and a body beyond the limit of its route, are refused in Deckhand's form")
    func refused() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        await client.put("b", document("y"))
        let nobody = await client.send(.get, "/revisions", caller: nil)
        #expect(nobody.status == 401)
        #expect(nobody.errorType == "HTTPUnauthorized")
        #expect(nobody.message == "Credentials are not established")
        let fits = [UInt8](repeating: UInt8(ascii: " "), count: 4096)
        #expect(await client.send(.post, "/rollback/1", bytes: fits).status == 201)
        let large = await client.send(.post, "/rollback/1", bytes: fits + [UInt8(ascii: " ")])
        #expect(large.status == 413)
        #expect(large.errorType == "HTTPPayloadTooLarge")
        #expect(large.message == "The body is longer than the 4096 bytes this path takes")
        #expect(large.document["code"] == "413 Content Too Large")
        #expect(await client.get("/revisions").document["count"] == 3)
    }

    @Test("JSON for those who ask for it")
    func json() async throws {
        let client = try DeckhandClient()
        await client.put("a", site(document("x")))
        let answer = await client.send(
            .get, "/revisions/1/rendered-documents?metadata.name=x", headers: [.accept: "application/json"])
        #expect(answer.response.headers[.contentType] == "application/json")
        #expect(try Value(json: answer.text)[0]?["data"] == ["v": 1])
    }

    @Test("an unchanged rendering is not sent twice to who has it")
    func entityTag() async throws {
        let client = try DeckhandClient()
        await client.put("a", site(document("x")))
        let first = await client.get("/revisions/1/rendered-documents")
        let tag = try #require(first.response.headers[.eTag])
        let again = await client.send(.get, "/revisions/1/rendered-documents", headers: [.ifNoneMatch: tag])
        #expect(again.status == 304)
        #expect(again.text.isEmpty)
        let other = await client.send(
            .get, "/revisions/1/rendered-documents", headers: [.ifMatch: "\"x\"", .ifNoneMatch: tag])
        #expect(other.status == 412 && other.text.isEmpty, "If-Match counts first")
        await client.put("b", document("y"))
        #expect(await client.get("/revisions/1/rendered-documents").text == first.text)
    }
}
