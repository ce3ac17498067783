import NIOCore
import Synchronization

/// Connections that were set up and are not served yet.
///
/// swift-nio traps where the stream of an open connection is dropped without having been closed. Every stream is here from
/// its making on, and leaves only for who serves it or to be closed, whenever the accept loop ends and however.
final class PendingStreams: Sendable {
    private struct State {
        var streams: [ObjectIdentifier: HTTPConnection.Stream] = [:]
        /// Nothing is served any more.
        var isClosed = false
    }

    private let state = Mutex(State())

    /// Keeps a stream until it is taken. Closes it where nobody will take it any more: a connection may still be set up
    /// on its own thread while the listener's ends.
    func add(_ stream: HTTPConnection.Stream) {
        let isKept = state.withLock { state in
            if !state.isClosed { state.streams[ObjectIdentifier(stream.channel)] = stream }
            return !state.isClosed
        }
        if !isKept { Task { await Self.close(stream) } }
    }

    /// - Returns: whether the caller has to serve it; false where it was closed.
    func take(_ stream: HTTPConnection.Stream) -> Bool {
        state.withLock { $0.streams.removeValue(forKey: ObjectIdentifier(stream.channel)) } != nil
    }

    /// Closes all, and from now on every one that is added. Returns once those that were there are closed.
    func close() async {
        let left = state.withLock { state in
            defer { state = State(isClosed: true) }
            return Array(state.streams.values)
        }
        for stream in left { await Self.close(stream) }
    }

    /// Fails only where the connection is closed already.
    private static func close(_ stream: HTTPConnection.Stream) async {
        try? await stream.executeThenClose { _, _ in }
    }
}
