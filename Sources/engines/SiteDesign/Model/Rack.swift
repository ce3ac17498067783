import OrderedCollections

/// A rack and its switches; nodes name their rack, and nothing else reads it.
package struct Rack: Sendable, Hashable {
    package var name: String
    package var switches: [TopOfRackSwitch] = []
    package var location: Labels = [:]
    package var localNetworks: [String] = []

    package init(name: String) { self.name = name }
}

package struct TopOfRackSwitch: Sendable, Hashable {
    package var name: String
    package var managementAddress: String?
    package var controllerURI: String?
}
