/// What holds for the whole site: keys of operators and package repositories of deployed machines.
package struct Region: Sendable, Hashable {
    package var name: String
    package var tagDefinitions: [TagDefinition] = []
    /// SSH public keys of the default login user of every deployed machine.
    package var authorizedKeys: [String] = []
    package var repositories: RepositoryList?

    package init(name: String) { self.name = name }
}

/// A tag that machines would get from their `lshw` inventory; kept, used by no action.
package struct TagDefinition: Sendable, Hashable {
    package var tag: String
    package var definitionType: String
    package var definition: String
}

package struct RepositoryList: Sendable, Hashable {
    package var repositories: [Repository] = []
    /// Remove what is not listed, but for the two default archives.
    package var removeUnlisted = false

    package init() {}
}

/// A package repository of deployed machines.
package struct Repository: Sendable, Hashable {
    package var name: String
    /// `apt` or `rpm`
    package var repositoryType: String?
    package var url: String?
    package var distributions: [String]?
    package var subrepositories: [String]?
    package var components: [String]?
    package var gpgKey: String?
    package var architectures: [String]?
    package var options: Labels?

    package init(name: String) { self.name = name }

    static let standardComponents = ["main", "multiverse", "restricted", "universe"]
    static let standardPockets = ["backports", "security", "updates"]

    /// The standard components of an archive that `components` does not name, sorted.
    package var disabledComponents: [String] { Self.standardComponents.filter { components?.contains($0) != true } }

    /// The standard pockets of an archive that `subrepositories` does not name, sorted.
    package var disabledPockets: [String] {
        Self.standardPockets.filter { subrepositories?.contains($0) != true }
    }
}
