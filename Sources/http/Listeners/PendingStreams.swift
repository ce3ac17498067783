import NIOCore
import Synchronization

/// Connections that were set up and are not served yet.
///
/// A connection that comes in while the listener closes never reaches the accept loop. swift-nio traps where such a
/// stream is dropped without being closed.
final class PendingStreams: Sendable {
    private let streams = Mutex<[ObjectIdentifier: HTTPConnection.Stream]>([:])

    func add(_ stream: HTTPConnection.Stream) {
        streams.withLock { $0[ObjectIdentifier(stream.channel)] = stream }
    }

    func take(_ stream: HTTPConnection.Stream) {
        _ = streams.withLock { $0.removeValue(forKey: ObjectIdentifier(stream.channel)) }
    }

    func closeAll() async {
        let left = streams.withLock { streams in
            defer { streams = [:] }
            return Array(streams.values)
        }
        for stream in left { try? await stream.executeThenClose { _, _ in } }
    }
}
