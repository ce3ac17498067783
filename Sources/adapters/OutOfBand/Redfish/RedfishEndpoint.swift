import IPMI
import OrderedCollections
import Primitives
import RehearsalMap
import SiteDesign

/// Where a BMC with Redfish is, and how it is known to be the one.
package struct RedfishEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// What its certificate is judged by.
    package enum Trust: Sendable, Hashable {
        /// By what it showed the first time.
        case firstUse
        case fingerprint(CertificateFingerprint)
        /// Signed by an authority of the system, and for the address.
        case authorities
        /// There is no TLS.
        case none
    }

    /// Host and, where it is not that of the scheme, port, as addresses have them.
    package let authority: String
    /// Host and port, as pins have them.
    let peer: String
    package let trust: Trust
    /// The `Id` of the system, for a BMC that has several.
    package let systemID: String?
    /// How messages call it.
    package let description: String
    /// The node whose it is, where the design says so.
    private(set) var node: String?

    var scheme: String { trust == .none ? "http" : "https" }

    /// - Parameter host: an IPv4 or IPv6 address.
    package init(
        host: String, port: Int? = nil, trust: Trust = .firstUse, systemID: String? = nil,
        rehearsedAddress: String? = nil
    ) {
        let standard = trust == .none ? 80 : 443
        let place = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]" : host
        peer = "\(place):\(port ?? standard)"
        authority = (port ?? standard) == standard ? place : peer
        self.trust = trust
        self.systemID = systemID
        description = rehearsedAddress.map { [peer] in "\($0) (rehearsed at \(peer))" } ?? authority
    }

    /// What the design says of a node without `BaremetalNode.outOfBandProblems`.
    ///
    /// - Throws: `oob.rehearsal` as `BMCEndpoint`.
    init(_ node: BaremetalNode, address: String, map: RehearsalMap?) throws(BoatyardError) {
        let parameters = RedfishParameters(node)
        let trust: Trust =
            switch parameters.trust {
            case .firstUse: .firstUse
            case .fingerprint(let digest): .fingerprint(CertificateFingerprint(digest: digest))
            case .authorities: .authorities
            case .none: .none
            }
        guard map != nil else {
            self.init(
                host: IPAddress(address)?.description ?? address, port: parameters.port, trust: trust,
                systemID: parameters.systemID)
            self.node = node.name
            return
        }
        let rehearsed = try BMCEndpoint(address, of: node.name, map: map)
        // A simulated BMC has made its certificate itself, a moment ago, and has one system.
        self.init(
            host: rehearsed.host, port: rehearsed.port, trust: trust == .none ? .none : .firstUse,
            rehearsedAddress: address)
        self.node = node.name
    }
}
