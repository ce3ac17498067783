import Workflow

/// What a step does. The raw value is the name of Airflow's operator, which clients read and stored graphs keep.
///
/// Shipyard has the operation of each.
package enum StepOperator: String, Sendable, CaseIterable {
    case announce = "PythonOperator"
    case checkConcurrency = "ConcurrencyCheckOperator"
    case checkHealth = "UcpHealthCheckOperator"
    case render = "DeckhandRetrieveRenderedDocOperator"
    case configure = "DeploymentConfigurationOperator"
    case validateDeckhand = "DeckhandValidateSiteDesignOperator"
    case validateDrydock = "DrydockValidateDesignOperator"
    case validatePromenade = "PromenadeValidateSiteDesignOperator"
    case validateArmada = "ArmadaValidateDesignOperator"
    case verifySite = "DrydockVerifySiteOperator"
    case prepareSite = "DrydockPrepareSiteOperator"
    case verifyNodesExist = "DrydockVerifyNodesExistOperator"
    case deployNodes = "DrydockNodesOperator"
    case destroyNodes = "DrydockDestroyNodeOperator"
    case relabelNodes = "DrydockRelabelNodesOperator"
    case applySoftware = "ArmadaPostApplyOperator"
    case getReleases = "ArmadaGetReleasesOperator"
    case testReleases = "ArmadaTestReleasesOperator"
    case tagRevision = "DeckhandCreateSiteActionTagOperator"
    case deploymentStatus = "DeploymentStatusOperator"

    /// Seconds that a try may take. Nil for what works as long as the site's `deployment-configuration` allows, and
    /// sees to that itself.
    var timeout: Double? {
        switch self {
        case .announce, .checkConcurrency, .verifyNodesExist: 60
        case .checkHealth: 120
        case .tagRevision, .deploymentStatus: 300
        case .render, .configure, .validateDeckhand, .validateDrydock, .validatePromenade: 600
        case .validateArmada, .verifySite, .prepareSite, .deployNodes, .destroyNodes, .relabelNodes, .applySoftware,
            .getReleases, .testReleases:
            nil
        }
    }
}

extension StepDefinition {
    init(
        _ id: String, _ stepOperator: StepOperator, after upstream: [String] = [], rule: TriggerRule = .allSuccess,
        retries: Int = 0
    ) {
        self.init(
            id, stepOperator.rawValue, after: upstream, rule: rule, retries: retries, timeout: stepOperator.timeout)
    }
}
