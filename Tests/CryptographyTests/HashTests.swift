import Cryptography
import Primitives
import Testing

struct HashTests {
    @Test("digests of the empty message and of abc are those of FIPS 180-4")
    func vectors() {
        let abc = Array("abc".utf8)
        #expect(Hash.sha256([]).hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(Hash.sha256(abc).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Hash.sha1([]).hex == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
        #expect(Hash.sha1(abc).hex == "a9993e364706816aba3e25717850c26c9cd0d89d")
    }

    @Test("a slice is hashed as the bytes it shows, not those of the array behind it")
    func slices() {
        let bytes = Array("xxabcxx".utf8)
        #expect(Hash.sha256(bytes[2..<5]) == Hash.sha256("abc".utf8))
        #expect(Hash.sha256(bytes[2..<2]) == Hash.sha256([]))
    }

    @Test("a message in pieces has the digest of the whole, and the stream begins anew after it")
    func stream() {
        let stream = SHA256Stream()
        for _ in 0..<2 {
            // FIPS 180-4: one million times the letter a.
            for _ in 0..<1000 { stream.update(repeatElement(UInt8(ascii: "a"), count: 1000)) }
            stream.update([])
            #expect(stream.finalize().hex == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        }
        #expect(stream.finalize() == Hash.sha256([]))
    }

    @Test("comparison in constant time is equality, save that empty equals nothing")
    func comparison() {
        #expect(constantTimeEqual([1, 2, 3], [1, 2, 3]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2, 4]))
        #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
        #expect(!constantTimeEqual([UInt8](), [UInt8]()))
        #expect(constantTimeEqual("token".utf8, Array("token".utf8)[...]))
    }

    @Test("random bytes are as many as asked for, and differ")
    func random() {
        for count in [0, 1, 7, 8, 9, 33] { #expect(Random.bytes(count).count == count) }
        #expect(Random.bytes(-1).isEmpty)
        #expect(Random.bytes(16) != Random.bytes(16))
    }
}
