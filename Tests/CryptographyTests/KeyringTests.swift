import Cryptography
import Primitives
import Testing

@Suite("A ring of keys")
struct KeyringTests {
    private let first = Secret([UInt8](repeating: 1, count: 32))
    private let second = Secret([UInt8](repeating: 2, count: 32))

    @Test("what an older key sealed opens, and is told from what the current one sealed")
    func replacement() throws {
        let keys = Keyring(first)
        let old = try keys.seal([1, 2, 3], for: "a")
        #expect(try keys.open(old, for: "a").isCurrent)
        keys.replace(with: second)
        #expect(keys.current.reveal() == second.reveal())
        let opened = try keys.open(old, for: "a")
        #expect(opened.plaintext.reveal() == [1, 2, 3] && !opened.isCurrent)
        #expect(try keys.open(try keys.seal([], for: "a"), for: "a").isCurrent)
        keys.replace(with: first)
        #expect(try keys.open(old, for: "a").isCurrent)
    }

    @Test("a key that is dropped opens nothing any more")
    func dropped() throws {
        let keys = Keyring(second, previous: [first])
        let (old, new) = (try Keyring(first).seal([1], for: "a"), try keys.seal([2], for: "a"))
        #expect(try keys.open(old, for: "a").plaintext.reveal() == [1])
        keys.dropPrevious()
        keys.dropPrevious()
        #expect(throws: CryptoError.self) { try keys.open(old, for: "a") }
        #expect(try keys.open(new, for: "a").isCurrent)
    }

    @Test("nothing opens for another context, under another key, or cut short")
    func errors() throws {
        let sealed = try Keyring(first).seal([1, 2, 3], for: "a")
        #expect(throws: CryptoError.self) { try Keyring(first).open(sealed, for: "b") }
        #expect(throws: CryptoError.self) { try Keyring(second).open(sealed, for: "a") }
        for count in 0..<sealed.count {
            #expect(throws: CryptoError.self) { try Keyring(first).open(Array(sealed.prefix(count)), for: "a") }
        }
    }
}
