import NIOCore
import NIOEmbedded
import Testing

@testable import Listeners

@Suite("The other end of a connection")
struct ConnectionPeerTests {
    @Test(
        "an IPv4 address is shown as one, also where a listener for IPv6 maps it",
        arguments: [
            ("192.0.2.7", "192.0.2.7:40000"), ("::ffff:192.0.2.7", "192.0.2.7:40000"),
            ("2001:db8::7", "[2001:db8::7]:40000"), ("::1", "[::1]:40000"),
        ])
    func addresses(address: String, text: String) async throws {
        let channel = NIOAsyncTestingChannel()
        channel.remoteAddress = try SocketAddress(ipAddress: address, port: 40000)
        let peer = await ConnectionPeer.identify(channel, by: .nobody)
        #expect(peer.text == text)
        #expect(peer.caller == nil)
        try await channel.close().get()
    }
}
