import ArgumentParser
import Primitives

struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Tokens for the API.", subcommands: [TokenIssue.self, TokenRevoke.self])
}

struct TokenIssue: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "issue", abstract: "Log in, and print the token.",
        discussion: "For a shell: export OS_AUTH_TOKEN=$(boatyard token issue)")

    @Option(help: "The user's name. (default: $OS_USERNAME)")
    var username: String?

    @Option(help: "The project the token is for. (default: $OS_PROJECT_NAME, else the user's own)")
    var project: String?

    @OptionGroup var password: PasswordOptions

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        var login = options.connection.login.login ?? Login()
        if let username { login.username = username }
        if let project { login.project = project }
        guard !login.username.isEmpty else {
            throw Failure("Error: whose token? Give --username, or set OS_USERNAME.", exitCode: Failure.usage)
        }
        if password.isGiven || login.password.reveal().isEmpty {
            login.password = try password.read(prompt: "Password of \(login.username): ", isNew: false)
        }
        let answer = try await Daemon(options).logIn(login)
        let token = answer.subjectToken ?? ""
        let shown: Value = [
            "id": .string(token), "expires": answer.value?["token"]?["expires_at"] ?? .null,
            "user_id": answer.value?["token"]?["user"]?["id"] ?? .null,
            "project_id": answer.value?["token"]?["project"]?["id"] ?? .null,
        ]
        options.output.show(shown) { _ in token }
    }
}

struct TokenRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Make a token worthless.")

    @Argument(help: "The token; - reads it from standard input.")
    var token: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let text = token == "-" ? (StandardInput.line() ?? "") : token
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw Failure("Error: that is no token.", exitCode: Failure.usage)
        }
        _ = try await Daemon(options).send("DELETE", "/v3/auth/tokens", headers: [("X-Subject-Token", text)])
        options.output.show(["revoked": true]) { _ in "Token revoked." }
    }
}
