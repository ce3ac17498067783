import OrderedCollections
import Primitives

/// The addresses of a design that one more machine can have.
package struct FreeAddresses: Sendable {
    private let others: OtherAddresses
    private var owners: [IPAddress: String] = [:]
    /// How many addresses of a range are looked at: a range of IPv6 may have more than can be counted.
    private static let attempts = 1 << 16

    /// Knows the addresses of all nodes, gateways, relays and switches of `site`.
    package init(_ site: EffectiveSite) {
        others = OtherAddresses(site)
        for node in site.nodes {
            for address in node.addressing.compactMap(\.ip) where owners[address] == nil { owners[address] = node.name }
        }
    }

    /// Why one more machine cannot have `address` on `network`, in words that follow "the address is"; nil where it can.
    package func obstacle(to address: IPAddress, on network: Network) -> String? {
        guard let block = network.block, block.contains(address) else { return "not in \(network.cidr)" }
        if let use = address.specialUse ?? block.role(of: address) ?? others.use(of: address) { return use }
        return owners[address].map { "that of \($0)" }
    }

    /// The lowest address in the ranges of type `static` that is nobody's, and is in no range of another type.
    ///
    /// - Returns: nil where the network has no such range, or the ranges are full.
    package func next(on network: Network) -> IPAddress? {
        let excluded = network.ranges.filter { $0.kind != "static" }.compactMap(Self.bounds)
        for range in network.ranges where range.kind == "static" {
            guard let bounds = Self.bounds(range) else { continue }
            var address = bounds.lowerBound
            for _ in 0..<Self.attempts {
                if !excluded.contains(where: { $0.contains(address) }), obstacle(to: address, on: network) == nil {
                    return address
                }
                guard address < bounds.upperBound else { break }
                address = IPAddress(family: address.family, bits: address.bits + 1)
            }
        }
        return nil
    }

    /// Notes that `node` gets `address`.
    package mutating func take(_ address: IPAddress, for node: String) { owners[address] = node }

    private static func bounds(_ range: AddressRange) -> ClosedRange<IPAddress>? {
        guard let start = range.start.flatMap({ IPAddress($0) }), let end = range.end.flatMap({ IPAddress($0) }),
            start.family == end.family, start <= end
        else { return nil }
        return start...end
    }
}
