import ArgumentParser
import BoatyardDaemon
import Glibc
import Primitives
import Settings

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Make a backup of everything that the daemon knows, and prove it by restoring it.",
        discussion: """
            The daemon goes on working meanwhile. The file is in the folder backups of its state directory. Secrets stay encrypted \
            in it; the master key, without which nobody can read them, is not in it: keep a copy of secrets/master.key apart.

            boatyard-backup.timer does this every night. boatyard export makes a file with the key, for another host.
            """)

    @Option(help: "Remove all but so many backups, the newest ones.")
    var keep: Int?

    @Flag(help: "List the backups instead.")
    var list = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if let keep, !(1...10000).contains(keep) { throw ValidationError("--keep is 1 to 10000.") }
    }

    func run() async throws {
        let daemon = try Daemon(options)
        if list {
            options.output.show(try await daemon.get("backups")) { Self.table($0) }
            return
        }
        let answer = try await daemon.send("POST", "backups", query: keep.map { [("keep", "\($0)")] } ?? [])
            .data(of: "POST backups")
        options.output.show(answer) { answer in
            let removed = answer["removed"]?.intValue ?? 0
            let old = removed == 0 ? "" : " \(removed) older \(removed == 1 ? "one was" : "ones were") removed."
            return
                "\(Text.line(answer["file"]?.stringValue ?? "")): \(BuildProgress.size(answer["size"]?.intValue ?? 0)), made, restored and checked in "
                + "\(answer["seconds"]?.doubleValue ?? 0) s.\(old)"
        }
    }

    private static func table(_ backups: Value) -> String {
        let list = backups.arrayValue ?? []
        guard !list.isEmpty else { return "There are no backups." }
        var table = Table("Made", "Size", "By boatyard", "File")
        for backup in list {
            table.rows.append([
                Text.second(Text.line(backup["created"]?.stringValue ?? "")),
                BuildProgress.size(backup["size"]?.intValue ?? 0),
                Text.line(backup["program"]?.stringValue ?? ""), Text.line(backup["file"]?.stringValue ?? ""),
            ])
        }
        return table.text
    }
}

/// Of commands that work on a state directory while no daemon runs.
struct StateDirectoryOption: ParsableArguments {
    @Option(
        name: .customLong("state-dir"),
        help: ArgumentHelp(
            "The daemon's state directory. (default: $BOATYARD_STATE_DIRECTORY, else as the configuration says)",
            valueName: "folder"))
    var path: String?

    @Option(
        help: ArgumentHelp(
            "The daemon's configuration file. (default: $BOATYARD_CONFIG, else \(Settings.defaultFile))",
            valueName: "file"))
    var config: String?

    /// Where the daemon keeps its state.
    ///
    /// - Throws: `Failure` for a configuration that cannot be read.
    func place() throws(Failure) -> String {
        if let path { return path }
        let file = config ?? GlobalOptions.environment("BOATYARD_CONFIG")
        let variable = "BOATYARD_STATE_DIRECTORY"
        do {
            return try Settings.load(
                file: file ?? Settings.defaultFile, isRequired: file != nil,
                environment: GlobalOptions.environment(variable).map { [variable: $0] } ?? [:]
            ).stateDirectory
        } catch {
            throw Failure(
                "Error: the state directory is not known: \(Text.block(error.inWords)). Correct the configuration, or give "
                    + "--state-dir.", exitCode: Failure.usage)
        }
    }
}

extension Restoration {
    /// - Throws: `Failure`, with what to do where a daemon runs.
    fileprivate convenience init(of file: String, in state: String, takesUnverified: Bool) throws(Failure) {
        do {
            try self.init(file, into: state, takesUnverified: takesUnverified)
        } catch let error as BoatyardError where error.code == "state_locked" {
            throw Failure(
                "Error: the daemon runs. Stop it first: systemctl stop boatyard-admin.socket boatyard-api.socket boatyard-node.socket "
                    + "boatyard.service")
        } catch {
            throw Failure("Error: \(Text.block(error.inWords))")
        }
    }
}

struct RestoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: "Put a backup in the place of the daemon's database.",
        discussion: """
            As root, while the daemon is stopped. The database from before stays beside the new one as boatyard.db.before-restore, with \
            a number where that is there already. Machines are believed to be where they were then: look at boatyard get nodes before any action.
            """)

    @Argument(help: "A file that boatyard backup has made.")
    var file: String

    @Option(help: ArgumentHelp("The master key of that time, where it is not the present one.", valueName: "file"))
    var key: String?

    @Flag(help: "Take a file of an earlier version, which has no digests: what was changed in it is not found.")
    var unverified = false

    @OptionGroup var state: StateDirectoryOption

    func run() async throws {
        // Before anything is done as another user than the caller.
        let key = try key.map { try Self.key($0) }
        let place = try state.place()
        let restoration = try Restoration(of: file, in: place, takesUnverified: unverified)
        do {
            let outcome = try restoration.run(key.map { .given($0) } ?? .present)
            Console.print(outcome.text(place))
        } catch {
            throw Failure("Error: \(Text.block(error.inWords))")
        }
    }

    private static func key(_ file: String) throws(Failure) -> Secret<[UInt8]> {
        do {
            return Secret(try FileContents.read(file, limit: 4096))
        } catch {
            throw Failure("Error: \(Text.line(error.message))", exitCode: Failure.usage)
        }
    }
}

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Make one file of the whole site, with its master key under a passphrase, for another host.",
        discussion: """
            On the seed host, as root. boatyard import reads it on a host whose daemon has no state yet. Installers and images are \
            not in it: build or import them there.
            """)

    @Argument(help: "The file to make, which must not be there yet.")
    var file: String

    @Option(help: ArgumentHelp("A file whose first line is the passphrase; - is standard input.", valueName: "file"))
    var passphraseFile: String?

    @Option(
        name: .customLong("state-dir"),
        help: ArgumentHelp("The daemon's state directory. (default: that of the daemon)", valueName: "folder"))
    var stateDirectory: String?

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        guard access(file, F_OK) != 0 else {
            throw Failure("Error: \(file) is there already. Name another file.", exitCode: Failure.usage)
        }
        let passphrase = try Passphrase.read(passphraseFile, isNew: true)
        let answer = try await Daemon(options).send("POST", "backups").data(of: "POST backups")
        // STATE/backups/NAME.backup
        let backup = answer["file"]?.stringValue ?? ""
        let state = stateDirectory ?? backup.split(separator: "/").dropLast(2).map { "/\($0)" }.joined()
        do {
            try SiteExport.make(of: backup, state: state, at: file, passphrase: passphrase)
        } catch {
            throw Failure("Error: \(Text.block(error.inWords))")
        }
        Console.print(
            "\(Text.line(file)) has the whole site and its master key. Whoever has the file and the passphrase has every secret. On the other "
                + "host: boatyard import \(Text.line(file))")
    }
}

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Take over a site that boatyard export has made, on a host without one.",
        discussion:
            "As root, while the daemon is stopped. Two hosts must not work on the same machines: stop the other one first."
    )

    @Argument(help: "The file that boatyard export has made.")
    var file: String

    @Option(help: ArgumentHelp("A file whose first line is the passphrase; - is standard input.", valueName: "file"))
    var passphraseFile: String?

    @Flag(help: "Take a file of an earlier version, which has no digests: what was changed in it is not found.")
    var unverified = false

    @OptionGroup var state: StateDirectoryOption

    func run() async throws {
        let place = try state.place()
        let passphrase = try Passphrase.read(passphraseFile, isNew: false)
        let restoration = try Restoration(of: file, in: place, takesUnverified: unverified)
        guard restoration.isEmpty else {
            throw Failure(
                "Error: \(place) has a site already. boatyard restore puts a backup in its place; to begin with this one, move \(place) "
                    + "away.")
        }
        do {
            let outcome = try restoration.run(.passphrase(passphrase))
            Console.print(outcome.text(place))
        } catch {
            throw Failure("Error: \(Text.block(error.inWords))")
        }
    }
}

private enum Passphrase {
    static func read(_ file: String?, isNew: Bool) throws -> Secret<String> {
        let passphrase =
            if let file { Secret(try PasswordOptions.firstLine(file)) } else {
                try PasswordOptions.ask(
                    "Passphrase of the export: ", isNew: isNew, what: "passphrase", option: "--passphrase-file")
            }
        guard !isNew || passphrase.reveal().utf8.count >= 8 else {
            throw Failure("Error: the passphrase must have 8 characters at least.", exitCode: Failure.usage)
        }
        return passphrase
    }
}

extension Restoration.Outcome {
    fileprivate func text(_ state: String) -> String {
        var lines = [
            "\(state) has the state of \(Text.second(created.formatted(.isoSeconds))), made by boatyard \(program)."
        ]
        if let former { lines.append("The database from before is \(former).") }
        lines.append("Start the daemon: systemctl start boatyard-admin.socket boatyard-api.socket boatyard-node.socket")
        lines.append(
            "Then look at boatyard get nodes before any action: machines are believed to be where they were then.")
        return lines.joined(separator: "\n")
    }
}
