import Cryptography
import Foundation
import Logging
import Primitives
import Store
import SystemSupport
import Testing

@testable import BoatyardDaemon

@Suite("A rotation of the master key, from within")
struct KeyRotationTests {
    @Test("one goes on at a time, be it begun or resumed, and none of the keys before stays in memory")
    func onlyOne() async throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let state = try StateDirectory(path: folder.path + "/state")
        let old = try MasterKey.load(state: state, mayMake: true)
        let next = try MasterKey.prepareNext(state: state)
        let found = try MasterKey.keys(state: state, mayMake: true)
        #expect(found.current.reveal() == next.reveal() && found.previous.map { $0.reveal() } == [old.reveal()])
        let database = try Database.open(path: folder.path + "/test.db", migrations: [])
        let keys = Keyring(found.current, previous: found.previous)
        let sealed = try Keyring(old).seal([1], for: "a")
        let (beginnings, begin) = AsyncStream<Void>.makeStream()
        let semaphore = DispatchSemaphore(value: 0)
        let rotation = MasterKeyRotation(
            state: state, keys: keys, database: database,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            renewals: [
                { _ in
                    _ = try? keys.open(sealed, for: "a")
                    begin.yield()
                    semaphore.wait()
                    return 1
                }
            ], files: { 0 }, space: { _ in 0 })
        async let resumed: Void = rotation.resume(found)
        var begun = beginnings.makeAsyncIterator()
        await begun.next()
        #expect(await rotation.running != nil, "whoever asks for a rotation now waits for this one")
        async let joined = rotation.rotate()
        semaphore.signal()
        // For a rotation that came too late to join.
        semaphore.signal()
        await resumed
        _ = try? await joined
        #expect(await rotation.running == nil)
        #expect(throws: CryptoError.self) { try keys.open(sealed, for: "a") }
        #expect(try MasterKey.keys(state: state, mayMake: true).previous.isEmpty)
        #expect(try MasterKey.load(state: state, mayMake: true).reveal() == keys.current.reveal())
        await database.close()
    }

    @Test("nothing is begun where the disk has no room for it, and what stops it halfway is told as that")
    func obstacles() async throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let state = try StateDirectory(path: folder.path + "/state")
        let old = try MasterKey.load(state: state, mayMake: true)
        let database = try Database.open(path: folder.path + "/test.db", migrations: [])
        let keys = Keyring(old)
        func rotation(space: Int, _ obstacle: BoatyardError?) -> MasterKeyRotation {
            MasterKeyRotation(
                state: state, keys: keys, database: database,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, renewals: [],
                files: {
                    if let obstacle { throw obstacle }
                    return 0
                }, space: { _ in space })
        }
        let refused = await #expect(throws: BoatyardError.self) {
            try await rotation(space: Int.max / 2, nil).rotate()
        }
        #expect(refused?.code == "store.full" && refused?.kind == .unavailable)
        #expect(refused?.message.contains("nothing has changed") == true)
        #expect(keys.current.reveal() == old.reveal())
        #expect(try MasterKey.keys(state: state, mayMake: true).previous.isEmpty)

        let readOnly = BoatyardError("store.readonly", "b.db: read-only", kind: .unavailable)
        let stopped = await #expect(throws: BoatyardError.self) { try await rotation(space: 0, readOnly).rotate() }
        #expect(stopped?.code == "store.readonly" && stopped?.kind == .unavailable)
        #expect(stopped?.description.contains("both keys stay in use") == true)
        #expect(stopped?.description.contains("b.db: read-only") == true)
        #expect(try MasterKey.keys(state: state, mayMake: true).previous.count == 1)
        // The next one ends it with the key that is there.
        let next = keys.current.reveal()
        #expect(try await rotation(space: 0, nil).rotate() == 0)
        #expect(try MasterKey.load(state: state, mayMake: false).reveal() == next)
        await database.close()
    }
}
