import API
import Glibc
import Listeners
import Netboot
import Primitives
import Settings

/// How others reach the daemon.
struct BoundAddresses: Sendable {
    private let bound: [HTTPListeners.Address]
    private let advertisedNode: String?
    private let advertisedAPI: String?
    private let interface: String?

    init(_ bound: [HTTPListeners.Address], _ settings: Settings) {
        self.bound = bound
        advertisedNode = settings.listeners.node.url
        advertisedAPI = settings.listeners.api.url
        interface = settings.netboot.interface
    }

    /// The node listener as machines reach it.
    var node: String { advertisedNode ?? reachable(.node, host: provisioningAddress ?? Self.hostName) }

    /// The API as clients reach it.
    var api: String { advertisedAPI ?? reachable(.api, host: Self.hostName) }

    /// The first address of the interface on the provisioning network: machines reach it without DNS.
    private var provisioningAddress: String? {
        interface.flatMap { HostInterface.networks(of: $0) }?.first?.address.description
    }

    /// As it is bound.
    func text(_ name: ListenerName) -> String { bound.first { $0.name == name }?.text ?? "" }

    /// An address that stands for all of the host is of no use to others; `host` stands in.
    private func reachable(_ name: ListenerName, host: @autoclosure () -> String) -> String {
        let text = text(name)
        for wildcard in ["://0.0.0.0:", "://[::]:"] {
            guard let range = text.firstRange(of: wildcard) else { continue }
            return "\(text[..<range.lowerBound])://\(host()):\(text[range.upperBound...])"
        }
        return text
    }

    private static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
