import Primitives

/// The ways to reach a node out of band for which there are drivers: what `oob.type` of a design may be. `OutOfBand` has the
/// drivers, and gives their names to whoever compiles designs.
///
/// Designs may have others: they stay valid, and whatever would need the driver fails.
package struct OutOfBandTypes: Sendable, Hashable {
    /// As designs write them, in their order.
    package let names: [String]

    package init(_ names: [String]) { self.names = names.sorted() }

    package func contains(_ type: String) -> Bool { names.contains(type) }

    /// `ipmi and manual`
    package var list: String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }

    /// The message about a node whose out-of-band type has no driver.
    package static func complaint(of node: String, type: String) -> String {
        "BaremetalNode \(node.shownSafely) has the out-of-band type '\(type.shownSafely)', for which there is no driver"
    }

    /// What to do about it, with the types that there are.
    package var remedy: String { "Supported are \(list): set oob.type of the node or of its host profile." }
}
