/// The attributes of a caller that policy rules can ask for.
package struct PolicySubject: Hashable, Sendable {
    /// The names of the roles, in lower case.
    package var roles: Set<String>
    /// The name of the user, as notes and logs show it.
    package var userName: String
    /// The id of the user; nil for a caller without a token.
    package var userID: String?
    /// The id of the domain that the user belongs to; nil for a caller without a token.
    package var userDomainID: String?
    /// The project of the token's scope; nil where it has none.
    package var projectID: String?
    /// The domain of the token's scope; nil where it has none.
    package var domainID: String?
    /// Whether the roles are ones on the project whose members run this daemon, or on what that project belongs to: a role
    /// elsewhere is one there. True for those who need no token.
    package var isOfServiceProject: Bool

    package init(
        roles: Set<String>, userName: String, userID: String? = nil, userDomainID: String? = nil,
        projectID: String? = nil, domainID: String? = nil, isOfServiceProject: Bool
    ) {
        self.roles = roles
        self.userName = userName
        self.userID = userID
        self.userDomainID = userDomainID
        self.projectID = projectID
        self.domainID = domainID
        self.isOfServiceProject = isOfServiceProject
    }

    /// The names that a rule may have before its colon. `is_admin`, which OpenStack's services set for themselves, is
    /// false for every caller.
    static let attributes = [
        "user_id", "user_name", "user", "project_id", "tenant", "domain_id", "user_domain_id", "is_admin",
        "is_admin_project",
    ]

    func attribute(_ name: String) -> String? {
        switch name {
        case "user_id", "user": userID
        case "user_name": userName
        case "project_id", "tenant": projectID
        case "domain_id": domainID
        case "user_domain_id": userDomainID
        case "is_admin": "False"
        case "is_admin_project": isOfServiceProject ? "True" : "False"
        default: nil
        }
    }

    /// Everybody has the role `anyone` (`docs/reference/shipyard.md` §1).
    func has(role: String) -> Bool { role.lowercased() == "anyone" || roles.contains(role.lowercased()) }
}
