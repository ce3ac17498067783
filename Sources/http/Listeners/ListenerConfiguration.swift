import API
import NIOCore

/// Where a listener's socket comes from.
package enum ListenSource: Hashable, Sendable {
    /// - Parameter port: 0 takes a free one.
    case tcp(host: String, port: Int)
    /// - Parameter group: may connect besides the owner.
    case unix(path: String, group: String)
    /// Bound by the service manager.
    case inherited(descriptor: CInt)
}

/// How a listener knows its callers.
package enum CallerSource: Hashable, Sendable {
    /// By the process at the other end: root, our own user and members of the group are administrators.
    case peerCredentials(group: String)
    /// Everyone is this caller; for tests on loopback.
    case everyone(Caller)
    /// Nobody is known.
    case nobody
}

/// PEM files of a TLS listener.
package struct TLSFiles: Hashable, Sendable {
    package var certificate: String
    package var key: String
    /// Client certificates are optional, but must be signed by these.
    package var clientAuthorities: String?

    package init(certificate: String, key: String, clientAuthorities: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
    }
}

/// What a client may cost us.
package struct ConnectionLimits: Hashable, Sendable {
    /// From the first byte of a request, or from the connection, to the end of its head.
    package var headTimeout: TimeAmount = .seconds(10)
    /// Between two pieces of a body.
    package var bodyIdleTimeout: TimeAmount = .seconds(30)
    /// In bytes a second: what a body must come with on average, once `bodyGrace` is over.
    package var bodyRate = 1024
    package var bodyGrace: TimeAmount = .seconds(10)
    /// Between two requests.
    package var keepAliveTimeout: TimeAmount = .seconds(60)
    /// How long a client may take for one piece of an answer (`HTTPConnection.pieceSize`, `FileBody.pieceSize`).
    package var writeStallTimeout: TimeAmount = .seconds(30)
    /// In bytes: a client that takes so much of a piece within that time has as long for the rest.
    package var takenAtLeast: Int64 = 4096
    /// In bytes: what may come with a body besides its contents, which are sizes and extensions of chunks, and trailers.
    package var chunkPadding = 64 << 10
    /// In bytes, and for each byte of its contents.
    package var chunkPaddingForEachByte = 16
    /// How long we wait for the client to close after we have said goodbye.
    package var lingerTimeout: TimeAmount = .seconds(5)
    /// In bytes: request line or one field.
    package var headerFieldSize = 16 << 10
    /// In bytes, all fields of a request.
    package var headerSize = 64 << 10
    package var headerCount = 100
    /// Further clients wait in the kernel's queue. One address has half of them at most, and one user or machine a quarter
    /// without being counted with its address.
    package var connections = 256
    /// Of one address (an IPv6 address counts with its /64), as long as their clients have not shown who they are: with
    /// more, the one that has been idle for longest goes.
    package var anonymousForEachAddress = 64
    /// How long a connection is idle before it goes for another one.
    package var idlePatience: TimeAmount = .seconds(1)
    /// How long a client may take nothing of its answer before it counts as idle.
    package var takingPatience: TimeAmount = .seconds(5)
    /// Answers that stay open, which must leave room for others.
    package var streams = 64
    /// In bytes: how much of a refused request's body is read to keep the connection.
    package var refusedBodySize = 1 << 20
    /// In bytes: how much is read and dropped of what follows the last request of a connection.
    package var droppedSize = 16 << 20
    /// How long requests may still run once the daemon stops.
    package var drainTimeout: TimeAmount = .seconds(5)

    package init() {}
}

package struct ListenerConfiguration: Sendable {
    package var name: ListenerName
    package var source: ListenSource
    package var callers: CallerSource
    package var tls: TLSFiles?
    package var limits = ConnectionLimits()

    package init(name: ListenerName, source: ListenSource, callers: CallerSource, tls: TLSFiles? = nil) {
        self.name = name
        self.source = source
        self.callers = callers
        self.tls = tls
    }
}
