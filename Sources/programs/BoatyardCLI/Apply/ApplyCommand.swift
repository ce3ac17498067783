import ArgumentParser
import Glibc
import Primitives

struct ApplyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apply",
        abstract: "Bring a site to what its documents say: stage them, show the plan, ask, commit, deploy.",
        discussion: """
            Does in one what create configdocs, plan, commit configdocs and create action do. Where nothing differs from what is \
            committed, and every node is Deployed, it does nothing. Whoever says no leaves the documents in the buffer, and the \
            machines as they are; the next apply stages the collection anew.

            Machines that are Deployed are not installed anew, whatever the plan says of them: redeploy_server does that.
            """)

    @Argument(help: "A folder of .yaml and .yml files.", completion: .directory)
    var directory: String

    @Option(help: "The collection that the documents are. Other collections stay as they are.")
    var collection = "site"

    @Flag(help: "Take the folders below it, too.")
    var recurse = false

    @Flag(help: "Throw away what others have left in the buffer.")
    var replace = false

    @Flag(name: .shortAndLong, help: "Do not ask.")
    var yes = false

    @Flag(help: "End with the commit, and start no action.")
    var noAction = false

    @Flag(name: .shortAndLong, help: "Show informational messages, too.")
    var verbose = false

    /// Taken only to say that there is none.
    @Option(name: [.customShort("o"), .long, .customLong("output-format")], help: .hidden)
    var output: OutputFormat = .table

    @OptionGroup var connection: ConnectionOptions

    func validate() throws {
        if output != .table {
            throw ValidationError("apply shows what it does as it goes: there is no --output.")
        }
    }

    func run() async throws {
        guard yes || isatty(STDIN_FILENO) == 1 else {
            throw Failure(
                "Error: nobody is there to say yes, and nothing was staged. Give --yes; for a look alone: "
                    + "boatyard create configdocs \(Text.line(collection)) --directory \(Text.line(directory)), boatyard plan",
                exitCode: Failure.usage)
        }
        let daemon = try Daemon(connection)
        let files = try DocumentFiles(try DocumentFiles.list(directory, recurse: recurse))
        try await stage(files, daemon)
        let hasChanges = try await review(daemon)
        let waiting = try await nodesToDeploy(daemon, isCommitted: !hasChanges)
        if !hasChanges, waiting == 0 {
            Console.print("Nothing has changed, and every node is Deployed.")
            return
        }
        let action = try await kind(daemon)
        try ask(hasChanges: hasChanges, action: action)
        if hasChanges {
            let answer = try await daemon.send("POST", "commitconfigdocs")
            let status = try answer.data(of: "POST commitconfigdocs")
            Console.print(MessageList.status(status, done: "Configuration documents committed.", verbose: verbose))
        }
        guard !noAction else { return }
        var command = try CreateAction.parse([action, "--wait"])
        command.options.connection = connection
        try await command.run()
    }

    /// Makes the buffer the committed documents with this collection as the files have it.
    ///
    /// - Throws: `Failure` where the buffer has changes of other collections, and --replace is not given.
    private func stage(_ files: DocumentFiles, _ daemon: Daemon) async throws {
        let changed =
            try await daemon.get("configdocs").arrayValue?
            .filter { $0["new_status"] != "unmodified" }.compactMap { $0["collection_name"]?.stringValue } ?? []
        let others = changed.filter { $0 != collection }
        guard others.isEmpty || replace else {
            throw Failure(
                "Error: the buffer has changes of \(Text.line(others.joined(separator: ", "))) that are not committed. Commit "
                    + "them (boatyard commit configdocs), or give --replace to throw them away.")
        }
        do {
            let answer = try await daemon.send(
                "POST", "configdocs/\(PercentCoding.encode(collection))",
                query: changed.isEmpty ? [] : [("buffermode", "replace")], contentType: "application/x-yaml",
                body: files.stream)
            let findings = try answer.data(of: "POST configdocs")
            if findings["details"]?["errorCount"]?.intValue ?? 0 > 0 {
                Console.print(MessageList.status(findings, done: "Staged.", verbose: verbose, place: files.place))
            }
        } catch let failure as Failure {
            guard failure.body?["reason"]?.stringValue == "Collection created no new revision" else {
                guard let status = failure.status else { throw failure }
                throw Failure(status: status, body: failure.body, place: files.place)
            }
            // They are what is committed: what was staged of another text must not be committed in their place.
            if !changed.isEmpty { try await emptyBuffer(daemon) }
        }
    }

    /// Gives up what is staged: a collection that nobody has is emptied in place of it.
    private func emptyBuffer(_ daemon: Daemon) async throws {
        _ = try await daemon.send(
            "POST", "configdocs/\(UUIDv4())", query: [("buffermode", "replace"), ("empty-collection", "true")])
    }

    /// Shows what the commit would do.
    ///
    /// - Returns: whether there is anything to commit.
    /// - Throws: `Failure` where the documents cannot be committed.
    private func review(_ daemon: Daemon) async throws -> Bool {
        let answer: Daemon.Response
        do {
            answer = try await daemon.send("POST", "commitconfigdocs", query: [("dryrun", "true")])
        } catch let failure as Failure where failure.isNothingToCommit {
            return false
        }
        let findings = try answer.data(of: "POST commitconfigdocs")
        guard findings["details"]?["errorCount"]?.intValue ?? 0 == 0 else {
            throw Failure(
                MessageList.status(findings, done: "These documents cannot be committed:", verbose: verbose)
                    + "\nThey are in the buffer. Correct them, and apply them again.")
        }
        var plan = try Plan.parse([])
        plan.options.connection = connection
        try await plan.run()
        return true
    }

    /// How many nodes are not Deployed.
    ///
    /// - Parameter isCommitted: whether the design is the committed one; of another one it is not known.
    private func nodesToDeploy(_ daemon: Daemon, isCommitted: Bool) async throws -> Int {
        guard isCommitted, !noAction else { return 0 }
        let nodes = try await daemon.get("nodes", query: [("designed", "true")])
        return MachineView.all(nodes.arrayValue ?? []).count { $0.isDesigned && $0.status != "Deployed" }
    }

    /// The action that brings machines there: a site that was deployed once is updated.
    private func kind(_ daemon: Daemon) async throws -> String {
        let done = try await daemon.get("revisions", query: [("tag", "site-action-success")])
        return done["results"]?.arrayValue?.isEmpty ?? true ? "deploy_site" : "update_site"
    }

    /// - Throws: `Failure` where the answer is no.
    private func ask(hasChanges: Bool, action: String) throws {
        let steps = [hasChanges ? "commit the documents" : nil, noAction ? nil : "run \(action)"].compactMap { $0 }
        guard !yes, !steps.isEmpty else { return }
        let question = steps.joined(separator: " and ")
        Console.print("\n\(question.prefix(1).uppercased())\(question.dropFirst())? [y/N] ", terminator: "")
        guard let answer = StandardInput.line()?.lowercased(), ["y", "yes"].contains(answer) else {
            throw Failure(
                "Nothing was committed or started."
                    + (hasChanges ? " The documents are in the buffer: boatyard get configdocs" : ""))
        }
    }
}
