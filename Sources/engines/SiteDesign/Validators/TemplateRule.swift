import OrderedCollections
import Primitives

extension Validator {
    /// Templates of boot actions can be rendered: learnt here, and not when a disk has been written.
    ///
    /// Each is rendered for the first of its nodes. What only another node trips over, and what is fetched, fails that
    /// node's task before its installation begins.
    static let bootActionTemplates = Validator("BY1007", "Boot Action Templates", confirms: false) { site, findings in
        let renderer = BootActionRenderer(site: site, designReference: "", reportURL: "/") { _ in [] }
        for action in site.bootActions {
            guard let name = action.targetNodes.first, let node = site.node(named: name) else { continue }
            do {
                try renderer.check(action, for: node)
            } catch let error as BootActionError where error.reason == .template {
                findings.error(
                    "\(error.message) (for BaremetalNode \(name))",
                    "Correct the template; the line is that of the asset's data.",
                    DocumentReference(.bootAction, action.name), at: ["assets"])
            } catch let error as BootActionError {
                findings.warning(
                    "\(error.message) (for BaremetalNode \(name))",
                    "Correct the asset; its nodes will not be deployed.",
                    DocumentReference(.bootAction, action.name))
            }
        }
    }
}
