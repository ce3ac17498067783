import Workflow

/// All that is known of an action: an entry of the table in `SiteActionKind.definition`.
package struct SiteActionDefinition: Sendable {
    /// Whether the action works on the whole site or on targets.
    package let scope: SiteActionScope
    /// What clients may give, in the order in which help shows it. Those that the scope needs come first.
    package let parameters: [SiteActionParameter]
    /// What must hold before the action starts, in the order in which it is checked. Those of the scope come first.
    package let checks: [PreRunCheck]
    /// Whether it may run neither with another exclusive action nor with a second one of its kind.
    package let isExclusive: Bool
    /// The policy rule for starting the action, in the language of oslo.policy. The policy file of a site may override
    /// it.
    package let defaultRule: String
    /// Where the deployment configuration names the manifest that Armada applies.
    package let manifest: ManifestSetting
    /// In the order in which clients see them.
    package let steps: [StepDefinition]

    init(
        scope: SiteActionScope = .site, parameters: [SiteActionParameter], checks: [PreRunCheck],
        isExclusive: Bool = true, defaultRule: String = "rule:admin_required", manifest: ManifestSetting = .site,
        steps: [StepDefinition]
    ) {
        self.scope = scope
        self.parameters = scope.parameters + parameters
        self.checks = scope.checks + checks
        self.isExclusive = isExclusive
        self.defaultRule = defaultRule
        self.manifest = manifest
        self.steps = steps
    }
}

/// What an action acts upon. The raw value is what the step `action_xcom` leaves as `action_type`.
package enum SiteActionScope: String, Sendable {
    case site
    /// The machines that the parameter `target_nodes` names.
    case targeted

    fileprivate var parameters: [SiteActionParameter] { self == .targeted ? [.targetNodes] : [] }
    fileprivate var checks: [PreRunCheck] { self == .targeted ? [.targetNodes] : [] }
}

/// A key of the flat deployment configuration that names a manifest.
package enum ManifestSetting: String, Sendable {
    case site = "armada.manifest"
    case update = "armada.update_manifest"
}

/// What must hold before an action starts (`docs/reference/shipyard.md` §6.2). The raw value is the name of its
/// validation.
package enum PreRunCheck: String, Sendable, CaseIterable {
    /// A revision has been committed.
    case committedRevision = "validate_committed_revision"
    /// No action has passed over a commit, or the caller allows it.
    case intermediateCommits = "validate_intermediate_commits"
    /// The deployment configuration is there, its strategy can be followed, and the deployment version is there.
    case deploymentActionFull = "validate_deployment_action_full"
    /// The deployment configuration is there.
    case deploymentActionBasic = "validate_deployment_action_basic"
    /// `target_nodes` names at least one machine.
    case targetNodes = "validate_target_nodes"
}
