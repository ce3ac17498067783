import HTTPTypes
import OrderedCollections
import Primitives
import Testing
import YAML

@testable import API

@Suite("Deckhand's API: JSON for those who ask for it")
struct JSONAnswerTests {
    private struct Endpoint {
        let method: HTTPRequest.Method
        let path: String
        var body = ""
    }

    /// One request to every endpoint that has an answer with a body, errors of every kind at the end.
    private static let endpoints: [Endpoint] = [
        Endpoint(method: .put, path: "/buckets/b/documents", body: document("y")),
        Endpoint(method: .put, path: "/buckets/b/documents"),
        Endpoint(method: .put, path: "/buckets/b/documents"),
        Endpoint(method: .get, path: "/revisions"), Endpoint(method: .get, path: "/revisions/1"),
        Endpoint(method: .get, path: "/revisions/1/documents"),
        Endpoint(method: .get, path: "/revisions/1/documents?metadata.name=none"),
        Endpoint(method: .get, path: "/revisions/1/rendered-documents"),
        Endpoint(method: .get, path: "/revisions/1/rendered-documents?cleartext-secrets=false"),
        Endpoint(method: .get, path: "/revisions/1/rendered-documents?sort=metadata.name&limit=1"),
        Endpoint(
            method: .get, path: "/revisions/1/rendered-documents?explain=.v&schema=example/Kind/v1&metadata.name=x"),
        Endpoint(method: .post, path: "/revisions/1/tags/t", body: "k: [1, ü]"),
        Endpoint(method: .get, path: "/revisions/1/tags"), Endpoint(method: .get, path: "/revisions/1/tags/t"),
        Endpoint(method: .get, path: "/revisions/1/diff/2"), Endpoint(method: .get, path: "/revisions/1/deepdiff/1"),
        Endpoint(
            method: .post, path: "/revisions/1/validations/v", body: "{status: success, validator: {name: v}}"),
        Endpoint(method: .get, path: "/revisions/1/validations"),
        Endpoint(method: .get, path: "/revisions/1/validations/detail"),
        Endpoint(method: .get, path: "/revisions/1/validations/v"),
        Endpoint(method: .get, path: "/revisions/1/validations/v/entries/0"),
        Endpoint(method: .post, path: "/rollback/1"),
        Endpoint(method: .get, path: "/revisions/77"), Endpoint(method: .get, path: "/revisions/77/rendered-documents"),
        Endpoint(method: .put, path: "/buckets/b/documents", body: "schema: x"),
        Endpoint(method: .put, path: "/buckets/b/documents", body: "a: ["),
        Endpoint(method: .put, path: "/buckets/b/documents", body: document("x")),
        Endpoint(method: .get, path: "/revisions/1/documents?limit=x"), Endpoint(method: .delete, path: "/revisions/1"),
        Endpoint(method: .post, path: "/revisions/1/tags/t", body: "[1]"),
        Endpoint(method: .get, path: "/revisions/1/diff/x"), Endpoint(method: .post, path: "/rollback/x"),
    ]

    @Test("every endpoint and every error answers the same data in JSON as in YAML")
    func both() async throws {
        let yaml = try DeckhandClient()
        let json = try DeckhandClient()
        for client in [yaml, json] { await client.put("a", site(document("x", "{v: [1, null, 'ü'], '0': 1.5}"))) }
        for endpoint in Self.endpoints {
            let inYAML = await yaml.send(endpoint.method, endpoint.path, endpoint.body)
            let inJSON = await json.send(
                endpoint.method, endpoint.path, endpoint.body, headers: [.accept: "application/json"])
            #expect(inYAML.status == inJSON.status, "\(endpoint.method) \(endpoint.path)")
            #expect(inYAML.response.headers[.contentType] == "application/x-yaml", "\(endpoint.path)")
            #expect(inJSON.response.headers[.contentType] == "application/json", "\(endpoint.path)")
            let documents = try YAML.load(inYAML.text).map { $0.withoutTimes() }
            let value = try Value(json: inJSON.text).withoutTimes()
            // A stream of documents is a list; everything else is itself.
            let isStream =
                inYAML.status < 400 && endpoint.path.hasSuffix("documents")
                || endpoint.path.contains("documents?") && inYAML.status < 400 && !endpoint.path.contains("explain")
            #expect(value == (isStream ? .array(documents) : documents.first), "\(endpoint.method) \(endpoint.path)")
        }
    }

    @Test(
        "who accepts YAML as gladly, or anything, or says nothing, gets YAML",
        arguments: [
            (nil, false), ("*/*", false), ("application/x-yaml", false),
            ("application/x-yaml, application/json", false),
            ("text/html", false), ("application/json;q=0", false), ("application/json;q=0.5, text/yaml", false),
            ("application/jsonp", false), ("application/JSON, */*;q=0.1", true),
            ("application/yaml;q=0.2, application/json", true),
            ("application/json, text/plain, */*", true), ("application/vnd.yaml-list, application/json", true),
        ] as [(String?, Bool)])
    func negotiation(accept: String?, isJSON: Bool) async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        let answer = await client.send(.get, "/revisions", headers: accept.map { [.accept: $0] } ?? [:])
        #expect(answer.response.headers[.contentType] == (isJSON ? "application/json" : "application/x-yaml"))
    }

    @Test("answers without a body have no type in JSON either")
    func noContent() async throws {
        let client = try DeckhandClient()
        await client.put("a", document("x"))
        for (method, path) in [(HTTPRequest.Method.delete, "/revisions/1/tags"), (.delete, "/revisions")] {
            let answer = await client.send(method, path, headers: [.accept: "application/json"])
            #expect(answer.status == 204)
            #expect(answer.text.isEmpty)
            #expect(answer.response.headers[.contentType] == nil)
        }
    }

    @Test("YAML and JSON of one rendering have tags of their own")
    func tags() async throws {
        let client = try DeckhandClient()
        await client.put("a", site(document("x")))
        let path = "/revisions/1/rendered-documents"
        let yaml = try #require(await client.get(path).response.headers[.eTag])
        let json = try #require(
            await client.send(.get, path, headers: [.accept: "application/json"]).response.headers[.eTag])
        #expect(yaml != json)
        let cached = await client.send(.get, path, headers: [.accept: "application/json", .ifNoneMatch: json])
        #expect(cached.status == 304)
        #expect(
            await client.send(.get, path, headers: [.accept: "application/json", .ifNoneMatch: yaml]).status == 200)
    }
}

extension Value {
    /// The same without what two systems cannot have in common.
    fileprivate func withoutTimes() -> Value {
        switch self {
        case .object(let members):
            .object(
                Value.Object(
                    uniqueKeysWithValues: members.filter { $0.key != "createdAt" }
                        .sorted { $0.key < $1.key }.map { ($0.key, $0.value.withoutTimes()) }))
        case .array(let elements): .array(elements.map { $0.withoutTimes() })
        default: self
        }
    }
}
