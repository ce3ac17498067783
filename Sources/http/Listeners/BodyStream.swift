import API
import NIOCore
import NIOHTTP1
import ServiceLifecycle
import Synchronization

/// Sends a body that comes to be while it is sent.
final class BodyStream: Sendable {
    private let body: StreamedBody
    private let channel: any Channel
    private let outbound: ResponseParts
    private let length = Atomic(0)

    init(_ body: StreamedBody, to channel: any Channel, _ outbound: ResponseParts) {
        self.body = body
        self.channel = channel
        self.outbound = outbound
    }

    /// Returns at the body's end, or when the daemon stops: the number of bytes. Throws where the client has gone or the
    /// source has failed.
    func run() async throws -> Int {
        let (gone, goodbye) = AsyncStream<Never>.makeStream()
        channel.closeFuture.whenComplete { _ in goodbye.finish() }
        do {
            try await cancelWhenGracefulShutdown { [self] in
                try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { [self] in try await body.produce { [self] piece in try await send(piece) } }
                    tasks.addTask { for await _ in gone {} }
                    if let heartbeat = body.heartbeat { tasks.addTask { [self] in try await beat(heartbeat) } }
                    try await tasks.next()
                    tasks.cancelAll()
                }
            }
        } catch is CancellationError {
            // The daemon stops; the body ends where it is.
        }
        return length.load(ordering: .relaxed)
    }

    private func send(_ piece: [UInt8]) async throws {
        try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: piece))))
        length.add(piece.count, ordering: .relaxed)
    }

    private func beat(_ heartbeat: StreamedBody.Heartbeat) async throws {
        while true {
            try await Task.sleep(for: heartbeat.interval)
            try await send(heartbeat.bytes)
        }
    }
}
