import CLibcrypto

/// A key derivation that costs memory as well as time (RFC 7914).
package struct Scrypt: Hashable, Sendable {
    /// Binary logarithm of the cost N.
    package let logarithmicCost: Int
    /// r
    package let blockSize: Int
    /// p
    package let parallelism: Int

    /// Nil for parameters that would take more than 256 MiB, or that RFC 7914 §2 does not allow.
    package init?(logarithmicCost: Int, blockSize: Int, parallelism: Int) {
        guard (1...20).contains(logarithmicCost), (1...32).contains(blockSize), (1...64).contains(parallelism),
            128 * blockSize << logarithmicCost <= 256 << 20
        else { return nil }
        self.logarithmicCost = logarithmicCost
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// N = 2^14, r = 8, p = 5: 16 MiB, as hard to guess as N = 2^17 with p = 1 and 128 MiB.
    package static let standard = Scrypt()

    private init() {
        logarithmicCost = 14
        blockSize = 8
        parallelism = 5
    }

    /// The bytes that a derivation works on.
    package var workingSize: Int { 128 * blockSize << logarithmicCost }

    /// Blocks for as long as the parameters ask for, some tenths of a second with the standard ones.
    package func key(password: [UInt8], salt: [UInt8], length: Int) throws(CryptoError) -> [UInt8] {
        guard (1...1024).contains(length) else { throw .length("a derived key has 1 to 1024 bytes, not \(length)") }
        let cost = UInt64(1) << UInt64(logarithmicCost)
        let memory = 128 * UInt64(blockSize) * (cost + UInt64(parallelism) + 2) + 1 << 20
        var key = [UInt8](repeating: 0, count: length)
        let result = password.withUnsafeBytes { password in
            EVP_PBE_scrypt(
                password.baseAddress?.assumingMemoryBound(to: CChar.self), password.count, salt, salt.count, cost,
                UInt64(blockSize), UInt64(parallelism), memory, &key, length)
        }
        guard result == 1 else { throw .fromLibrary() }
        return key
    }
}
