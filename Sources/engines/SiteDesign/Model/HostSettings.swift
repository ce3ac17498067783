import OrderedCollections
import Primitives

/// What host profiles and nodes have in common, and what inheritance is about (`docs/reference/drydock.md` §5, §6).
package struct HostSettings: Sendable, Hashable {
    /// The `HostProfile` that is inherited from (`host_profile`).
    package var parentProfile: String?
    /// The name of a `HardwareProfile`.
    package var hardwareProfile: String?
    /// The name of the `Network` with the default route and the domain.
    package var primaryNetwork: String?
    /// The name of a `Rack`.
    package var rack: String?
    /// The name of an image of the image catalog.
    package var image: String?
    /// The name of one of the image's kernels.
    package var kernel: String?
    /// In the order of the documents; the text `True` means the name alone.
    package var kernelParameters: Labels = [:]
    /// `ipmi`, `redfish`, `libvirt`, `manual`
    package var outOfBandType: String?
    /// All but the type: `network`, `account`, `credential`, `libvirt_uri` …
    package var outOfBandParameters: Labels = [:]
    /// Each once, the parent's first.
    package var tags: [String] = []
    /// Labels of the node, in Kubernetes too.
    package var ownerData: Labels = [:]
    /// In the order of the documents, the parent's first.
    package var interfaces: [Interface] = []
    /// In the order of the documents, the parent's first.
    package var storageDevices: [StorageDevice] = []
    /// In the order of the documents, the parent's first.
    package var arrays: [StorageArray] = []
    /// In the order of the documents, the parent's first.
    package var volumeGroups: [VolumeGroup] = []

    /// Settings that say nothing.
    package init() {}
}

/// How far a profile or node is compiled. A profile that no node inherits stays as designed.
package enum CompilationSource: String, Sendable {
    case designed
    case compiled
}

/// Settings that nodes and other profiles inherit by name.
package struct HostProfile: Sendable, Hashable {
    /// The name of the document.
    package var name: String
    /// As designed, or with the parent's merged in: see `source`.
    package var settings: HostSettings
    /// How far `settings` are compiled.
    package var source: CompilationSource = .designed

    /// A profile as designed.
    package init(name: String, settings: HostSettings) {
        self.name = name
        self.settings = settings
    }
}

/// An interface of the operating system: a bond, or one cable.
package struct Interface: Sendable, Hashable {
    /// The name that the installed system gives it: `bond0`, `eno1`.
    package var name: String
    /// The name of a `NetworkLink` (`device_link`).
    package var link: String?
    /// Aliases of the hardware profile, or names of the kernel.
    package var slaves: [String] = []
    /// Names of `Network` documents, the untagged one among them.
    package var networks: [String] = []
    /// What the document says of SR-IOV; nil where it says nothing.
    package var sriov: VirtualFunctions?
    /// Only in compiled nodes.
    package var selectors: [SlaveSelector]?

    /// An interface of which only the name is known.
    package init(name: String) { self.name = name }
}

/// What an interface says of SR-IOV. `isEnabled` is false where it says nothing.
package struct VirtualFunctions: Sendable, Hashable {
    package var isEnabled: Bool
    /// How many virtual functions.
    package var count: Int?
    package var isTrusted: Bool?
}

/// Where a slave is found in the machine.
package struct SlaveSelector: Sendable, Hashable {
    /// How `address` is to be read.
    package enum Kind: String, Sendable {
        /// `address` is a PCI address.
        case address
        /// `address` is the name that the kernel gives.
        case name
    }

    /// How `address` is to be read.
    package var kind: Kind
    /// A PCI address or a kernel name.
    package var address: String
    /// The device type of the alias; nil for a kernel name.
    package var deviceType: String?
}
