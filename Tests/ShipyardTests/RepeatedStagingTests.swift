import Deckhand
import OrderedCollections
import Primitives
import Store
import Testing

@testable import Shipyard

/// What is staged or asked for again.
@Suite struct RepeatedStagingTests {
    private func documents(_ name: String, _ value: Int = 1) -> [UInt8] {
        Array(Fixture.document("example/Kind/v1", name, "{a: \(value)}").utf8)
    }

    private func stage(
        _ service: ShipyardService, _ collection: String, _ body: [UInt8], _ mode: String? = nil
    ) async throws {
        _ = try await service.addCollection(collection, body: body, bufferMode: mode, isEmptyCollection: false)
    }

    private func expectUnchanged(_ service: ShipyardService, _ body: () async throws -> Void) async throws {
        let before = try await service.roles()
        let error = await #expect(throws: ShipyardError.self) { try await body() }
        #expect(error?.problem == .collectionUnchanged)
        #expect(error?.reason == "Collection created no new revision")
        #expect(try await service.roles() == before)
    }

    @Test("an empty collection in the place of the buffer discards it, and one that changes nothing is refused")
    func discarded() async throws {
        try await Fixture.withService { _, service in
            func empty(_ collection: String, _ mode: String? = nil) async throws {
                _ = try await service.addCollection(collection, body: [], bufferMode: mode, isEmptyCollection: true)
            }
            try await stage(service, "a", documents("one"))
            _ = try await service.commit(force: true, dryRun: false)
            try await expectUnchanged(service) { try await empty("never") }
            try await stage(service, "a", documents("one", 2))
            try await stage(service, "b", documents("two"), "append")
            try await expectUnchanged(service) { try await empty("never", "append") }
            try await empty("never", "replace")
            let status = try await service.collectionStatus(versions: nil).arrayValue ?? []
            #expect(status.map { $0["new_status"] } == ["unmodified"])
            try await expectUnchanged(service) { try await stage(service, "a", documents("one")) }
        }
    }

    // "400 Bad Request When: … The request has no new/changed contents for the collection."
    @Test("a collection that is committed as it is posted is refused, in whatever order and mode")
    func committed() async throws {
        try await Fixture.withService { _, service in
            try await stage(service, "a", documents("one") + documents("two"))
            _ = try await service.commit(force: true, dryRun: false)
            for mode in [nil, "append", "replace"] {
                try await expectUnchanged(service) {
                    try await stage(service, "a", documents("two") + documents("one"), mode)
                }
            }
            try await stage(service, "a", documents("one"))
            #expect(try await service.roles().buffer == 2)
        }
    }

    @Test(
        "with other collections in the buffer it is compared with the buffer, and with replace with what is committed")
    func buffer() async throws {
        try await Fixture.withService { _, service in
            try await stage(service, "a", documents("one"))
            _ = try await service.commit(force: true, dryRun: false)
            try await stage(service, "b", documents("two"))
            // The buffer's own conflicts come first.
            let conflict = await #expect(throws: ShipyardError.self) { try await stage(service, "a", documents("one")) }
            #expect(conflict?.kind == .conflict)
            let present = await #expect(throws: ShipyardError.self) {
                try await stage(service, "b", documents("two"), "append")
            }
            #expect(present?.kind == .conflict)
            try await expectUnchanged(service) { try await stage(service, "a", documents("one"), "append") }
            // What replace would give up stays, too.
            try await expectUnchanged(service) { try await stage(service, "a", documents("one"), "replace") }
            #expect(try await service.collectionStatus(versions: nil)[1]?["new_status"] == "created")
            // The same as in the buffer, but not as committed.
            try await stage(service, "b", documents("two"), "replace")
            #expect(try await service.collectionStatus(versions: nil)[1]?["new_status"] == "created")
        }
    }

    @Test("a body that cannot be read does not give the buffer up")
    func unreadable() async throws {
        try await Fixture.withService { _, service in
            try await stage(service, "a", documents("one"))
            let before = try await service.roles()
            for text in ["a: [", "schema: x\n", "just a text\n"] {
                await #expect(throws: ShipyardError.self) { try await stage(service, "b", Array(text.utf8), "replace") }
            }
            #expect(try await service.roles() == before)
        }
    }

    @Test("documents of another committed collection do not give the buffer up")
    func conflicting() async throws {
        try await Fixture.withService { _, service in
            try await stage(service, "a", documents("one"))
            _ = try await service.commit(force: true, dryRun: false)
            try await stage(service, "b", documents("two"))
            let before = (try await service.roles(), try await service.collectionStatus(versions: nil))
            let error = await #expect(throws: ShipyardError.self) {
                try await stage(service, "c", documents("one"), "replace")
            }
            #expect(error?.problem == .documentsConflict)
            #expect(try await service.roles() == before.0)
            #expect(try await service.collectionStatus(versions: nil) == before.1)
            // What only the buffer had is given up, and no conflict.
            try await stage(service, "c", documents("two"), "replace")
            let buffered = try await service.collectionStatus(versions: nil).arrayValue ?? []
            #expect(buffered.filter { $0["new_status"] != "unmodified" }.map { $0["collection_name"] } == ["c"])
        }
    }

    @Test("staging and committing read a few revisions, however many there are")
    func manyRevisions() async throws {
        try await Fixture.withService { _, service in
            let database = service.dependencies.database
            // What cannot be read shows who reads it.
            try await database.write { connection in
                try connection.execute(
                    """
                    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
                    INSERT INTO deckhand_revisions (id, created) SELECT i, i FROM n
                    """)
                try connection.execute(
                    """
                    INSERT INTO deckhand_tags (revision, tag, data)
                    SELECT id, 'committed', x'ff' FROM deckhand_revisions
                    """)
            }
            await #expect(throws: (any Error).self) { try await service.dependencies.documents.revisions() }
            try await stage(service, "a", documents("one"))
            #expect(try await service.commit(force: true, dryRun: false).isAccepted)
            let roles = try await service.roles()
            #expect(roles.committed == 501)
            #expect(roles.hasIntermediateCommit)
            let read = try await service.dependencies.documents.newestRevisions(tagged: RevisionRoles.tags, each: 2)
            #expect(read.map(\.id) == [500, 501])
        }
    }

    @Test("rendered documents are answered from the bytes that Deckhand keeps")
    func renderedOnce() async throws {
        try await Fixture.withSite { _, service in
            func address(_ bytes: [UInt8]) -> UnsafeRawPointer? { bytes.withUnsafeBytes(\.baseAddress) }
            let first = try await service.renderedDocuments(version: "committed", cleartext: false)
            let second = try await service.renderedDocuments(version: "committed", cleartext: false)
            let answer = try await service.dependencies.documents.renderedAnswer(
                revision: 1, CachedRendering.Form(.yaml, isRedacted: true))
            #expect(first == answer.bytes)
            #expect(address(first) == address(answer.bytes))
            #expect(address(second) == address(answer.bytes))
        }
    }
}
