import Primitives
import SiteActions

extension PreRunCheck {
    /// Checks that there is a committed revision.
    ///
    /// - Throws: `ShipyardError` with the problem `nothingCommitted`.
    package static func checkCommitted(_ revision: Int?) throws(ShipyardError) {
        guard revision == nil else { return }
        let reason = "Unable to locate a committed revision in Deckhand"
        throw ShipyardError(.nothingCommitted, "No committed configdocs", reason)
    }

    /// Checks that every commit before the newest was used by a site action.
    ///
    /// - Parameter isAllowed: passes in any case where it is true.
    /// - Throws: `ShipyardError` with the problem `intermediateCommit`.
    package static func checkIntermediate(
        _ roles: RevisionRoles, isAllowed: Bool?, commits: [Value] = []
    ) throws(ShipyardError) {
        guard isAllowed != true, roles.hasIntermediateCommit else { return }
        let reason =
            "The current committed revision of documents has other prior commits that have not been used as part of a "
            + "site action, e.g. update_site. If you are aware and these other commits are intended, please rerun this "
            + "action with the option `allow-intermediate-commits=True`"
        throw ShipyardError(
            .intermediateCommit, "Intermediate commit detected", reason,
            messages: commits.isEmpty ? [] : [["message": .string(reason), "error": true]] + commits)
    }

    /// The names in the parameter `target_nodes`.
    ///
    /// - Throws: `ShipyardError` with the problem `invalidTargets` where there are none.
    package static func targets(_ parameters: Value) throws(ShipyardError) -> [String] {
        guard let found = SiteActionArguments(parameters).targetNodes else {
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
        guard check.hasErred, !SiteActionArguments(parameters).continuesOnFail else { return }
        throw ShipyardError(
            .invalidDocuments, "Document validation failed", "InvalidConfigurationDocuments", messages: check.messages)
    }
}
