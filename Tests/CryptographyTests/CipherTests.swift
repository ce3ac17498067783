import Cryptography
import Primitives
import Testing

struct CipherTests {
    @Test("AES-128-CBC gives SP 800-38A's ciphertext (F.2.1) and back")
    func cbc() throws {
        let key = try #require([UInt8](hex: "2b7e151628aed2a6abf7158809cf4f3c"))
        let iv = try #require([UInt8](hex: "000102030405060708090a0b0c0d0e0f"))
        let plaintext = try #require(
            [UInt8](hex: "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"))
        let ciphertext = try AES128CBC.encrypt(key: key, iv: iv, plaintext)
        #expect(ciphertext.hex == "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2")
        #expect(try AES128CBC.decrypt(key: key, iv: iv, ciphertext) == plaintext)
        #expect(try AES128CBC.encrypt(key: key, iv: iv, []) == [])
    }

    @Test("AES-128-CBC refuses keys, vectors and messages of other lengths")
    func cbcLengths() {
        let block = [UInt8](repeating: 0, count: 16)
        #expect(throws: CryptoError.self) { try AES128CBC.encrypt(key: [1], iv: block, block) }
        #expect(throws: CryptoError.self) { try AES128CBC.encrypt(key: block, iv: [], block) }
        #expect(throws: CryptoError.self) { try AES128CBC.decrypt(key: block, iv: block, block + [0]) }
    }

    @Test("AES-256-GCM gives the ciphertext and tag of the GCM specification's cases 13, 14 and 16")
    func gcm() throws {
        let zeroKey = [UInt8](repeating: 0, count: 32)
        let zeroNonce = [UInt8](repeating: 0, count: 12)
        #expect(
            try AES256GCM.seal(key: zeroKey, nonce: zeroNonce, plaintext: []).hex == "530f8afbc74536b9a963b4f1c4cb738b")
        #expect(
            try AES256GCM.seal(key: zeroKey, nonce: zeroNonce, plaintext: [UInt8](repeating: 0, count: 16)).hex
                == "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919")

        let key = try #require([UInt8](hex: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
        let nonce = try #require([UInt8](hex: "cafebabefacedbaddecaf888"))
        let plaintext = try #require(
            [UInt8](
                hex: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                    + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"))
        let aad = try #require([UInt8](hex: "feedfacedeadbeeffeedfacedeadbeefabaddad2"))
        let sealed = try AES256GCM.seal(key: key, nonce: nonce, plaintext: plaintext, aad: aad)
        #expect(
            sealed.hex
                == "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662" + "76fc6ece0f4e1768cddf8853bb2d551b")
        #expect(try AES256GCM.open(key: key, nonce: nonce, sealed: sealed, aad: aad) == plaintext)
    }

    @Test("a sealed message with any bit changed, or under another name, is refused")
    func tampering() throws {
        let key = [UInt8](0..<32)
        let nonce = [UInt8](0..<12)
        let sealed = try AES256GCM.seal(key: key, nonce: nonce, plaintext: Array("passphrase".utf8), aad: [1])
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(throws: CryptoError.authentication) {
                try AES256GCM.open(key: key, nonce: nonce, sealed: changed, aad: [1])
            }
        }
        #expect(throws: CryptoError.authentication) {
            try AES256GCM.open(key: key, nonce: nonce, sealed: sealed, aad: [2])
        }
        #expect(throws: CryptoError.self) { try AES256GCM.open(key: key, nonce: nonce, sealed: [1, 2, 3], aad: [1]) }
        #expect(throws: CryptoError.self) { try AES256GCM.open(key: [], nonce: nonce, sealed: sealed, aad: [1]) }
        #expect(throws: CryptoError.self) { try AES256GCM.seal(key: key, nonce: [0], plaintext: []) }
    }
}
