import API
import Glibc
import NIOCore
import NIOPosix
import SystemSupport

/// The other end of a connection.
struct ConnectionPeer: Sendable {
    var text: String
    var caller: Caller?
    /// Whether both ends are on this host.
    var isOnThisHost: Bool

    /// The layout of Linux's `struct ucred`, which glibc shows only under `_GNU_SOURCE`.
    private struct Credentials: Sendable {
        var process: Int32 = 0
        var user: UInt32 = 0
        var group: UInt32 = 0
    }

    static func identify(_ channel: any Channel, by source: CallerSource) async -> ConnectionPeer {
        let isOnThisHost = isOnThisHost(channel.localAddress, channel.remoteAddress)
        switch source {
        case .nobody: return ConnectionPeer(text: address(of: channel), caller: nil, isOnThisHost: isOnThisHost)
        case .everyone(let caller):
            return ConnectionPeer(text: address(of: channel), caller: caller, isOnThisHost: isOnThisHost)
        case .peerCredentials(let group):
            guard let credentials = await credentials(of: channel) else {
                return ConnectionPeer(text: "unknown", caller: nil, isOnThisHost: isOnThisHost)
            }
            let name = try? await NIOThreadPool.singleton.runIfActive { administrator(credentials.user, group: group) }
            return ConnectionPeer(
                text: "pid \(credentials.process) uid \(credentials.user)",
                caller: (name ?? nil).map { .administrator($0) }, isOnThisHost: isOnThisHost)
        }
    }

    private static func credentials(of channel: any Channel) async -> Credentials? {
        guard case .unixDomainSocket = channel.localAddress, let options = channel as? any SocketOptionProvider else {
            return nil
        }
        let future: EventLoopFuture<Credentials> = options.unsafeGetSocketOption(
            level: .socket, name: NIOBSDSocket.Option(rawValue: SO_PEERCRED))
        return try? await future.get()
    }

    /// The user's name if they may do everything; nil for others.
    private static func administrator(_ user: uid_t, group: String) -> String? {
        guard user == 0 || user == geteuid() || SystemGroups.isMember(user, of: group) else { return nil }
        return SystemGroups.userName(user) ?? "uid \(user)"
    }

    /// Whether both ends of a connection are on this host: the kernel takes no packets from outside that are from or to its
    /// loopback, or that claim to be from an address of its own.
    static func isOnThisHost(_ local: SocketAddress?, _ remote: SocketAddress?) -> Bool {
        guard let local else { return false }
        if case .unixDomainSocket = local { return true }
        guard let text = local.ipAddress else { return false }
        // A listener for IPv6 shows IPv4 addresses as mapped ones.
        let host = text.hasPrefix("::ffff:") && text.contains(".") ? text.dropFirst(7) : text[...]
        return host == "::1" || (host.hasPrefix("127.") && host.contains(".")) || text == remote?.ipAddress
    }

    private static func address(of channel: any Channel) -> String {
        guard let address = channel.remoteAddress else { return "unknown" }
        guard let host = address.ipAddress, let port = address.port else { return "unix" }
        // A listener for IPv6 shows IPv4 addresses as mapped ones (RFC 4291 §2.5.5.2), which share one /64.
        if host.hasPrefix("::ffff:"), host.contains(".") { return "\(host.dropFirst(7)):\(port)" }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}
