import Glibc
import NIOCore
import Synchronization

/// What a listener knows of one connection when it has to choose whom to close.
final class ConnectionStanding: Sendable {
    /// Of an address: connections of one IPv4 address, and of one IPv6 /64, count together.
    typealias Origin = UInt64

    let channel: any Channel
    let origin: Origin
    /// In nanoseconds of `NIODeadline`: since when the client has not done its part; zero while it is served, and until its
    /// connection is set up.
    private let waiting = Atomic<UInt64>(0)
    private let known = Atomic(false)

    init(_ channel: any Channel) {
        self.channel = channel
        origin = Self.origin(of: channel.remoteAddress)
    }

    /// Whether the client is a `Principal`: by a token, the secret of a node's machine, the credentials of its process.
    var isKnown: Bool { known.load(ordering: .relaxed) }

    /// Since when we have waited for the client: for a request, the rest of one, or that it takes its answer. Nil while it
    /// waits for us.
    var waitingSince: NIODeadline? {
        let time = waiting.load(ordering: .relaxed)
        return time == 0 ? nil : .uptimeNanoseconds(time)
    }

    func waits(since time: NIODeadline?) {
        waiting.store(time.map { max(1, $0.uptimeNanoseconds) } ?? 0, ordering: .relaxed)
    }

    /// - Returns: false where it was known already.
    func becomeKnown() -> Bool { known.exchange(true, ordering: .relaxed) == false }

    /// Zero for a Unix socket.
    static func origin(of address: SocketAddress?) -> Origin {
        guard let text = address?.ipAddress else { return 0 }
        let number = { (part: ArraySlice<UInt8>) in part.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        var bytes = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &bytes) == 1 { return number(bytes[..<4]) | 1 << 32 }
        // A scope (`%eth0`) is no part of the address.
        guard inet_pton(AF_INET6, String(text.prefix { $0 != "%" }), &bytes) == 1 else { return 0 }
        // An IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2).
        let isMapped = bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        return isMapped ? number(bytes[12...]) | 1 << 32 : number(bytes[..<8])
    }
}
