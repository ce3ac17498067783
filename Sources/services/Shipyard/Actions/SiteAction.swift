import Primitives
import SiteActions
import Workflow

/// An action with its run.
package struct SiteAction: Sendable {
    /// A ULID, which is the id of the run too.
    package let id: String
    /// `deploy_site` and so on; the name of the workflow too.
    package let name: String
    package let parameters: Value
    /// Of two actions of one name never the same: it tells their runs apart.
    package var executionDate: Timestamp
    package let user: String
    package let created: Timestamp
    package let contextMarker: String
    package let committedRevision: Int?
    package let allowsIntermediateCommits: Bool?
    package var run: WorkflowRun

    /// What the action is, as steps pass it on (`docs/reference/shipyard.md` §8.1).
    package var value: Value {
        [
            "id": .string(id), "name": .string(name), "user": .string(user),
            "timestamp": .string(created.formatted(.naive)), "context_marker": .string(contextMarker),
            "dag_id": .string(name), "committed_rev_id": committedRevision.map(Value.int) ?? .null,
            "allow_intermediate_commits": allowsIntermediateCommits.map(Value.bool) ?? .null,
            "parameters": parameters,
        ]
    }

    /// Nil for an action of another version of Boatyard that this one does not have.
    package var kind: SiteActionKind? { SiteActionKind(rawValue: name) }

    package var scope: SiteActionScope { kind?.definition.scope ?? .site }

    package var arguments: SiteActionArguments { SiteActionArguments(parameters) }

    /// The nodes that a targeted action names; empty for actions on the whole site.
    package var targets: [String] { scope == .targeted ? arguments.targetNodes ?? [] : [] }

    /// The running action that this one may not run with; nil where it may.
    ///
    /// - Parameter running: the names of all running actions, with that of this one.
    func conflict(with running: [String]) -> SiteActionKind? {
        kind?.conflict(with: running.compactMap(SiteActionKind.init(rawValue:)))
    }
}

extension SiteAction {
    /// The word for a run's state that clients show (`docs/reference/shipyard.md` §6.3); any case, nil for no run.
    package static func lifecycle(_ state: String?) -> String {
        switch state?.lowercased() {
        case nil, "none", "queued", "scheduled": "Pending"
        case "running", "up_for_retry": "Processing"
        case "success": "Complete"
        case "failed", "shutdown", "upstream_failed", "skipped", "removed": "Failed"
        case "paused": "Paused"
        default: "Unknown (\(state ?? ""))"
        }
    }
}
