import Installation
import Primitives
import SiteDesign

/// A machine to be rehearsed, as the site's documents describe it.
package struct MachineDescription: Sendable {
    /// The name of the node.
    package var name: String
    /// The address of the BMC in the documents; the name of a node that has none.
    package var bmcAddress: String
    /// How the BMC is talked to.
    package var bmcProtocol = BMCProtocol.ipmi
    /// The user at the BMC.
    package var account: String
    /// The password at the BMC.
    package var credential: Secret<String>
    /// The key of the BMC itself (K_G), as `oob.kg` has it.
    var bmcKey: Secret<String>?
    /// The MAC address of the interface that boots.
    package var mac: MACAddress
    /// The first of its addresses, where it does not boot from that one.
    var hardwareAddress: MACAddress?
    /// What boots it, as its hardware profile says.
    package var firmware: MachineFacts.Firmware
    /// The network interfaces.
    package var interfaces: [Interface]
    /// The disks.
    package var disks: [Disk]
    /// Assets that must arrive with the boot data, in their order.
    package var assets: [ExpectedAsset]
    /// Whether its documents name who is heard by LLDP at one of its interfaces.
    var namesNeighbours = true

    /// What a BMC speaks, by `oob.type` of the node.
    package enum BMCProtocol: Sendable, Hashable {
        case ipmi
        /// By HTTPS; `redfishPlain` is by HTTP, where `oob.scheme` says so.
        case redfish
        case redfishPlain
        /// None: a person switches the machine. In the place of that person's hands is a BMC with IPMI of which the
        /// documents know nothing (`RehearsalMap.substituteAccount`).
        case manual
        /// None: it is a guest. Such a BMC is in the place of the hypervisor, too.
        case libvirt

        /// nil for a type that cannot be rehearsed.
        init?(type: String?, scheme: String?) {
            switch (type, scheme) {
            case ("ipmi", _): self = .ipmi
            case ("redfish", "http"): self = .redfishPlain
            case ("redfish", _): self = .redfish
            case ("manual", _): self = .manual
            case ("libvirt", _): self = .libvirt
            default: return nil
            }
        }

        /// Whether the documents know of a BMC.
        var isInDocuments: Bool { self != .manual && self != .libvirt }
    }

    /// Made of its boot address: the same in every rehearsal of the site.
    package var uuid: String {
        "B0A70000-0000-4000-8000-" + (hardwareAddress ?? mac).description.split(separator: ":").joined().uppercased()
    }

    /// A network interface.
    package struct Interface: Sendable {
        package var name: String
        package var mac: MACAddress
        /// PCI address, as the hardware profile's alias gives it.
        package var address: String?
    }

    /// A disk.
    package struct Disk: Sendable {
        package var name: String
        /// In bytes.
        package var size: Int
        /// As the hardware profile's alias gives it, as is the bus.
        package var address: String?
        /// The bus of the address: `scsi`.
        package var bus: String?
        /// In bytes: what the design lays out on it needs no more. A disk of a virtual machine is so large.
        package var layoutSize: Int { min(size, needed) }
        /// In bytes: twice what the design names, and 8 GiB at least.
        var needed = Int.max

        /// Of its own, in every machine.
        func serial(in machine: MachineDescription) -> String { "\(machine.name)-\(name)" }
    }

    package struct ExpectedAsset: Sendable {
        package enum Kind: String, Sendable {
            case files
            case units
        }
        package var kind: Kind
        package var path: String
        package var mode: Int
        /// The bytes, where the documents hold them literally; nil for a template or a location.
        package var contents: [UInt8]?
    }
}

extension MachineDescription {
    /// The machine with what is wrong with its parts.
    func wired(_ faults: [Fault]) -> MachineDescription {
        var machine = self
        if faults.contains(.diskMissing) { machine.disks = Array(machine.disks.dropFirst()) }
        // It boots from where the cable is, under the same serial and UUID.
        if faults.contains(.swappedCables) {
            machine.hardwareAddress = mac
            machine.mac = interfaces.first { $0.mac != mac }?.mac ?? mac
        }
        return machine
    }

    /// Why a fault changes nothing of this machine; nil where it does.
    func obstacle(to fault: Fault) -> String? {
        switch fault {
        case .hardware(.wrongNeighbours) where !namesNeighbours:
            "its documents name no neighbour, in owner_data "
                + "\(HardwareExpectations.Label.neighbour)INTERFACE: 'SWITCH PORT'"
        case .swappedCables where interfaces.count < 2: "its documents name no second interface"
        case .diskMissing where disks.isEmpty, .diskFails where disks.isEmpty,
            .hardware(.failingDisk) where disks.isEmpty,
            .hardware(.hangingDisk) where disks.isEmpty:
            "its documents name no disk"
        default: nil
        }
    }
}
