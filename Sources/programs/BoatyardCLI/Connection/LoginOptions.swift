import ArgumentParser
import Primitives

/// The login, as options of the shipyard CLI (`docs/reference/shipyard.md` §14); each outranks its `OS_*` variable.
struct LoginOptions: ParsableArguments {
    @Option(
        name: .customLong("os-auth-url"),
        help: Self.help("The Keystone that is asked for a token. (default: $OS_AUTH_URL, else --url)", "url"))
    var osAuthURL: String?

    @Option(help: Self.help("The user's name. (default: $OS_USERNAME)", "name"))
    var osUsername: String?

    @Option(
        help: Self.help(
            "The user's password. Others can see it in the list of processes; better $OS_PASSWORD.", "password"))
    var osPassword: String?

    @Option(help: Self.help("The project that the token is for. (default: $OS_PROJECT_NAME)", "name"))
    var osProjectName: String?

    @Option(help: Self.help("The project's domain. (default: $OS_PROJECT_DOMAIN_NAME, else default)", "name"))
    var osProjectDomainName: String?

    @Option(help: Self.help("The user's domain. (default: $OS_USER_DOMAIN_NAME, else default)", "name"))
    var osUserDomainName: String?

    @Option(
        help: Self.help("The domain that the token is for, in place of a project. (default: $OS_DOMAIN_NAME)", "name"))
    var osDomainName: String?

    /// Every command has them, and few need them: `--help-hidden` shows them.
    private static func help(_ text: String, _ value: String) -> ArgumentHelp {
        ArgumentHelp("\(text)", valueName: value, visibility: .hidden)
    }

    func validate() throws {
        if osProjectName != nil, osDomainName != nil {
            throw ValidationError("Give either --os-project-name or --os-domain-name.")
        }
    }

    /// Whether the arguments say who asks: a token of the environment is not meant then.
    var isGiven: Bool { osUsername != nil }

    /// With what the arguments leave out from `OS_USERNAME`, `OS_PASSWORD` and the others; nil where nobody is named.
    var login: Login? {
        func variable(_ name: String) -> String? { ConnectionOptions.environment(name) }
        guard let username = osUsername ?? variable("OS_USERNAME") else { return nil }
        var login = Login()
        login.username = username
        login.password = Secret(osPassword ?? variable("OS_PASSWORD") ?? "")
        // The one that is given outranks the other one of the environment.
        login.project = osProjectName ?? (osDomainName == nil ? variable("OS_PROJECT_NAME") ?? "" : "")
        login.domain = osDomainName ?? variable("OS_DOMAIN_NAME") ?? ""
        login.userDomain = osUserDomainName ?? variable("OS_USER_DOMAIN_NAME") ?? login.userDomain
        login.projectDomain = osProjectDomainName ?? variable("OS_PROJECT_DOMAIN_NAME") ?? login.projectDomain
        login.authURL = osAuthURL ?? variable("OS_AUTH_URL")
        return login
    }
}
