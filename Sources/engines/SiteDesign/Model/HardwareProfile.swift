import OrderedCollections

/// A model of machine: its firmware, and names for what sits where in it.
package struct HardwareProfile: Sendable, Hashable {
    package var name: String
    package var vendor: String?
    package var generation: String?
    package var hardwareVersion: String?
    package var biosVersion: String?
    package var bootMode: BootMode?
    package var bootstrapProtocol: String?
    package var pxeInterface: String?
    package var devices: [DeviceAlias] = []
    /// Name of a set and its list of processors, `2,4`.
    package var cpuSets: Labels = [:]
    package var hugePages: [HugePages] = []

    package init(name: String) { self.name = name }

    package func device(_ alias: String) -> DeviceAlias? { devices.first { $0.alias == alias } }
}

package enum BootMode: String, Sendable {
    case bios
    case uefi
}

/// A name for the device at an address of a bus; a PCI address may be `regexp:…`.
package struct DeviceAlias: Sendable, Hashable {
    package var alias: String
    package var address: String?
    package var busType: String?
    package var deviceType: String?
}

package struct HugePages: Sendable, Hashable {
    package var name: String
    package var size: String
    package var count: Int
}
