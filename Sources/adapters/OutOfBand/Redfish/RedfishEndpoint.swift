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

    /// What the `oob` section of a node says: `port`, `scheme`, `certificate` and `system_id` beside what IPMI takes.
    ///
    /// - Throws: `oob.parameters`, which names what is missing or wrong; `oob.rehearsal` as `BMCEndpoint`.
    init(_ node: BaremetalNode, address: String, map: RehearsalMap?) throws(BoatyardError) {
        func wrong(_ what: String) -> BoatyardError {
            BoatyardError(
                "oob.parameters", "Node \(node.name) cannot be reached by Redfish: its oob section has \(what)")
        }
        let parameters = node.outOfBandParameters
        guard let host = IPAddress(address) else {
            throw BoatyardError(
                "oob.parameters", "Node \(node.name) cannot be reached by Redfish: '\(address)' is no IP address")
        }
        var port: Int?
        if let text = parameters["port"] {
            guard let number = Int(text), (1...65535).contains(number) else {
                throw wrong("the port '\(text)'; it is a number from 1 to 65535")
            }
            port = number
        }
        let trust: Trust
        switch (parameters["scheme"] ?? "https", parameters["certificate"] ?? "first-use") {
        case ("http", _): trust = .none
        case ("https", "first-use"): trust = .firstUse
        case ("https", "authorities"): trust = .authorities
        case ("https", let text):
            guard let fingerprint = CertificateFingerprint(text) else {
                throw wrong(
                    "the certificate '\(text)'; it is first-use, authorities, or the SHA-256 fingerprint of the BMC's own"
                )
            }
            trust = .fingerprint(fingerprint)
        case (let scheme, _): throw wrong("the scheme '\(scheme)'; it is https or http")
        }
        let id = parameters["system_id"]
        guard map != nil else {
            self.init(host: host.description, port: port, trust: trust, systemID: id)
            return
        }
        let rehearsed = try BMCEndpoint(address, of: node.name, map: map)
        // A simulated BMC has made its certificate itself, a moment ago, and has one system.
        self.init(
            host: rehearsed.host, port: rehearsed.port, trust: trust == .none ? .none : .firstUse,
            rehearsedAddress: address)
    }
}
