import IPMI
import Primitives
import SiteDesign

/// Addresses of BMCs as an operator writes them, in their order:
///
/// - `10.0.0.11`, `fd00::11`
/// - `10.0.0.1-10.0.3.232`, `10.0.0.1-232`, `fd00::1-fd00::ff`: both ends belong to it
/// - `10.0.0.0/22`, `fd00::/120`: the hosts of a network
/// - `10.0.0.11:6230`, `10.0.0.0/22:6230-6239`, `[fd00::1-fd00::ff]:6230`: other ports than 623
/// - several of these, with commas
package struct BMCAddresses: Sendable, Hashable {
    /// Without repetitions.
    package let endpoints: [BMCEndpoint]

    /// More than any site has.
    package static let limit = 65536

    /// - Throws: `BoatyardError` `bmc.addresses`, which quotes what cannot be read.
    package init(_ texts: [String]) throws(BoatyardError) {
        var seen: Set<BMCEndpoint> = []
        var endpoints: [BMCEndpoint] = []
        for text in texts {
            for part in text.split(separator: ",") {
                for endpoint in try Self.endpoints(part) where seen.insert(endpoint).inserted {
                    endpoints.append(endpoint)
                    guard endpoints.count <= Self.limit else { throw Self.tooMany }
                }
            }
        }
        guard !endpoints.isEmpty else { throw Self.error("no address is given") }
        self.endpoints = endpoints
    }

    private static let tooMany = error("there are more than \(limit) addresses; give fewer at a time")

    private static func error(_ message: String) -> BoatyardError { BoatyardError("bmc.addresses", message) }

    private static func endpoints(_ text: Substring) throws(BoatyardError) -> [BMCEndpoint] {
        let (addresses, ports) = try split(text)
        let (first, last) = try range(addresses, in: text)
        guard last.bits - first.bits < UInt128(limit) else { throw tooMany }
        let count = Int(last.bits - first.bits) + 1
        guard count * ports.count <= limit else { throw tooMany }
        var endpoints: [BMCEndpoint] = []
        for offset in 0..<count {
            let address = IPAddress(family: first.family, bits: first.bits + UInt128(offset))
            if let use = address.nonUnicastUse {
                throw error("\(address) of '\(text)' is \(use), which no BMC has")
            }
            endpoints += ports.map { BMCEndpoint(host: address.description, port: $0) }
        }
        return endpoints
    }

    /// The addresses and the ports.
    private static func split(_ text: Substring) throws(BoatyardError) -> (Substring, ClosedRange<Int>) {
        guard let (addresses, port) = BMCEndpoint.parts(of: text) else {
            throw error("the bracket of '\(text)' is not closed, or behind it stands no port")
        }
        guard let port else { return (addresses, 623...623) }
        let ends = port.split(separator: "-", omittingEmptySubsequences: false).map { BMCEndpoint.port($0) }
        guard (1...2).contains(ends.count), let first = ends[0], let last = ends[ends.count - 1], first <= last else {
            throw error("'\(port)' of '\(text)' is no port and no range of ports")
        }
        return (addresses, first...last)
    }

    private static func range(
        _ text: Substring, in whole: Substring
    ) throws(BoatyardError) -> (IPAddress, IPAddress) {
        if text.contains("/") {
            guard let network = IPNetwork(text) else { throw error("'\(whole)' is no network") }
            return hosts(of: network)
        }
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...2).contains(ends.count), let first = IPAddress(ends[0]) else {
            throw error("'\(whole)' is no address, range or network; names are not resolved")
        }
        guard ends.count == 2 else { return (first, first) }
        // `10.0.0.1-232`: the last number alone.
        let stem = first.description.split(separator: ".").dropLast().joined(separator: ".")
        guard let last = IPAddress(ends[1]) ?? IPAddress("\(stem).\(ends[1])"), last.family == first.family,
            first.bits <= last.bits
        else { throw error("'\(whole)' is no range: its end is not behind its beginning") }
        return (first, last)
    }

    /// Without the addresses of the network itself and of all hosts, where it has those.
    private static func hosts(of network: IPNetwork) -> (IPAddress, IPAddress) {
        let (first, last) = (network.network, network.last)
        guard last.bits - first.bits > 1 else { return (first, last) }
        let isIPv4 = first.family == .ipv4
        return (
            IPAddress(family: first.family, bits: first.bits + 1),
            isIPv4 ? IPAddress(family: first.family, bits: last.bits - 1) : last
        )
    }
}
