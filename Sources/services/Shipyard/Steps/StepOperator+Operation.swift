import SiteActions

extension StepOperator {
    /// What a step of this operator does.
    private var operation: StepOperation {
        switch self {
        case .announce: ControlSteps.announce
        case .checkConcurrency: ControlSteps.checkConcurrency
        case .checkHealth: ControlSteps.checkHealth
        case .render: ControlSteps.render
        case .configure: ControlSteps.configure
        case .validateDeckhand: ValidationSteps.deckhand
        case .validateDrydock: ValidationSteps.drydock
        case .validatePromenade: ValidationSteps.promenade
        case .validateArmada: ValidationSteps.armada
        case .verifySite: DrydockSteps.verifySite
        case .prepareSite: DrydockSteps.prepareSite
        case .verifyNodesExist: DrydockSteps.verifyNodesExist
        case .deployNodes: DrydockSteps.deployNodes
        case .destroyNodes: DrydockSteps.destroyNodes
        case .relabelNodes: DrydockSteps.relabelNodes
        case .applySoftware: ArmadaSteps.apply
        case .getReleases: ArmadaSteps.getReleases
        case .testReleases: ArmadaSteps.testReleases
        case .tagRevision: ClosingSteps.tag
        case .deploymentStatus: ClosingSteps.deploymentStatus
        }
    }

    /// The operation of every operator, by the operator's name, as stored workflows have it.
    package static let operations: [String: StepOperation] = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0.rawValue, $0.operation) })
}
