import OrderedCollections

/// A model of machine: its firmware, and names for what sits where in it.
package struct HardwareProfile: Sendable, Hashable {
    /// The name of the document.
    package var name: String
    /// Free text of the document, as are generation and versions.
    package var vendor: String?
    /// The generation of the hardware; nil where the document has none. Nothing depends on it.
    package var generation: String?
    package var hardwareVersion: String?
    package var biosVersion: String?
    /// The firmware's mode; nil where the document does not say.
    package var bootMode: BootMode?
    package var bootstrapProtocol: String?
    /// An alias of `devices`, or a kernel name: the interface that boots by PXE.
    package var pxeInterface: String?
    /// In the order of the document.
    package var devices: [DeviceAlias] = []
    /// Name of a set and its list of processors, `2,4`.
    package var cpuSets: Labels = [:]
    /// Sets of huge pages, referred to by kernel parameters.
    package var hugePages: [HugePages] = []

    /// A profile of which only the name is known.
    package init(name: String) { self.name = name }

    /// The first device of that alias; nil where there is none.
    package func device(_ alias: String) -> DeviceAlias? { devices.first { $0.alias == alias } }
}

/// How firmware boots: by the BIOS, or by UEFI.
package enum BootMode: String, Sendable {
    case bios
    case uefi
}

/// A name for the device at an address of a bus; a PCI address may be `regexp:…`.
package struct DeviceAlias: Sendable, Hashable {
    /// The name that host profiles use.
    package var alias: String
    /// A PCI address `0000:00:03.0`, a SCSI address `2:0.0.0`, or `regexp:` and a pattern.
    package var address: String?
    /// `pci`, `scsi`, `usb`; free text.
    package var busType: String?
    /// A description of the device; free text.
    package var deviceType: String?
}

/// A named amount of huge pages.
package struct HugePages: Sendable, Hashable {
    /// The name that kernel parameters refer to.
    package var name: String
    /// The size of a page as the kernel takes it: `2M`, `1G`.
    package var size: String
    /// How many pages.
    package var count: Int
}
