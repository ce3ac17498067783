import Primitives

/// The ways to reach a node out of band for which there are drivers: what `oob.type` of a design may be.
///
/// The raw value is the text of the design. Designs for Drydock may have others, such as `redfish` and `libvirt`: they
/// stay valid, and whatever would need the driver fails.
package enum OutOfBandType: String, CaseIterable, Sendable {
    case ipmi
    /// The node has no BMC: a human does what a driver would.
    case manual

    /// `ipmi and manual`
    package static let names = allCases.map(\.rawValue).sorted().joined(separator: " and ")

    /// The message about a node whose out-of-band type has no driver.
    package static func complaint(of node: String, type: String) -> String {
        "BaremetalNode \(node.shownSafely) has the out-of-band type '\(type.shownSafely)', for which there is no driver"
    }

    /// What to do about it, with the types that there are.
    package static let remedy = "Supported are \(names): set oob.type of the node or of its host profile."
}
