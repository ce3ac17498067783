import Deckhand
import Primitives
import Store
import Synchronization
import TestSupport
import Testing

@testable import Drydock

@Suite("A clock that is set")
struct ClockTests {
    @Test("tasks are carried out in the order of their creation, whatever the clock said")
    func order() async throws {
        let folder = try OwnedFolder()
        let database = try Database.open(
            path: folder.path + "/boatyard.db",
            migrations: (DeckhandSchema.migrations + DrydockMigration.all).withoutGaps)
        let wall = Mutex(Timestamp(microseconds: 1_800_000_000_000_000))
        let store = TaskStore(
            database: database, notifier: Notifier<DrydockTopic>(), listener: .nobody, now: { wall.withLock { $0 } })
        var ids: [String] = []
        for seconds in [0.0, -157_680_000.0, 3600.0, -1.0] {
            wall.withLock { $0 = $0.adding(seconds: seconds) }
            ids.append(try await store.create(TaskRequest(action: .noop, design: "", createdBy: "a")).id)
        }
        #expect(try await store.all().map(\.id) == ids)
        for id in ids {
            #expect(try await store.nextOpen()?.id == id)
            _ = try await store.terminate(id, reason: "done")
        }
        #expect(try await store.nextOpen() == nil)
        await database.close()
        withExtendedLifetime(folder) {}
    }
}
