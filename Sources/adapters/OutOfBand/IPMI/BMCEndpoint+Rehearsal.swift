import IPMI
import Primitives
import RehearsalMap

extension BMCEndpoint {
    /// The BMC at `address`, or in a rehearsal the one that stands in for it.
    ///
    /// - Throws: `oob.rehearsal` where the map does not name it: a rehearsal talks to no other.
    init(_ address: String, of node: String, map: RehearsalMap?) throws(BoatyardError) {
        guard let map else {
            self.init(host: address)
            return
        }
        guard let text = map.bmc[address] else {
            throw BoatyardError(
                "oob.rehearsal",
                "Node \(node): the rehearsal has no BMC for \(address), and a rehearsal talks to no other; "
                    + "start boatyard-rehearse with this site's documents")
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = UInt16(parts[1]), IPv4Address(parts[0]) != nil else {
            throw BoatyardError(
                "oob.rehearsal", "Node \(node): the rehearsal map's BMC '\(text)' is not of the form 127.0.0.1:16230")
        }
        self.init(host: String(parts[0]), port: Int(port), rehearsedAddress: address)
    }
}
