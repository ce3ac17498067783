/// What each operator of the site workflows does.
package enum Operators {
    package static let site: [String: StepOperation] = [
        "PythonOperator": ControlSteps.announce,
        "ConcurrencyCheckOperator": ControlSteps.checkConcurrency,
        "UcpHealthCheckOperator": ControlSteps.checkHealth,
        "DeckhandRetrieveRenderedDocOperator": ControlSteps.render,
        "DeploymentConfigurationOperator": ControlSteps.configure,
        "DeckhandValidateSiteDesignOperator": ValidationSteps.deckhand,
        "DrydockValidateDesignOperator": ValidationSteps.drydock,
        "PromenadeValidateSiteDesignOperator": ValidationSteps.promenade,
        "ArmadaValidateDesignOperator": ValidationSteps.armada,
        "DrydockVerifySiteOperator": DrydockSteps.verifySite,
        "DrydockPrepareSiteOperator": DrydockSteps.prepareSite,
        "DrydockVerifyNodesExistOperator": DrydockSteps.verifyNodesExist,
        "DrydockNodesOperator": DrydockSteps.deployNodes,
        "DrydockDestroyNodeOperator": DrydockSteps.destroyNodes,
        "DrydockRelabelNodesOperator": DrydockSteps.relabelNodes,
        "ArmadaPostApplyOperator": ArmadaSteps.apply,
        "ArmadaGetReleasesOperator": ArmadaSteps.getReleases,
        "ArmadaTestReleasesOperator": ArmadaSteps.testReleases,
        "DeckhandCreateSiteActionTagOperator": ClosingSteps.tag,
        "DeploymentStatusOperator": ClosingSteps.recordStatus,
    ]
}
