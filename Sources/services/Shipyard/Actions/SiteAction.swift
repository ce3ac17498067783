import Primitives
import SiteActions
import Workflow

/// An action and its run.
package struct SiteAction: Sendable {
    /// A ULID, which is the id of the run as well.
    package let id: String
    /// The name of the action and of its workflow, such as `deploy_site`.
    package let name: String
    /// The parameters of the request: an object.
    package let parameters: Value
    /// Of two actions of one name never the same: it tells their runs apart.
    package var executionDate: Timestamp
    /// The name of the user who created it.
    package let user: String
    /// When it was created.
    package let created: Timestamp
    /// What its user marked the request with that created it, else the id of the request.
    package let contextMarker: String
    /// The revision that was committed when it was created; nil where there was none.
    package let committedRevision: Int?
    /// The parameter `allow-intermediate-commits`; nil where it was not given.
    package let allowsIntermediateCommits: Bool?
    /// The state of its steps.
    package var run: WorkflowRun

    /// The action as steps pass it on (`docs/reference/shipyard.md` §8.1).
    package var value: Value {
        [
            "id": .string(id), "name": .string(name), "user": .string(user),
            "timestamp": .string(created.formatted(.naive)), "context_marker": .string(contextMarker),
            "dag_id": .string(name), "committed_rev_id": committedRevision.map(Value.int) ?? .null,
            "allow_intermediate_commits": allowsIntermediateCommits.map(Value.bool) ?? .null,
            "parameters": parameters,
        ]
    }

    /// The kind of action; nil for an action of another version of Boatyard that this one does not know.
    package var kind: SiteActionKind? { SiteActionKind(rawValue: name) }

    /// Whether it works on the whole site or on targets.
    package var scope: SiteActionScope { kind?.definition.scope ?? .site }

    /// The parameters, parsed.
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
    /// The lifecycle that clients see for the state of a run (`docs/reference/shipyard.md` §6.3).
    ///
    /// - Parameter state: in any case; nil for an action without a run.
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
