/// Two versions to compare (`docs/reference/shipyard.md` §2).
package struct VersionPair: Sendable, Hashable {
    /// The version that comes first in `DocumentVersion`.
    package var old: DocumentVersion
    /// The other version.
    package var new: DocumentVersion

    /// Reads the names of two versions.
    ///
    /// - Parameter names: nil means `committed` and `buffer`.
    /// - Throws: `ShipyardError` with the problem `invalidVersionPair` for other than two different known names.
    package init(_ names: [String]?) throws(ShipyardError) {
        guard let names else {
            old = .committed
            new = .buffer
            return
        }
        guard names.count == 2 else {
            throw ShipyardError(
                .invalidVersionPair, "Incorrect number of versions for comparison",
                "User must pass in 2 valid versions for comparison")
        }
        guard names[0] != names[1] else {
            throw ShipyardError(
                .invalidVersionPair, "Versions must be different for comparison",
                "Versions must be unique in order to perform comparison")
        }
        var versions: [DocumentVersion] = []
        for name in names {
            guard let version = DocumentVersion(rawValue: name) else {
                let all = DocumentVersion.allCases.map(\.rawValue).joined(separator: ", ")
                let reason = "\(name) is not a valid version, which include: \(all)"
                throw ShipyardError(
                    .invalidVersionPair, "Invalid version detected", reason)
            }
            versions.append(version)
        }
        let order = DocumentVersion.allCases
        versions.sort { (order.firstIndex(of: $0) ?? 0) < (order.firstIndex(of: $1) ?? 0) }
        old = versions[0]
        new = versions[1]
    }

    /// The revisions of the two versions: 0 where nothing has been committed, and the committed revision where there is
    /// no buffer.
    ///
    /// - Throws: `ShipyardError` with the problem `comparedVersionMissing` for another version that does not exist.
    package func revisions(_ roles: RevisionRoles) throws(ShipyardError) -> (old: Int, new: Int) {
        (try Self.revision(old, roles), try Self.revision(new, roles))
    }

    private static func revision(_ version: DocumentVersion, _ roles: RevisionRoles) throws(ShipyardError) -> Int {
        switch version {
        case .buffer: return roles.buffer ?? roles.committed ?? 0
        case .committed: return roles.committed ?? 0
        case .lastSiteAction, .successfulSiteAction:
            guard let revision = roles[version] else {
                let reason = "\(version.rawValue) version does not exist"
                throw ShipyardError(.comparedVersionMissing, "Version does not exist", reason)
            }
            return revision
        }
    }
}
