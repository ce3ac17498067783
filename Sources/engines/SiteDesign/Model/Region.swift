/// What holds for the whole site: keys of operators and package repositories of deployed machines.
package struct Region: Sendable, Hashable {
    /// The name of the document.
    package var name: String
    /// In the order of the document.
    package var tagDefinitions: [TagDefinition] = []
    /// SSH public keys of the default login user of every deployed machine.
    package var authorizedKeys: [String] = []
    /// Package repositories; nil leaves the image's own.
    package var repositories: RepositoryList?

    /// A region of which only the name is known.
    package init(name: String) { self.name = name }
}

/// A tag that machines would get from their `lshw` inventory; kept, used by no action.
package struct TagDefinition: Sendable, Hashable {
    /// The tag's name.
    package var tag: String
    /// `lshw_xpath`.
    package var definitionType: String
    package var definition: String
}

/// The package repositories of a site.
package struct RepositoryList: Sendable, Hashable {
    /// In the order of the document.
    package var repositories: [Repository] = []
    /// Whether repositories that are not listed are removed, except for the two default archives.
    package var removeUnlisted = false

    /// No repositories.
    package init() {}
}

/// A package repository of deployed machines.
package struct Repository: Sendable, Hashable {
    /// Its key in the document, and the name of the file on the node.
    package var name: String
    /// `apt` or `rpm`
    package var repositoryType: String?
    /// The address of the archive.
    package var url: String?
    /// Suites: `bookworm`.
    package var distributions: [String]?
    /// Pockets: `security`, `updates`, `backports`.
    package var subrepositories: [String]?
    /// `main`, `universe`.
    package var components: [String]?
    /// The archive's key in ASCII armor.
    package var gpgKey: String?
    /// `amd64`.
    package var architectures: [String]?
    /// Options of an entry of `sources.list`.
    package var options: Labels?

    /// A repository of which only the name is known.
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
