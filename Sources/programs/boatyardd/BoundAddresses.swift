import API
import Glibc
import Listeners
import Settings

/// How others reach the daemon.
struct BoundAddresses: Sendable {
    private let bound: [HTTPListeners.Address]
    private let advertisedNode: String?
    private let advertisedAPI: String?

    init(_ bound: [HTTPListeners.Address], _ settings: Settings) {
        self.bound = bound
        advertisedNode = settings.listeners.node.url
        advertisedAPI = settings.listeners.api.url
    }

    /// The node listener as machines reach it.
    var node: String { advertisedNode ?? reachable(.node) }

    /// The API as clients reach it.
    var api: String { advertisedAPI ?? reachable(.api) }

    /// As it is bound.
    func text(_ name: ListenerName) -> String { bound.first { $0.name == name }?.text ?? "" }

    /// An address that stands for all of the host is of no use to others; the host's name stands in.
    private func reachable(_ name: ListenerName) -> String {
        let text = text(name)
        for wildcard in ["://0.0.0.0:", "://[::]:"] {
            guard let range = text.firstRange(of: wildcard) else { continue }
            return "\(text[..<range.lowerBound])://\(Self.hostName):\(text[range.upperBound...])"
        }
        return text
    }

    private static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
