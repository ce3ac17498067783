import OrderedCollections
import Primitives
import SiteDesign

/// A machine that has booted from the network and sent its inventory, whether it is a node of the design or not.
package struct Machine: Sendable, Hashable {
    /// The power as a BMC reports it; `error` where the BMC could not be asked.
    package enum Power: String, Sendable, Hashable {
        case on
        case off
        case unknown
        case error
    }

    /// The id of the record. A machine that is erased and comes back gets another.
    package let id: ULID
    /// The name of the node that the machine is; nil for a machine that is no node of a design.
    package var node: String?
    /// The MAC address of the interface that it boots from.
    package var mac: MACAddress
    /// The IPv4 address of its BMC, as its installer found it; nil where it found none.
    package var bmcAddress: String?
    /// As its inventory told it; what was told once has to be told again by whoever boots from its address.
    var hardware = Hardware()
    /// The state of the machine, and the work that it is given.
    package var lifecycle: MachineLifecycle
    /// The power as it was last observed out of band.
    package var power: Power
    /// In MiB; nil before an inventory told it.
    package var memory: Int?
    /// The number of CPUs; nil before an inventory told it.
    package var cpuCount: Int?
    /// The address from which its installer last asked for a boot script, without port.
    package var bootIP: String?
    /// When its first inventory came.
    package var created: Timestamp
    /// When the record last changed.
    package var updated: Timestamp

    /// The state that `GET nodes` shows.
    package var state: MachineState { lifecycle.state }
}

/// What the design says of a node, as far as it identifies the machine.
struct ExpectedNode: Sendable, Hashable {
    var node: String
    var bmcAddress: String?
    var bootMAC: MACAddress?
    var bootMode: BootMode
    /// Values of the kernel parameter `console`, which the installer gets too.
    var consoles: [String] = []
    /// The serial and UUID that its machine has to have, as far as the design names them.
    var pin = Hardware()
    /// Its addresses on all networks, as written.
    var addresses: [String] = []
}

extension ExpectedNode {
    init(_ node: BaremetalNode, bootMode: BootMode) {
        self.init(
            node: node.name, bmcAddress: node.outOfBandAddress, bootMAC: node.bootMACAddress, bootMode: bootMode,
            consoles: node.consoles,
            pin: Hardware(
                serial: node.ownerData["serial"].flatMap(HardwareIdentifier.serial),
                uuid: node.ownerData["uuid"].flatMap(HardwareIdentifier.uuid)),
            addresses: node.addressing.compactMap(\.address))
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
    /// When the system that it has installed reported `booted`; nil before that.
    var ended: Timestamp?
}
