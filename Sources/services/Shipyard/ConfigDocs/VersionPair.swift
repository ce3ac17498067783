/// Two versions to compare, the older part first (`docs/reference/shipyard.md` §2).
package struct VersionPair: Sendable, Hashable {
    package var old: DocumentVersion
    package var new: DocumentVersion

    /// - Parameter names: nil for committed and buffer.
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

    /// The revisions behind the two; 0 where nothing has been committed, and the committed one where there is no
    /// buffer.
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
