import Glibc
import Primitives
import SystemSupport
import TestSupport
import Testing

@Suite("The files of a master key that is replaced")
struct MasterKeyReplacementTests {
    private let folder: OwnedFolder
    private let state: StateDirectory

    init() throws {
        folder = try OwnedFolder()
        state = try StateDirectory(path: folder.path)
    }

    @Test("both keys are there until the new one is adopted, and the new one is made only once")
    func replacement() throws {
        let old = try MasterKey.load(state: state, mayMake: true).reveal()
        #expect(try MasterKey.keys(state: state, mayMake: true).previous.isEmpty)

        let new = try MasterKey.prepareNext(state: state).reveal()
        #expect(new.count == MasterKey.length && new != old)
        #expect(try MasterKey.prepareNext(state: state).reveal() == new)
        let during = try MasterKey.keys(state: state, mayMake: true)
        #expect(during.current.reveal() == new)
        #expect(during.previous.map { $0.reveal() } == [old])

        try MasterKey.adoptNext(state: state)
        try MasterKey.adoptNext(state: state)
        let after = try MasterKey.keys(state: state, mayMake: true)
        #expect(after.current.reveal() == new && after.previous.isEmpty)
        #expect(try MasterKey.load(state: state, mayMake: true).reveal() == new)
    }

    @Test("a new key of the wrong length is refused, not used")
    func damaged() throws {
        _ = try MasterKey.load(state: state, mayMake: true)
        try FileContents.write([1, 2, 3], to: state.path + "/secrets/master.key.next", mode: 0o400)
        let atStart = #expect(throws: BoatyardError.self) { try MasterKey.keys(state: state, mayMake: true) }
        let later = #expect(throws: BoatyardError.self) { try MasterKey.prepareNext(state: state) }
        for refused in [atStart, later] {
            #expect(refused?.message.contains("master.key.next must hold exactly 32 bytes") == true)
            #expect(refused?.message.contains("the new key of a replacement that has not ended") == true)
        }
    }

    @Test("where the old one is missing the new one takes its place only if it opens everything")
    func missing() throws {
        _ = try MasterKey.load(state: state, mayMake: true)
        let new = try MasterKey.prepareNext(state: state).reveal()
        unlink(state.path + "/secrets/master.key")
        let error = try #require(throws: BoatyardError.self) { try MasterKey.keys(state: state, mayMake: false) }
        #expect(error.message.contains("/secrets/master.key is missing"))
        #expect(error.message.contains("/secrets/master.key.next is there"))
        #expect(access(state.path + "/secrets/master.key.next", F_OK) == 0)
        let keys = try MasterKey.keys(state: state, mayMake: false) { $0.reveal() == new }
        #expect(keys.current.reveal() == new && keys.previous.isEmpty)
        #expect(access(state.path + "/secrets/master.key.next", F_OK) != 0)
        #expect(try MasterKey.load(state: state, mayMake: false).reveal() == new)
    }
}
