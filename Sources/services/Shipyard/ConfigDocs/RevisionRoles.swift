import Deckhand

/// A version of the documents, the oldest first (`docs/reference/shipyard.md` §2, §4).
package enum DocumentVersion: String, Sendable, CaseIterable {
    case successfulSiteAction = "successful_site_action"
    case lastSiteAction = "last_site_action"
    case committed
    case buffer
}

/// Which revision is which version of the documents. It follows from the tags of revisions alone.
package struct RevisionRoles: Sendable, Hashable {
    /// The newest revision, unless it is committed.
    package private(set) var buffer: Int?
    /// The newest committed revision; nil where there is none.
    package private(set) var committed: Int?
    /// The newest revision that a site action has worked with; nil where there is none.
    package private(set) var lastSiteAction: Int?
    /// The newest revision that a site action has succeeded with; nil where there is none.
    package private(set) var successfulSiteAction: Int?
    /// The newest revision; nil where there is none.
    package private(set) var latest: Int?
    /// Whether the commit before the newest one was not used by a site action.
    package private(set) var hasIntermediateCommit = false

    package static let committedTag = "committed"
    package static let successTag = "site-action-success"
    package static let failureTag = "site-action-failure"
    private static let rollbackTag = "rollback_commit"

    /// The tags that versions follow from.
    package static let tags = [committedTag, rollbackTag, successTag, failureTag]

    /// Finds the versions.
    ///
    /// - Parameter revisions: the newest revision, and for each of `tags` at least the two newest that have it, the
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
