import Glibc
import Primitives

/// Where logins come from, as far as guessing goes.
enum LoginSource {
    /// The source that the failed logins of a request count against: its IPv4 address, or the /64 of its IPv6 address,
    /// all of which one host may use.
    ///
    /// - Returns: nil for a caller whom the listener knows, whose logins are not counted.
    static func of(_ request: APIRequest) -> String? {
        if request.caller != nil { return nil }
        guard let colon = request.peer.lastIndex(of: ":") else { return request.peer }
        let host = request.peer[..<colon]
        guard host.hasPrefix("["), host.hasSuffix("]") else { return String(host) }
        var address = in6_addr()
        guard inet_pton(AF_INET6, String(host.dropFirst().dropLast()), &address) == 1 else { return String(host) }
        return withUnsafeBytes(of: address) { $0.prefix(8).hex } + "/64"
    }
}
