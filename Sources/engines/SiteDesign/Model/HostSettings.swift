import OrderedCollections
import Primitives

/// What host profiles and nodes have in common, and what inheritance is about (`spec/drydock.md` §5, §6).
package struct HostSettings: Sendable, Hashable {
    package var parentProfile: String?
    package var hardwareProfile: String?
    package var primaryNetwork: String?
    package var rack: String?
    package var image: String?
    package var kernel: String?
    package var kernelParameters: Labels = [:]
    /// `ipmi`, `redfish`, `libvirt`, `manual`
    package var outOfBandType: String?
    /// All but the type: `network`, `account`, `credential`, `libvirt_uri` …
    package var outOfBandParameters: Labels = [:]
    package var tags: [String] = []
    /// Labels of the node, in Kubernetes too.
    package var ownerData: Labels = [:]
    package var interfaces: [Interface] = []
    package var storageDevices: [StorageDevice] = []
    package var volumeGroups: [VolumeGroup] = []

    package init() {}
}

/// How far a profile or node is compiled; a profile that nobody inherits stays as designed.
package enum CompilationSource: String, Sendable {
    case designed
    case compiled
}

package struct HostProfile: Sendable, Hashable {
    package var name: String
    package var settings: HostSettings
    package var source: CompilationSource = .designed

    package init(name: String, settings: HostSettings) {
        self.name = name
        self.settings = settings
    }
}

/// An interface of the operating system: a bond, or one cable.
package struct Interface: Sendable, Hashable {
    package var name: String
    package var link: String?
    /// Aliases of the hardware profile, or names of the kernel.
    package var slaves: [String] = []
    package var networks: [String] = []
    package var sriov: VirtualFunctions?
    /// Only in compiled nodes.
    package var selectors: [SlaveSelector]?

    package init(name: String) { self.name = name }
}

/// What an interface says of SR-IOV. `isEnabled` is false where it says nothing.
package struct VirtualFunctions: Sendable, Hashable {
    package var isEnabled: Bool
    package var count: Int?
    package var isTrusted: Bool?
}

/// Where a slave is found in the machine.
package struct SlaveSelector: Sendable, Hashable {
    package enum Kind: String, Sendable {
        /// `address` is a PCI address.
        case address
        /// `address` is the name that the kernel gives.
        case name
    }

    package var kind: Kind
    package var address: String
    package var deviceType: String?
}
