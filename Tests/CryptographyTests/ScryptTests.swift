import Primitives
import Testing

@testable import Cryptography

@Suite("scrypt")
struct ScryptTests {
    @Test("the vectors of RFC 7914 §12")
    func vectors() throws {
        let small = try #require(Scrypt(logarithmicCost: 4, blockSize: 1, parallelism: 1))
        #expect(
            try small.key(password: [], salt: [], length: 64).hex
                == "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
                + "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906")
        let larger = try #require(Scrypt(logarithmicCost: 10, blockSize: 8, parallelism: 16))
        #expect(
            try larger.key(password: Array("password".utf8), salt: Array("NaCl".utf8), length: 64).hex
                == "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
                + "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640")
    }

    @Test("parameters that would take all memory are refused")
    func parameters() {
        #expect(Scrypt(logarithmicCost: 20, blockSize: 8, parallelism: 1) == nil)
        #expect(Scrypt(logarithmicCost: 63, blockSize: 8, parallelism: 1) == nil)
        #expect(Scrypt(logarithmicCost: 14, blockSize: 0, parallelism: 1) == nil)
        #expect(Scrypt(logarithmicCost: 17, blockSize: 8, parallelism: 1) != nil)
        #expect(Scrypt.standard == Scrypt(logarithmicCost: 14, blockSize: 8, parallelism: 5))
    }

    @Test("a key of no length is refused")
    func length() {
        #expect(throws: CryptoError.self) { try Scrypt.standard.key(password: [1], salt: [2], length: 0) }
    }
}
