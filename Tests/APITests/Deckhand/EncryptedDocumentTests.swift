import HTTPTypes
import OrderedCollections
import Primitives
import Testing

@testable import API

@Suite("Who may store and see encrypted documents")
struct EncryptedDocumentTests {
    /// Roles are the names of the rules that a caller satisfies.
    private static let access = AccessControl(authorizer: { caller, rule, _ in caller.roles.contains(rule) })
    private static let author = caller("create_cleartext_documents", "list_revisions")
    private static let secretAuthor = caller("create_cleartext_documents", "create_encrypted_documents")
    private static let reader = caller("list_cleartext_documents")
    private static let secretReader = caller("list_cleartext_documents", "list_encrypted_documents")
    private static let passphrase = document(
        "key", "hunter2", schema: "deckhand/Passphrase/v1", storage: "encrypted")

    private static func caller(_ rules: String...) -> Caller {
        Caller(name: "tester", roles: Set(rules.map { "deckhand:\($0)" }), isOfServiceProject: true)
    }

    @Test("who may not store encrypted documents is refused, and nothing of the body is stored")
    func storing() async throws {
        let client = try DeckhandClient(access: Self.access)
        func put(_ documents: String, _ caller: Caller) async -> DeckhandClient.Response {
            await client.send(.put, "/buckets/a/documents", documents, caller: caller)
        }
        let refused = await put(site(document("x"), Self.passphrase), Self.author)
        #expect(refused.status == 403)
        #expect(refused.errorType == "HTTPForbidden")
        #expect(
            refused.message == "Policy doesn't allow deckhand:create_encrypted_documents to be performed")
        let empty = await client.send(.get, "/revisions", caller: Self.author)
        #expect(empty.document["count"] == 0)
        #expect(await put(site(document("x")), Self.author).status == 200)
        #expect(await put(site(document("x"), Self.passphrase), Self.secretAuthor).status == 200)
    }

    @Test("who may not see encrypted documents gets the others, without an error")
    func seeing() async throws {
        let client = try DeckhandClient(access: Self.access)
        let stored = await client.send(
            .put, "/buckets/a/documents", site(document("x"), Self.passphrase), caller: Self.secretAuthor)
        #expect(stored.status == 200)
        for path in ["documents", "rendered-documents"] {
            func names(_ caller: Caller, _ query: String = "") async -> [String] {
                let answer = await client.send(.get, "/revisions/1/\(path)?\(query)", caller: caller)
                #expect(answer.status == 200, "\(path) \(query)")
                #expect(!answer.text.contains("hunter2") || caller == Self.secretReader)
                return answer.documents.compactMap { $0["metadata"]?["name"]?.stringValue }.sorted()
            }
            #expect(await names(Self.reader) == ["layering-policy", "x"], "\(path)")
            #expect(await names(Self.reader, "metadata.name=key") == [], "\(path)")
            #expect(await names(Self.secretReader) == ["key", "layering-policy", "x"], "\(path)")
        }
    }
}
