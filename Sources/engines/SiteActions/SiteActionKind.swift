import Workflow

/// An action on a site. The raw value is the name that clients write; it is the id of the action's workflow, too.
///
/// To add an action, add a case here and its entry to `definition`. A step that no action has yet needs a case of
/// `StepOperator`, and Shipyard then does not compile without the operation behind it. The command line, the policy,
/// the pre-run checks and the engine derive all else from the entry.
package enum SiteActionKind: String, Sendable, CaseIterable {
    case deploySite = "deploy_site"
    case updateSite = "update_site"
    case updateSoftware = "update_software"
    case redeployServer = "redeploy_server"
    case relabelNodes = "relabel_nodes"
    case testSite = "test_site"
}

extension SiteActionKind {
    /// The definition of the action (`docs/reference/shipyard.md` §6.2, §6.6, §7). Steps have the order in which
    /// clients see them.
    ///
    /// The three steps that upgrade Airflow's workers are left out, as there are none. `create_action_tag` waits for
    /// `armada_build.armada_get_releases` in their place.
    package var definition: SiteActionDefinition {
        switch self {
        case .deploySite:
            SiteActionDefinition(
                parameters: [.continueOnFail],
                checks: [.committedRevision, .intermediateCommits, .deploymentActionFull],
                steps: SiteSteps.opening + SiteSteps.fullValidation + [SiteSteps.deploymentStatus]
                    + SiteSteps.nodes(after: SiteSteps.everyValidation)
                    + SiteSteps.software(after: [SiteSteps.deployNodes]))
        case .updateSite:
            SiteActionDefinition(
                parameters: [.continueOnFail],
                checks: [.committedRevision, .intermediateCommits, .deploymentActionFull],
                steps: SiteSteps.opening + SiteSteps.fullValidation + [SiteSteps.deploymentStatus]
                    + [StepDefinition(SiteSteps.verifyNodes, .verifyNodesExist, after: [SiteSteps.prepareSite])]
                    + SiteSteps.nodes(after: SiteSteps.everyValidation, deployingAfter: SiteSteps.verifyNodes)
                    + SiteSteps.software(after: [SiteSteps.deployNodes]))
        case .updateSoftware:
            SiteActionDefinition(
                parameters: [.continueOnFail],
                checks: [.committedRevision, .intermediateCommits, .deploymentActionBasic],
                manifest: .update,
                steps: SiteSteps.shortOpening
                    + SiteSteps.validation(
                        by: [.deckhand, .armada], after: [SiteSteps.concurrency, SiteSteps.configuration])
                    + [
                        StepDefinition("deployment_status", .deploymentStatus, after: [SiteSteps.concurrency])
                    ]
                    + SiteSteps.software(after: [.armada, .deckhand].map(SiteSteps.validationID)))
        case .redeployServer:
            SiteActionDefinition(
                scope: .targeted,
                parameters: [.continueOnFail],
                checks: [.committedRevision, .deploymentActionBasic],
                steps: SiteSteps.shortOpening
                    + SiteSteps.validation(
                        by: [.deckhand, .drydock, .promenade], after: [SiteSteps.concurrency, SiteSteps.configuration])
                    + [
                        StepDefinition(
                            "destroy_nodes", .destroyNodes,
                            after: [.deckhand, .drydock, .promenade].map(SiteSteps.validationID))
                    ]
                    + SiteSteps.nodes(after: ["destroy_nodes"]))
        case .relabelNodes:
            SiteActionDefinition(
                scope: .targeted,
                parameters: [.continueOnFail],
                checks: [.committedRevision, .deploymentActionBasic],
                steps: [
                    SiteSteps.announcement,
                    StepDefinition(SiteSteps.concurrency, .checkConcurrency, after: [SiteSteps.announcement.id]),
                    StepDefinition(SiteSteps.preflight, .checkHealth, after: [SiteSteps.concurrency]),
                    StepDefinition(SiteSteps.rendering, .render, after: [SiteSteps.preflight]),
                    StepDefinition(SiteSteps.configuration, .configure, after: [SiteSteps.rendering]),
                ]
                    + SiteSteps.validation(by: SiteSteps.Component.allCases, after: [SiteSteps.configuration])
                    + [StepDefinition("relabel_nodes", .relabelNodes, after: SiteSteps.everyValidation)])
        case .testSite:
            SiteActionDefinition(
                parameters: [.release],
                checks: [],
                isExclusive: false,
                steps: [
                    SiteSteps.announcement,
                    StepDefinition(SiteSteps.preflight, .checkHealth, after: [SiteSteps.announcement.id]),
                    StepDefinition(SiteSteps.configuration, .configure, after: [SiteSteps.announcement.id]),
                    StepDefinition(
                        SiteSteps.testReleases, .testReleases, after: [SiteSteps.configuration, SiteSteps.preflight]),
                ])
        }
    }
}

extension SiteActionKind {
    /// The policy rule that a caller needs beside `workflow_orchestrator:create_action`.
    package var policy: String { "workflow_orchestrator:action_\(rawValue)" }

    /// - Throws: `WorkflowGraphError` for an entry whose steps make no workflow; a test holds that none does.
    package func graph() throws(WorkflowGraphError) -> WorkflowGraph {
        try WorkflowGraph(id: rawValue, steps: definition.steps)
    }

    /// The other actions that may not run at the same time (`docs/reference/shipyard.md` §6.6).
    package var conflicts: Set<SiteActionKind> {
        guard definition.isExclusive else { return [] }
        return Set(Self.allCases.filter { $0 != self && $0.definition.isExclusive })
    }

    /// The running action that this one may not run with; nil where it may.
    ///
    /// - Parameter running: all running actions, with the one that asks.
    package func conflict(with running: [SiteActionKind]) -> SiteActionKind? {
        let conflicts = conflicts
        if let other = running.first(where: { conflicts.contains($0) }) { return other }
        return definition.isExclusive && running.count { $0 == self } > 1 ? self : nil
    }
}
