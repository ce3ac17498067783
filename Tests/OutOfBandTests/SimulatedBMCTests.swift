import NIOCore
import NIOPosix
import Primitives
import Simulator
import Testing

@Suite("A simulated BMC with Redfish, and clients that mean it no good")
struct SimulatedBMCTests {
    /// Sends bytes over a connection of its own; what comes until the peer closes it, if it does.
    private func exchange(_ port: Int, _ text: String) async throws -> String {
        let client = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        return try await client.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var answer = ""
            for try await piece in inbound { answer += String(buffer: piece) }
            return answer
        }
    }

    @Test(
        "what is no HTTP, a method that nobody knows, and a body that is too long are refused, and the connection ends")
    func refused() async throws {
        try await SimulatedBMC.with(isEncrypted: false) { (bmc) async throws -> Void in
            let port = bmc.server.port
            for (text, status) in [
                ("FAKEMETHOD /redfish/v1/ HTTP/1.1\r\nHost: a\r\n\r\n", 501), ("hello\r\n\r\n", 501),
                ("GET /redfish/v1/ HTTP/9.9\r\n\r\n", 400),
                ("GET /redfish/v1/ HTTP/1.1\r\nA: \(String(repeating: "a", count: 20_000))\r\n\r\n", 400),
                (
                    "POST /redfish/v1/SessionService/Sessions HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n"
                        + String(repeating: "a", count: 70_000), 413
                ),
                ("GET /redfish/v1/Systems HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 401),
            ] {
                let answer = try await exchange(port, text)
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(text.prefix(60)): \(answer.prefix(60))")
            }
        }
    }

    @Test("a BMC has so many connections, and none without end")
    func connections() async throws {
        try await SimulatedBMC.with(isEncrypted: false) { (bmc) async throws -> Void in
            let group = MultiThreadedEventLoopGroup.singleton
            var open: [any Channel] = []
            for _ in 0..<80 {
                open.append(
                    try await ClientBootstrap(group: group).connect(host: "127.0.0.1", port: bmc.server.port).get())
            }
            // Those beyond are closed by the BMC: it has accepted all of them once the last one is.
            try await open[79].closeFuture.get()
            #expect(try await bmc.server.connectionCount() <= 64)
            await bmc.server.stop()
            for channel in open { try await channel.closeFuture.get() }
        }
    }
}
