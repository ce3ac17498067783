import Workflow

/// The steps that several actions have, and the ids by which steps read the results of others.
package enum SiteSteps {
    /// The check that no action runs that excludes this one.
    package static let concurrency = "dag_concurrency_check"
    static let preflight = "preflight.ucp_preflight_check"
    /// Reads the deployment configuration, which later steps take from its result.
    package static let configuration = "deployment_configuration"
    static let rendering = "get_rendered_doc"
    static let prepareSite = "drydock_build.prepare_site"
    static let verifyNodes = "drydock_build.verify_nodes_exist"
    static let deployNodes = "drydock_build.prepare_and_deploy_nodes"
    /// Applies the charts of the site's manifest.
    package static let applySoftware = "armada_build.armada_post_apply"
    /// Lists the releases. Its state decides how the revision is tagged.
    package static let getReleases = "armada_build.armada_get_releases"
    /// Runs the tests of releases.
    package static let testReleases = "armada_test_releases"
    /// Says on the revision how the action went.
    package static let tagging = "create_action_tag"
    /// Records the end of the deployment.
    package static let finalStatus = "final_deployment_status"

    static let announcement = StepDefinition("action_xcom", .announce)

    static let shortOpening: [StepDefinition] = [
        announcement,
        StepDefinition(concurrency, .checkConcurrency),
        StepDefinition(configuration, .configure, after: [announcement.id]),
    ]

    static let opening: [StepDefinition] = [
        announcement,
        StepDefinition(concurrency, .checkConcurrency),
        StepDefinition(preflight, .checkHealth, after: [announcement.id]),
        StepDefinition(rendering, .render, after: [configuration]),
        StepDefinition(configuration, .configure, after: [announcement.id]),
    ]

    /// Who looks at the design.
    enum Component: String, CaseIterable {
        case deckhand, drydock, promenade, armada

        fileprivate var stepOperator: StepOperator {
            switch self {
            case .deckhand: .validateDeckhand
            case .drydock: .validateDrydock
            case .promenade: .validatePromenade
            case .armada: .validateArmada
            }
        }
    }

    static func validationID(_ component: Component) -> String {
        "validate_site_design.\(component.rawValue)_validate_site_design"
    }

    static func validation(by components: [Component], after upstream: [String]) -> [StepDefinition] {
        components.map { StepDefinition(validationID($0), $0.stepOperator, after: upstream, retries: 1) }
    }

    static let everyValidation = Component.allCases.map(validationID)

    /// Every component looks at the design, after `opening`.
    static let fullValidation = validation(
        by: Component.allCases, after: [concurrency, configuration, rendering, preflight])

    /// Records that the deployment has begun, after `opening`.
    static let deploymentStatus = StepDefinition(
        "deployment_status", .deploymentStatus, after: [concurrency, rendering])

    /// Drydock verifies and prepares the site and deploys its machines.
    ///
    /// - Parameter last: the step that the deployment waits for.
    static func nodes(after upstream: [String], deployingAfter last: String = prepareSite) -> [StepDefinition] {
        [
            StepDefinition("drydock_build.verify_site", .verifySite, after: upstream),
            StepDefinition(prepareSite, .prepareSite, after: ["drydock_build.verify_site"]),
            StepDefinition(deployNodes, .deployNodes, after: [last]),
        ]
    }

    /// Armada applies the software, and the outcome is recorded however it went.
    static func software(after upstream: [String]) -> [StepDefinition] {
        [
            StepDefinition(applySoftware, .applySoftware, after: upstream, retries: 5),
            StepDefinition(getReleases, .getReleases, after: [applySoftware]),
            StepDefinition(tagging, .tagRevision, after: [getReleases], rule: .allDone),
            StepDefinition(finalStatus, .deploymentStatus, after: [tagging], rule: .allDone),
        ]
    }
}
