import Primitives

/// What must hold before an action starts (`spec/shipyard.md` §6.2).
package enum PreRunCheck: String, Sendable {
    case committedRevision = "validate_committed_revision"
    case intermediateCommits = "validate_intermediate_commits"
    case deploymentActionFull = "validate_deployment_action_full"
    case deploymentActionBasic = "validate_deployment_action_basic"
    case targetNodes = "validate_target_nodes"

    /// In their order.
    package static func checks(for action: String) -> [PreRunCheck] {
        switch action {
        case "deploy_site", "update_site": [.committedRevision, .intermediateCommits, .deploymentActionFull]
        case "update_software": [.committedRevision, .intermediateCommits, .deploymentActionBasic]
        case "redeploy_server", "relabel_nodes": [.targetNodes, .committedRevision, .deploymentActionBasic]
        default: []
        }
    }

    package static func checkCommitted(_ revision: Int?) throws(ShipyardError) {
        guard revision == nil else { return }
        let reason = "Unable to locate a committed revision in Deckhand"
        throw ShipyardError(.nothingCommitted, "No committed configdocs", reason)
    }

    package static func checkIntermediate(_ roles: RevisionRoles, isAllowed: Bool?) throws(ShipyardError) {
        guard isAllowed != true, roles.hasIntermediateCommit else { return }
        let reason =
            "The current committed revision of documents has other prior commits that have not been used as part of a "
            + "site action, e.g. update_site. If you are aware and these other commits are intended, please rerun this "
            + "action with the option `allow-intermediate-commits=True`"
        throw ShipyardError(.intermediateCommit, "Intermediate commit detected", reason)
    }

    /// The names in `target_nodes`: a list of texts, or a text with commas.
    package static func targets(_ parameters: Value) throws(ShipyardError) -> [String] {
        var names: [String]?
        switch parameters["target_nodes"] {
        case .string(let text): names = text.split(separator: ",").map(\.trimmed)
        case .array(let elements):
            let texts = elements.compactMap(\.stringValue)
            if texts.count == elements.count { names = texts.map(\.trimmed) }
        default: break
        }
        let found = (names ?? []).filter { !$0.isEmpty }
        guard !found.isEmpty else {
            let reason =
                "The target_nodes parameter for this action should be a list with one or more string values "
                + "representing node names"
            throw ShipyardError(
                .invalidTargets, "Invalid target_nodes parameter", reason)
        }
        return found
    }

    /// Refuses documents that erred, unless the action is to go on regardless.
    static func checkDocuments(_ check: DocumentCheck, parameters: Value) throws(ShipyardError) {
        let goesOn = parameters["continue-on-fail"]?.pythonText.lowercased() == "true"
        guard check.hasErred, !goesOn else { return }
        throw ShipyardError(
            .invalidDocuments, "Document validation failed", "InvalidConfigurationDocuments", messages: check.messages)
    }
}
