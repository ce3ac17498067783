import OrderedCollections

/// A rack and its switches; nodes name their rack, and nothing else reads it.
package struct Rack: Sendable, Hashable {
    /// The name of the document.
    package var name: String
    /// Its top-of-rack switches, in the order of the document.
    package var switches: [TopOfRackSwitch] = []
    /// `clli`, `grid`: free text.
    package var location: Labels = [:]
    /// Names of networks that exist in this rack only.
    package var localNetworks: [String] = []

    /// A rack of which only the name is known.
    package init(name: String) { self.name = name }
}

/// A switch of a rack.
package struct TopOfRackSwitch: Sendable, Hashable {
    /// Its name in the document.
    package var name: String
    /// Where it is administered, as written.
    package var managementAddress: String?
    /// The address of its SDN controller.
    package var controllerURI: String?
}
