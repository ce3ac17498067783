import Cryptography
import Primitives
import Testing

/// RFC 2202 for SHA-1, RFC 4231 for SHA-256.
struct HMACTests {
    private static let largeKey = [UInt8](repeating: 0xaa, count: 131)

    @Test(
        "RFC 2202's cases for SHA-1",
        arguments: [
            ([UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8), "b617318655057264e28bc0b6fb378c8ef146be00"),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"
            ),
            (
                [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
                "125d7342b9ac11cd91a39af48aa17b4f63f175d3"
            ),
            (
                [UInt8](repeating: 0xaa, count: 80),
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "aa4ae5e15272d00e95705637ce8a3b55ed402112"
            ),
        ])
    func sha1(key: [UInt8], message: [UInt8], code: String) {
        #expect(HMAC.sha1(key: key, message: message).hex == code)
    }

    @Test(
        "RFC 4231's cases for SHA-256",
        arguments: [
            (
                [UInt8](repeating: 0x0b, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xaa, count: 20), [UInt8](repeating: 0xdd, count: 50),
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
            ),
            (
                largeKey, Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
            (
                largeKey,
                Array(
                    """
                    This is a test using a larger than block-size key and a larger than block-size data. The key \
                    needs to be hashed before being used by the HMAC algorithm.
                    """.utf8),
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"
            ),
        ])
    func sha256(key: [UInt8], message: [UInt8], code: String) {
        #expect(HMAC.sha256(key: key, message: message).hex == code)
    }

    @Test("an empty key and an empty message have a code too")
    func empty() {
        #expect(HMAC.sha1(key: [], message: []).hex == "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d")
    }
}
