import Installation
import OrderedCollections
import Primitives
import SiteDesign

extension NodePlanner {
    /// Reads parts of a plan as the installer will, so that what it would refuse is known before the machine is booted.
    ///
    /// - Parameter parts: what follows from the design.
    /// - Throws: `DrydockError` `.invalid`, which names the node and the member of the plan.
    static func check(_ parts: Value.Object, of node: BaremetalNode) throws {
        do {
            try InstallableDesign.check(parts, of: node)
        } catch {
            throw DrydockError(.invalid, "\(node.name) cannot be installed as it is designed. \(error.message)")
        }
    }
}
