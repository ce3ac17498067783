import Foundation
import Primitives
import Testing

@testable import Identity

/// What a second daemon answers as the Keystone is tested with whole programs.
@Suite("A Keystone elsewhere that does not answer")
struct ExternalKeystoneTests {
    private func keystone(_ url: String, timeout: Double = 0.3) -> ExternalKeystone {
        ExternalKeystone(
            KeystoneConfiguration(
                url: url, username: "boatyard", password: Secret("x"), project: "service",
                userDomain: "default", projectDomain: "default", timeout: timeout, cacheTime: 300))
    }

    @Test("nobody there is an error, not an unknown caller")
    func refused() async throws {
        await #expect(throws: IdentityUnavailable.self) {
            _ = try await keystone("http://127.0.0.1:1").subject(of: "token")
        }
    }

    @Test("one that takes connections and says nothing is given up", .timeLimit(.minutes(5)))
    func silent() async throws {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer -> UInt16? in
                guard bind(descriptor, pointer, length) == 0, listen(descriptor, 8) == 0,
                    getsockname(descriptor, pointer, &length) == 0
                else { return nil }
                return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_port.bigEndian }
            }
        }
        // Without its timeout this would wait for ever.
        await #expect(throws: IdentityUnavailable.self) {
            _ = try await keystone("http://127.0.0.1:\(try #require(port))").subject(of: "token")
        }
    }

    @Test("what is no token is not asked about", arguments: ["", "a b", "é", String(repeating: "a", count: 8193)])
    func noToken(text: String) async throws {
        #expect(try await keystone("http://127.0.0.1:1").subject(of: text) == nil)
    }

    @Test("an address with or without /v3 is the same")
    func addresses() {
        for url in ["http://k:5000", "http://k:5000/", "http://k:5000/v3", "http://k:5000/v3/"] {
            #expect(keystone(url).url == "http://k:5000/v3")
        }
    }
}
