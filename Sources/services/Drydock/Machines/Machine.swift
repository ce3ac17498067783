import Primitives
import SiteDesign

/// A machine that has booted at least once, whether the design knows it or not.
package struct Machine: Sendable, Hashable {
    package enum Power: String, Sendable, Hashable {
        case on
        case off
        case unknown
        case error
    }

    package let id: ULID
    /// The node of the design that it is; nil while it is nobody's.
    package var node: String?
    /// The address it boots from.
    package var mac: MACAddress
    package var bmcAddress: String?
    /// As its inventory told it; what was told once has to be told again by whoever boots from its address.
    var hardware = Hardware()
    package var lifecycle: MachineLifecycle
    /// As last observed out of band.
    package var power: Power
    /// MiB.
    package var memory: Int?
    package var cpuCount: Int?
    package var bootIP: String?
    package var created: Timestamp
    package var updated: Timestamp

    package var state: MachineState { lifecycle.state }
}

/// What the design says of a node, as far as it identifies the machine.
struct ExpectedNode: Sendable, Hashable {
    var node: String
    var bmcAddress: String?
    var bootMAC: MACAddress?
    var bootMode: BootMode
}

extension ExpectedNode {
    init(_ node: BaremetalNode, bootMode: BootMode) {
        self.init(
            node: node.name, bmcAddress: node.outOfBandAddress, bootMAC: node.bootMACAddress, bootMode: bootMode)
    }
}

/// A boot of an address: a token that was given out for it.
///
/// Whoever asks for a script gets one. Only the boot whose inventory was taken speaks for the machine.
struct Boot: Sendable, Hashable {
    var mac: MACAddress
    var identity: BootIdentity
    /// The network address that asked for the boot script.
    var peer: String
    var minted: Timestamp
    /// When its installer last said something; nil before it has.
    var seen: Timestamp?
    /// When its inventory was taken; nil before that.
    var identified: Timestamp?
}
