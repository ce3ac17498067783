import Deckhand

/// A revision by the part that it plays, oldest part first (`docs/reference/shipyard.md` §2, §4).
package enum DocumentVersion: String, Sendable, CaseIterable {
    case successfulSiteAction = "successful_site_action"
    case lastSiteAction = "last_site_action"
    case committed
    case buffer
}

/// Which revision plays which part. Shipyard keeps nothing of its own: revisions and their tags say it all.
package struct RevisionRoles: Sendable, Hashable {
    /// The newest revision, if nothing newer has been committed.
    package private(set) var buffer: Int?
    package private(set) var committed: Int?
    package private(set) var lastSiteAction: Int?
    package private(set) var successfulSiteAction: Int?
    package private(set) var latest: Int?
    /// Whether a commit came before the newest one that no site action has used.
    package private(set) var hasIntermediateCommit = false

    package static let committedTag = "committed"
    package static let successTag = "site-action-success"
    package static let failureTag = "site-action-failure"
    private static let rollbackTag = "rollback_commit"

    /// All that parts follow from, beside the newest revision.
    package static let tags = [committedTag, rollbackTag, successTag, failureTag]

    /// - Parameter revisions: the newest one, and of each of the `tags` at least the two newest ones that have it, the
    ///   oldest first.
    package init(_ revisions: [TaggedRevision]) {
        latest = revisions.last?.id
        for revision in revisions.reversed() {
            let tags = revision.tags
            if committed == nil, tags.contains(Self.committedTag) || tags.contains(Self.rollbackTag) {
                committed = revision.id
            }
            if tags.contains(Self.successTag) || tags.contains(Self.failureTag), lastSiteAction == nil {
                lastSiteAction = revision.id
            }
            if tags.contains(Self.successTag), successfulSiteAction == nil { successfulSiteAction = revision.id }
        }
        if latest != committed { buffer = latest }
        let commits = revisions.filter { $0.tags.contains(Self.committedTag) }
        if let before = commits.dropLast().last {
            hasIntermediateCommit = before.tags.isDisjoint(with: [Self.successTag, Self.failureTag])
        }
    }

    package subscript(version: DocumentVersion) -> Int? {
        switch version {
        case .successfulSiteAction: successfulSiteAction
        case .lastSiteAction: lastSiteAction
        case .committed: committed
        case .buffer: buffer
        }
    }
}
