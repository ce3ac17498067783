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
        guard let place = BMCEndpoint(text) else {
            throw BoatyardError(
                "oob.rehearsal", "Node \(node): the rehearsal map's BMC '\(text)' is not of the form 127.0.0.1:16230")
        }
        self.init(host: place.host, port: place.port, rehearsedAddress: address)
    }
}
