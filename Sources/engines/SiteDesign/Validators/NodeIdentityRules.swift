import OrderedCollections
import Primitives

extension Validator {
    /// The name of a node becomes the host name of its machine, a folder, and a part of addresses.
    static let nodeNames = Validator("BY1008", "Node Names", confirms: false) { site, findings in
        for node in site.nodes where !UnsafeText.isLabel(node.name) {
            findings.error(
                "Name of BaremetalNode \(node.name.shownSafely) is no host name",
                "Use 1 to 63 letters, digits and hyphens, with no hyphen first or last (RFC 1123).", node.reference)
        }
    }

    /// There is a driver for every node's way to be reached out of band. Designs for Drydock may name others: they stay
    /// valid, and the tasks that would need the driver fail.
    static let outOfBandTypes = Validator("BY1009", "Out-of-Band Types", confirms: false) { site, findings in
        guard let types = findings.outOfBandTypes else { return }
        for node in site.nodes {
            let type = node.outOfBandType ?? "none"
            guard !types.contains(type) else { continue }
            findings.warning(
                OutOfBandTypes.complaint(of: node.name, type: type), types.remedy, node.reference,
                at: ["oob", "type"], remedy: types.remedy + Suggestion.sentence(for: type, among: types.names))
        }
    }
}
