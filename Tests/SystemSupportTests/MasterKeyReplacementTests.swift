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
        #expect(throws: BoatyardError.self) { try MasterKey.keys(state: state, mayMake: true) }
        #expect(throws: BoatyardError.self) { try MasterKey.prepareNext(state: state) }
    }
}
