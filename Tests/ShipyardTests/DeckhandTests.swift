import Deckhand
import OrderedCollections
import Primitives
import Testing

@testable import Shipyard

/// What Deckhand has a say in.
@Suite struct DeckhandTests {
    private static let site = """
        schema: deckhand/LayeringPolicy/v1
        metadata: {schema: metadata/Control/v1, name: layering-policy}
        data: {layerOrder: [global, site]}
        ---
        schema: shipyard/DeploymentConfiguration/v1
        metadata:
          schema: metadata/Document/v1
          name: deployment-configuration
          storagePolicy: cleartext
          layeringDefinition: {abstract: false, layer: site}
        data: {armada: {manifest: full-site}}
        """

    private static func secret(_ text: String) -> String {
        """
        schema: deckhand/Passphrase/v1
        metadata:
          schema: metadata/Document/v1
          name: a-passphrase
          storagePolicy: encrypted
          layeringDefinition: {abstract: false, layer: site}
        data: \(text)
        """
    }

    private func withServices(_ body: (ShipyardService, DocumentService, Fixture) async throws -> Void) async throws {
        try await Fixture.withService { fixture, service in
            try await body(service, service.dependencies.documents, fixture)
        }
    }

    private func add(_ service: ShipyardService, _ collection: String, _ text: String, _ mode: String? = nil)
        async throws
    {
        let report = try await service.addCollection(
            collection, body: Array(text.utf8), bufferMode: mode, isEmptyCollection: false)
        #expect(report.isSuccess, "\(report)")
    }

    @Test("a site goes from documents to Complete, and an update over it too")
    func wholeWay() async throws {
        try await withServices { service, documents, fixture in
            try await add(service, "design", Self.site)
            try await add(service, "secrets", Self.secret("open sesame"), "append")
            let report = try await service.commit(force: false, dryRun: false)
            #expect(report.isAccepted, "\(report)")
            let id = try await fixture.create(service, "deploy_site")
            await service.waitUntilFinished(id)
            #expect(try await service.action(id, verbosity: 0)["action_lifecycle"] == "Complete")
            let tags = try await documents.tags(revision: 2)
            #expect(Set(tags.keys) == ["committed", "site-action-success"])

            try await add(service, "secrets", Self.secret("open barley"))
            #expect(try await service.commit(force: false, dryRun: false).isAccepted)
            let update = try await fixture.create(service, "update_software")
            await service.waitUntilFinished(update)
            #expect(try await service.action(update, verbosity: 0)["action_lifecycle"] == "Complete")
        }
    }

    @Test("secrets are hidden unless they are asked for in clear")
    func secrets() async throws {
        try await withServices { service, _, _ in
            try await add(service, "design", Self.site)
            try await add(service, "secrets", Self.secret("open sesame"), "append")
            let hidden = String(
                decoding: try await service.renderedDocuments(version: "buffer", cleartext: false), as: UTF8.self)
            #expect(hidden.contains("a-passphrase"))
            #expect(!hidden.contains("open sesame"))
            let clear = String(
                decoding: try await service.renderedDocuments(version: "buffer", cleartext: true), as: UTF8.self)
            #expect(clear.contains("open sesame"))
            for cleartext in [false, true] {
                let bytes = try await service.collection("secrets", version: "buffer", cleartext: cleartext)
                let text = String(decoding: bytes, as: UTF8.self)
                #expect(text.contains("a-passphrase") && text.contains("open sesame") == cleartext, "\(text)")
            }
        }
    }

    @Test("what Deckhand refuses changes nothing and is told in its words")
    func errors() async throws {
        try await withServices { service, _, _ in
            try await add(service, "design", Self.site)
            for text in ["schema: x\n", "a: &a [*a, *a]\n", "schema: [\n"] {
                let error = await #expect(throws: ShipyardError.self) {
                    try await add(service, "other", text, "append")
                }
                #expect(error?.kind == .invalid)
                #expect(error?.title == "Document(s) invalid syntax or otherwise unsuitable")
            }
            let twice = await #expect(throws: ShipyardError.self) {
                try await add(service, "other", Self.site, "append")
            }
            #expect(twice?.kind == .conflict)
            #expect(twice?.title == "Documents may not exist in more than one collection")
            #expect(try await service.roles().latest == 1)
        }
    }

    @Test("replacing gives up the whole buffer, even before anything was committed")
    func replacing() async throws {
        try await withServices { service, _, _ in
            try await add(service, "secrets", Self.secret("open sesame"))
            try await add(service, "design", Self.site, "replace")
            let status = try await service.collectionStatus(versions: nil)
            #expect(status.arrayValue?.compactMap { $0["collection_name"]?.stringValue } == ["design"])
            #expect(try await service.commit(force: false, dryRun: false).isAccepted)
        }
    }

    @Test("documents that do not render fail the commit with Deckhand's messages")
    func rendering() async throws {
        try await withServices { service, _, _ in
            let broken = """
                ---
                schema: example/Kind/v1
                metadata:
                  schema: metadata/Document/v1
                  name: broken
                  storagePolicy: cleartext
                  layeringDefinition: {abstract: false, layer: nowhere}
                data: {}
                """
            try await add(service, "design", Self.site + "\n" + broken)
            let report = try await service.commit(force: false, dryRun: false)
            #expect(!report.isAccepted)
            #expect(report.messages.first?["message"]?.stringValue?.contains("nowhere") == true)
            #expect(try await service.roles().committed == nil)
        }
    }
}
