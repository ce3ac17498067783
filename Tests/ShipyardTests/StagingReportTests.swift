import Documents
import Drydock
import DrydockFake
import OrderedCollections
import Primitives
import Store
import Synchronization
import Testing

@testable import Deckhand
@testable import Shipyard

@Suite("The report of what was staged")
struct StagingReportTests {
    private let design = Array(
        (Fixture.layeringPolicy + Fixture.document("drydock/Region/v1", "site", "{tag_definitions: []}")).utf8)

    private func stage(
        _ service: ShipyardService, _ collection: String, _ body: [UInt8], _ mode: String? = nil
    ) async throws -> ValidationReport {
        try await service.addCollection(collection, body: body, bufferMode: mode, isEmptyCollection: false)
    }

    @Test("while one collection is validated another can be staged")
    func lock() async throws {
        try await Fixture.withService { fixture, service in
            let other = Array(Fixture.document("example/Kind/v1", "one", "{a: 1}").utf8)
            let answer = Answer()
            fixture.provisioner.whileValidating {
                guard await answer.isFirst() else { return }
                await answer.keep { try await stage(service, "b", other, "append").isSuccess }
            }
            #expect(try await stage(service, "a", design).isSuccess)
            let staged = try #require(await answer.result).get()
            #expect(staged)
        }
    }

    /// What came of a request that was made during another.
    private actor Answer {
        private(set) var result: Result<Bool, any Error>?
        private var hasBegun = false

        func isFirst() -> Bool {
            defer { hasBegun = true }
            return !hasBegun
        }

        func keep(_ request: @Sendable () async throws -> Bool) async {
            do { result = .success(try await request()) } catch { result = .failure(error) }
        }
    }

    @Test("a dry run neither waits for who changes the documents nor keeps others from it, a commit does")
    func dryRun() async throws {
        try await Fixture.withService { _, service in
            _ = try await stage(service, "a", design)
            let turn = try service.lock.acquire()
            #expect(try await service.commit(force: false, dryRun: true).isDryRun)
            let refused = await #expect(throws: ShipyardError.self) {
                _ = try await service.commit(force: true, dryRun: false)
            }
            #expect(refused?.problem == .documentsLocked)
            service.lock.release(turn)
            #expect(try await service.commit(force: true, dryRun: false).isAccepted)
        }
    }

    @Test("a collection that is staged and cannot be validated is told so, and is staged")
    func failing() async throws {
        try await Fixture.withService { _, service in
            try await service.dependencies.database.write { connection in
                try connection.execute("ALTER TABLE deckhand_validations RENAME TO lost")
            }
            let report = try await stage(service, "a", design)
            #expect(report.isSuccess)
            #expect(report.messages.count == 1)
            #expect(report.messages.first?["level"] == "Warning")
            #expect(report.messages.first?["message"] == "The documents are in the buffer, but could not be validated")
            #expect(report.messages.first?["diagnostic"]?.stringValue?.contains("dry run") == true)
            #expect(try await service.roles().buffer == 1)
            service.lock.release(try service.lock.acquire())
        }
    }

    @Test("documents are rendered once for a POST, and not again for a commit", arguments: [10, 1_200_000])
    func renderedOnce(size: Int) async throws {
        try await Fixture.withService { _, service in
            func counts() -> [Int] {
                service.dependencies.documents.renderingCounts.withLock { [$0.plain, $0.traced] }
            }
            let text = String(repeating: "x", count: size)
            let body = design + Array(Fixture.document("example/Kind/v1", "one", "{a: \(text)}").utf8)
            _ = try await stage(service, "a", body)
            #expect(counts() == [1, 0])
            _ = try await service.commit(force: true, dryRun: true)
            // What is too large to be kept is rendered once for each request.
            #expect(counts() == (size > 1 << 20 ? [2, 0] : [1, 0]))
        }
    }
}
