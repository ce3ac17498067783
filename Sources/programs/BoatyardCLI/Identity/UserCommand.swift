import ArgumentParser
import OrderedCollections
import Primitives

struct UserCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "user", abstract: "Who may use the API.",
        discussion: """
            The first user:
              boatyard user create shipyard --project service --role admin
            """,
        subcommands: [UserCreate.self, UserList.self, UserDelete.self, UserPasswd.self])

    /// The user of that name.
    static func find(_ name: String, _ daemon: Daemon) async throws -> Value {
        let users = try await daemon.get("/v3/users", query: [("name", name)])
        guard let user = users["users"]?.arrayValue?.first, user["id"]?.stringValue != nil else {
            throw Failure("Error: there is no user \(name). Who there is: boatyard user list")
        }
        return user
    }

    static func path(_ user: Value) -> String { "/v3/users/\(PercentCoding.encode(user["id"]?.stringValue ?? ""))" }
}

struct UserCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a user.",
        discussion: "The project and the roles are made with it where they do not exist.")

    @Argument(help: "The user's name.")
    var name: String

    @OptionGroup var password: PasswordOptions

    @Option(help: "The project on which the user gets its roles.")
    var project: String?

    @Option(help: "A role on the project, or without one on the domain; may be repeated.")
    var role: [String] = []

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if project != nil, role.isEmpty {
            throw ValidationError("A project without a role lets nobody in; give --role, such as --role admin.")
        }
    }

    func run() async throws {
        let daemon = try Daemon(options)
        let secret = try password.read(prompt: "Password of \(name): ", isNew: true)
        let grants: [Value] = role.map { role in
            var grant: Value.Object = ["role": .string(role)]
            if let project { grant["project"] = .string(project) }
            return .object(grant)
        }
        let body: Value = [
            "user": ["name": .string(name), "password": .string(secret.reveal()), "grants": .array(grants)]
        ]
        let answer = try await daemon.send("POST", "/v3/users", json: body).value?["user"] ?? .null
        options.output.show(answer) { _ in "User \(name) created." }
    }
}

struct UserList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the users.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let users = try await Daemon(options).get("/v3/users")["users"] ?? .array([])
        options.output.show(users) { value in
            var table = Table("User", "Enabled", "Id")
            for user in value.arrayValue ?? [] {
                table.rows.append([
                    user["name"]?.stringValue ?? "", user["enabled"] == true ? "yes" : "no",
                    user["id"]?.stringValue ?? "",
                ])
            }
            return table.text
        }
    }
}

struct UserDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Remove a user, whose tokens end with it.")

    @Argument(help: "The user's name.")
    var name: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let daemon = try Daemon(options)
        let user = try await UserCommand.find(name, daemon)
        _ = try await daemon.send("DELETE", UserCommand.path(user))
        options.output.show(user) { _ in "User \(name) deleted." }
    }
}

struct UserPasswd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd", abstract: "Set a user's password, which ends its tokens.")

    @Argument(help: "The user's name.")
    var name: String

    @OptionGroup var password: PasswordOptions

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let daemon = try Daemon(options)
        let user = try await UserCommand.find(name, daemon)
        let secret = try password.read(prompt: "New password of \(name): ", isNew: true)
        let body: Value = ["user": ["password": .string(secret.reveal())]]
        _ = try await daemon.send("PATCH", UserCommand.path(user), json: body)
        options.output.show(user) { _ in "Password of \(name) set." }
    }
}
