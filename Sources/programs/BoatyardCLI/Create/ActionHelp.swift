import SiteActions

/// The table of actions as help and completion show it.
enum ActionHelp {
    static let names = nameCompletions.joined(separator: ", ")

    static let nameCompletions = SiteActionKind.allCases.map(\.rawValue)

    /// `continue-on-fail=true`, and `release=`, whose value is the user's.
    static let parameterCompletions = SiteActionParameter.allCases.map { parameter in
        let isLiteral = parameter.form == parameter.form.lowercased()
        return "\(parameter.rawValue)=\(isLiteral ? parameter.form : "")"
    }

    /// `release=NAME for test_site; …`: each parameter, and the actions that have it.
    static let parameters =
        SiteActionParameter.allCases.map { parameter in
            let users = SiteActionKind.allCases.filter { $0.definition.parameters.contains(parameter) }
            let others = SiteActionKind.allCases.filter { !users.contains($0) }
            let need = parameter.isRequired ? users.count == 1 ? ", which needs it" : ", which need it" : ""
            let scope =
                others.isEmpty ? "all" : others.count < users.count ? "all but \(phrase(others))" : phrase(users)
            return "\(parameter.rawValue)=\(parameter.form) for \(scope)\(need)"
        }.joined(separator: "; ") + "."

    /// `a, b and c`
    private static func phrase(_ kinds: [SiteActionKind]) -> String {
        let names = kinds.map(\.rawValue)
        guard let last = names.last, names.count > 1 else { return names.first ?? "" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }
}
