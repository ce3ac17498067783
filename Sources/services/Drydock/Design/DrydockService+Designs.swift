import Documents
import OrderedCollections
import Primitives
import SiteDesign

/// Revisions of this daemon's Deckhand as designs.
extension DrydockService {
    /// The effective nodes of a revision, in the order of the design, as clients get them, without secrets.
    ///
    /// - Throws: `DrydockError`: `.missing` for an unknown revision, `.invalid` for a revision that is no design.
    package func designNodes(revision: Int) async throws -> [Value] {
        let site = try await site(revision: revision)
        let shared = NodeDescription.Shared(site)
        return site.nodes.map { NodeDescription($0, in: site, shared: shared).value }
    }

    /// One effective node of a revision, as clients get it, without secrets.
    ///
    /// - Throws: as `designNodes(revision:)`; `.missing` for an unknown node as well.
    package func designNode(revision: Int, name: String) async throws -> Value {
        let site = try await site(revision: revision)
        guard let node = site.node(named: name) else {
            throw DrydockError(.missing, "Node \(name.prefix(200)) not found in the design of revision \(revision)")
        }
        return NodeDescription(node, in: site).value
    }

    /// What a deployment of the later of two revisions would do to each machine. It changes nothing.
    ///
    /// - Returns: the body of the answer.
    /// - Parameter before: 0 for a site of which there is nothing yet.
    /// - Throws: as `designNodes(revision:)`, for either revision.
    package func designPlan(from before: Int, to after: Int) async throws -> Value {
        let earlier = before == 0 ? nil : try await site(revision: before)
        let plan = DesignPlan(from: earlier, to: try await site(revision: after))
        var answer: Value.Object = ["from": .int(before), "to": .int(after)]
        for (name, value) in plan.value.objectValue ?? [:] { answer[name] = value }
        return .object(answer)
    }

    /// The effective site of a revision.
    ///
    /// - Throws: as `designNodes(revision:)`.
    package func site(revision: Int) async throws -> EffectiveSite {
        let design: CompiledDesign
        do {
            design = try await designs.compiled(revision: revision)
        } catch let error as DocumentError {
            throw DrydockError(error.kind == .missing ? .missing : .invalid, error.description)
        }
        guard let site = design.site else {
            let errors = design.messages.filter(\.error).prefix(3).map { "\($0.name) \($0.message)" }
            throw DrydockError(
                .invalid,
                "Revision \(revision) is no design: \(errors.joined(separator: "; ")). All messages are in the answer of"
                    + " validatedesign.")
        }
        return site
    }
}
