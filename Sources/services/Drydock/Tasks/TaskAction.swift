/// What a task does (`docs/reference/drydock.md` §11 and §13).
package enum TaskAction: String, Sendable, Hashable, CaseIterable {
    case noop
    case validateDesign = "validate_design"
    case verifySite = "verify_site"
    case prepareSite = "prepare_site"
    case verifyNodes = "verify_nodes"
    case prepareNodes = "prepare_nodes"
    case deployNodes = "deploy_nodes"
    case destroyNodes = "destroy_nodes"
    case relabelNodes = "relabel_nodes"

    case validateNodeServices = "validate_node_services"
    case createNetworkTemplate = "create_network_template"
    case configureUserCredentials = "configure_user_credentials"
    case configureNodeProvisioner = "configure_node_provisioner"
    case interrogateOOB = "interrogate_oob"
    case setNodeBoot = "set_node_boot"
    case powerCycleNode = "power_cycle_node"
    case identifyNode = "identify_node"
    case configureHardware = "configure_hardware"
    case applyNodeNetworking = "apply_node_networking"
    case applyNodeStorage = "apply_node_storage"
    case applyNodePlatform = "apply_node_platform"
    case deployNode = "deploy_node"
    case bootActionReport = "bootaction_report"
    case destroyNode = "destroy_node"
    case relabelNode = "relabel_node"

    /// The actions that have the nodes of their filter to themselves.
    static let onNodes: Set<TaskAction> = [.verifyNodes, .prepareNodes, .deployNodes, .destroyNodes, .relabelNodes]

    /// The actions that `POST tasks` takes.
    package static let requestable: Set<TaskAction> = onNodes.union([.validateDesign, .verifySite, .prepareSite])
}

/// How far a task has come. `terminated` tasks were ended before they were complete.
package enum TaskStatus: String, Sendable, Hashable, CaseIterable {
    case requested
    case queued
    case running
    case complete
    case terminated
}
