import Primitives

/// A machine to be rehearsed, as the site's documents describe it.
package struct MachineDescription: Sendable {
    package var name: String
    package var bmcAddress: String
    package var account: String
    package var credential: Secret<String>
    package var mac: MACAddress
    package var interfaces: [Interface]
    package var disks: [Disk]
    /// Assets that must arrive with the boot data, in their order.
    package var assets: [ExpectedAsset]

    /// Made of its boot address: the same in every rehearsal of the site.
    package var uuid: String {
        "B0A70000-0000-4000-8000-" + mac.description.split(separator: ":").joined().uppercased()
    }

    package struct Interface: Sendable {
        package var name: String
        package var mac: MACAddress
        /// PCI address, as the hardware profile's alias gives it.
        package var address: String?
    }

    package struct Disk: Sendable {
        package var name: String
        package var size: Int
        /// SCSI address, as the hardware profile's alias gives it.
        package var address: String?
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
