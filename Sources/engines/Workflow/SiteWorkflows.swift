/// The workflows behind Shipyard's six actions (`spec/shipyard.md` §7), step by step in the order of its tables.
///
/// The three steps that upgrade Airflow's own workers are left out: there are none. `create_action_tag` waits for
/// `armada_build.armada_get_releases` in their place.
package enum SiteWorkflows {
    /// What a workflow acts upon.
    package enum Scope: String, Sendable {
        case site
        /// The machines that the parameter `target_nodes` names.
        case targeted
    }

    package static func scope(of action: String) -> Scope {
        action == "redeploy_server" || action == "relabel_nodes" ? .targeted : .site
    }

    package static let names = [
        "deploy_site", "update_site", "update_software", "redeploy_server", "relabel_nodes", "test_site",
    ]

    /// - Returns: nil for a name that is not in `names`.
    package static func graph(_ name: String) -> WorkflowGraph? {
        // The tables are constant and checked by a test, so the error cannot arise.
        guard var steps = tables[name] else { return nil }
        for index in steps.indices { steps[index].timeout = timeouts[steps[index].operatorName] }
        return try? WorkflowGraph(id: name, steps: steps)
    }

    /// Seconds that a try of what only looks and notes may take. The others work for as long as the site's
    /// `deployment-configuration` says, and see to that themselves.
    private static let timeouts: [String: Double] = [
        "PythonOperator": 60, "ConcurrencyCheckOperator": 60, "UcpHealthCheckOperator": 120,
        "DeckhandRetrieveRenderedDocOperator": 600, "DeploymentConfigurationOperator": 600,
        "DeckhandValidateSiteDesignOperator": 600, "DrydockValidateDesignOperator": 600,
        "PromenadeValidateSiteDesignOperator": 600, "DrydockVerifyNodesExistOperator": 60,
        "DeckhandCreateSiteActionTagOperator": 300, "DeploymentStatusOperator": 300,
    ]

    private static let tables: [String: [StepDefinition]] = [
        "deploy_site": opening + designed(validating, deploying) + closing,
        "update_site": opening + designed(validating, updating) + closing,
        "update_software": updateSoftware,
        "redeploy_server": redeployServer,
        "relabel_nodes": relabelNodes,
        "test_site": testSite,
    ]

    private static let concurrency = "dag_concurrency_check"
    private static let preflight = "preflight.ucp_preflight_check"
    private static let configuration = "deployment_configuration"

    private static let opening: [StepDefinition] = [
        StepDefinition("action_xcom", "PythonOperator"),
        StepDefinition(concurrency, "ConcurrencyCheckOperator"),
        StepDefinition(preflight, "UcpHealthCheckOperator", after: ["action_xcom"]),
        StepDefinition("get_rendered_doc", "DeckhandRetrieveRenderedDocOperator", after: [configuration]),
        StepDefinition(configuration, "DeploymentConfigurationOperator", after: ["action_xcom"]),
    ]

    private enum Component: String {
        case deckhand, drydock, promenade, armada

        var operatorName: String {
            switch self {
            case .deckhand: "DeckhandValidateSiteDesignOperator"
            case .drydock: "DrydockValidateDesignOperator"
            case .promenade: "PromenadeValidateSiteDesignOperator"
            case .armada: "ArmadaValidateDesignOperator"
            }
        }

        var step: String { "validate_site_design.\(rawValue)_validate_site_design" }
    }

    private static func validation(_ components: [Component], after upstream: [String]) -> [StepDefinition] {
        components.map { StepDefinition($0.step, $0.operatorName, after: upstream, retries: 1) }
    }

    private static let everyComponent: [Component] = [.deckhand, .drydock, .promenade, .armada]
    private static let validating = validation(
        everyComponent, after: [concurrency, configuration, "get_rendered_doc", preflight])

    private static func designed(_ validating: [StepDefinition], _ building: [StepDefinition]) -> [StepDefinition] {
        validating
            + [
                StepDefinition(
                    "deployment_status", "DeploymentStatusOperator", after: [concurrency, "get_rendered_doc"])
            ]
            + building
    }

    private static let deploying: [StepDefinition] = [
        StepDefinition("drydock_build.verify_site", "DrydockVerifySiteOperator", after: everyComponent.map(\.step)),
        StepDefinition(
            "drydock_build.prepare_site", "DrydockPrepareSiteOperator", after: ["drydock_build.verify_site"]),
        StepDefinition(
            "drydock_build.prepare_and_deploy_nodes", "DrydockNodesOperator", after: ["drydock_build.prepare_site"]),
    ]

    private static let updating: [StepDefinition] = [
        StepDefinition(
            "drydock_build.verify_nodes_exist", "DrydockVerifyNodesExistOperator",
            after: ["drydock_build.prepare_site"]),
        StepDefinition("drydock_build.verify_site", "DrydockVerifySiteOperator", after: everyComponent.map(\.step)),
        StepDefinition(
            "drydock_build.prepare_site", "DrydockPrepareSiteOperator", after: ["drydock_build.verify_site"]),
        StepDefinition(
            "drydock_build.prepare_and_deploy_nodes", "DrydockNodesOperator",
            after: ["drydock_build.verify_nodes_exist"]),
    ]

    private static func armada(after upstream: [String]) -> [StepDefinition] {
        [
            StepDefinition("armada_build.armada_post_apply", "ArmadaPostApplyOperator", after: upstream, retries: 5),
            StepDefinition(
                "armada_build.armada_get_releases", "ArmadaGetReleasesOperator",
                after: ["armada_build.armada_post_apply"]),
            StepDefinition(
                "create_action_tag", "DeckhandCreateSiteActionTagOperator",
                after: ["armada_build.armada_get_releases"], rule: .allDone),
            StepDefinition(
                "final_deployment_status", "DeploymentStatusOperator", after: ["create_action_tag"], rule: .allDone),
        ]
    }

    private static let closing = armada(after: ["drydock_build.prepare_and_deploy_nodes"])

    private static let updateSoftware: [StepDefinition] =
        [
            StepDefinition("action_xcom", "PythonOperator"),
            StepDefinition(concurrency, "ConcurrencyCheckOperator"),
            StepDefinition(configuration, "DeploymentConfigurationOperator", after: ["action_xcom"]),
        ]
        + validation([.deckhand, .armada], after: [concurrency, configuration])
        + [StepDefinition("deployment_status", "DeploymentStatusOperator", after: [concurrency])]
        + armada(after: [Component.armada.step, Component.deckhand.step])

    private static let redeployServer: [StepDefinition] =
        [
            StepDefinition("action_xcom", "PythonOperator"),
            StepDefinition(concurrency, "ConcurrencyCheckOperator"),
            StepDefinition(configuration, "DeploymentConfigurationOperator", after: ["action_xcom"]),
        ]
        + validation([.deckhand, .drydock, .promenade], after: [concurrency, configuration])
        + [
            StepDefinition(
                "destroy_nodes", "DrydockDestroyNodeOperator",
                after: [Component.deckhand.step, Component.drydock.step, Component.promenade.step]),
            StepDefinition("drydock_build.verify_site", "DrydockVerifySiteOperator", after: ["destroy_nodes"]),
            StepDefinition(
                "drydock_build.prepare_site", "DrydockPrepareSiteOperator", after: ["drydock_build.verify_site"]),
            StepDefinition(
                "drydock_build.prepare_and_deploy_nodes", "DrydockNodesOperator", after: ["drydock_build.prepare_site"]
            ),
        ]

    private static let relabelNodes: [StepDefinition] =
        [
            StepDefinition("action_xcom", "PythonOperator"),
            StepDefinition(concurrency, "ConcurrencyCheckOperator", after: ["action_xcom"]),
            StepDefinition(preflight, "UcpHealthCheckOperator", after: [concurrency]),
            StepDefinition("get_rendered_doc", "DeckhandRetrieveRenderedDocOperator", after: [preflight]),
            StepDefinition(configuration, "DeploymentConfigurationOperator", after: ["get_rendered_doc"]),
        ]
        + validation(everyComponent, after: [configuration])
        + [StepDefinition("relabel_nodes", "DrydockRelabelNodesOperator", after: everyComponent.map(\.step))]

    private static let testSite: [StepDefinition] = [
        StepDefinition("action_xcom", "PythonOperator"),
        StepDefinition(preflight, "UcpHealthCheckOperator", after: ["action_xcom"]),
        StepDefinition(configuration, "DeploymentConfigurationOperator", after: ["action_xcom"]),
        StepDefinition("armada_test_releases", "ArmadaTestReleasesOperator", after: [configuration, preflight]),
    ]
}
