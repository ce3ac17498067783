import Glibc
import Primitives

/// Where logins come from, as far as guessing goes.
enum LoginSource {
    /// Nil for whom the listener knows already. An IPv6 address counts with all of its /64, which one host may use.
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
