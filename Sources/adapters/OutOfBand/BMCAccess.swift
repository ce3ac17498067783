import IPMI
import Primitives
import SiteDesign

/// What the design says of how a node's BMC is reached.
struct BMCAccess {
    let address: String
    let credentials: BMCCredentials

    /// - Parameter way: for messages, `IPMI`.
    /// - Throws: `oob.parameters` where the design lacks address, account or credential.
    init(_ node: BaremetalNode, by way: String) throws(BoatyardError) {
        guard let address = node.outOfBandAddress, let account = node.outOfBandAccount,
            let credential = node.outOfBandCredential
        else {
            let missing = [
                node.outOfBandAddress == nil ? "address" : nil, node.outOfBandAccount == nil ? "account" : nil,
                node.outOfBandCredential == nil ? "credential" : nil,
            ].compactMap(\.self).joined(separator: ", ")
            throw BoatyardError(
                "oob.parameters",
                "Node \(node.name) cannot be reached by \(way): its design gives no \(missing); complete its oob section"
            )
        }
        self.address = address
        credentials = BMCCredentials(user: account, password: credential, bmcKey: node.outOfBandKey)
    }
}
