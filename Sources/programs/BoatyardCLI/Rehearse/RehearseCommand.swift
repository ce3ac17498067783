import ArgumentParser
import BoatyardRehearsal
import Glibc
import Primitives

struct RehearseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rehearse",
        abstract: "Deploy a site's documents on simulated machines, before touching metal.",
        discussion: """
            Starts a machine for each node of the documents, with a BMC that speaks IPMI or Redfish, and a daemon; stores, commits \
            and deploys the documents, and leaves nothing but the report. No root and no installed daemon are needed. Ends with 0 \
            where every machine is installed as the documents ask, else with 1.

              boatyard rehearse my-site
              boatyard rehearse my-site --fault n3=power-lost@60 --report report

            Faults for --fault MACHINE=FAULT:
              \(TrialRun.faultSpellings.joined(separator: "\n  "))
            """)

    @Argument(help: ArgumentHelp("A folder of the site's documents, or a YAML file; several are taken together."))
    var site: [String]

    @Option(
        help: ArgumentHelp(
            "A fault of a machine, such as n3=power-lost@60; may be repeated.", valueName: "machine=fault"))
    var fault: [String] = []

    @Option(
        help: ArgumentHelp(
            "Write report.html, report.json and the daemon's log into this folder.", valueName: "folder"))
    var report: String?

    @Flag(name: .shortAndLong, help: "Show informational messages, too.")
    var verbose = false

    @Option(name: .shortAndLong, help: "table, json or yaml; the last two print the report.")
    var output: OutputFormat = .table

    func validate() throws {
        if site.isEmpty { throw ValidationError("Give the site's documents: boatyard rehearse FOLDER.") }
        try TrialRun.check(faults: fault)
    }

    func run() async throws {
        let files = try DocumentFiles(
            site.flatMap { FolderContents.isFolder($0) ? try DocumentFiles.list($0, recurse: true) : [$0] })
        let trial: TrialRun
        do {
            trial = try TrialRun(files.source, faults: fault)
        } catch {
            throw Failure("Error: \(error.inWords)")
        }
        if let report { try Self.makeFolder(report) }
        if output == .table {
            Console.printLine(
                "\(ActionOutcome.machines(trial.machines.count)) of \(site.joined(separator: ", ")), simulated")
            for note in trial.notes { Console.printLine(note) }
        }
        let result: RehearsalReport
        do {
            let (deployment, events) = try await trial.run(log: report.map { $0 + "/boatyardd.log" }) { [self] socket in
                try await deploy(files, Daemon(socket: socket))
            }
            result = RehearsalReport(site: site, faults: fault, deployment, events: events)
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure("Error: \(error.inWords)")
        }
        if let report { try result.write(into: report) }
        output.show(result.value) { _ in
            let place = report.map { "\nThe report: \($0)/report.html" } ?? ""
            return "\n" + ([result.verdict] + result.deployment.remarks).joined(separator: "\n") + place
        }
        guard result.isAsAsked else { throw ExitCode.failure }
    }

    /// Stores, commits and deploys the documents.
    private func deploy(_ files: DocumentFiles, _ daemon: Daemon) async throws -> RehearsedDeployment {
        var deployment = RehearsedDeployment(started: Timestamp.now())
        do {
            _ = try await daemon.send(
                "POST", "configdocs/rehearsal", contentType: "application/x-yaml", body: files.stream)
            let commit = try await daemon.send("POST", "commitconfigdocs").data(of: "POST commitconfigdocs")
            deployment.findings = commit["details"]?["messageList"]?.arrayValue ?? []
            if output == .table {
                Console.print(MessageList.status(commit, verbose: verbose, place: files.place))
            }
        } catch let failure as Failure {
            guard let status = failure.status else { throw failure }
            deployment.findings = failure.body?["details"]?["messageList"]?.arrayValue ?? []
            deployment.commitError = Failure(status: status, body: failure.body, place: files.place).text
            deployment.ended = Timestamp.now()
            if output == .table { Console.print(deployment.commitError ?? "") }
            return deployment
        }
        let action = try await daemon.send("POST", "actions", json: ["name": "deploy_site"]).data(of: "POST actions")
        let id = action["id"]?.stringValue ?? ""
        var progress = ActionProgress(daemon: daemon, id: id, output: output)
        progress.goesOnAlone = false
        deployment.action = try await progress.follow()
        deployment.ended = Timestamp.now()
        deployment.remarks = try await lateRemarks(daemon)
        if report != nil {
            deployment.wholeAction = try await daemon.get("actions/\(id)", query: [("verbosity", "5")])
        }
        for node in try await daemon.nodes() {
            let name = node["hostname"]?.stringValue ?? ""
            let timeline = try await daemon.get("nodes/\(PercentCoding.encode(name))/timeline")
            deployment.machines.append((node, timeline["events"]?.arrayValue ?? []))
            if report != nil, node["designed"] != false {
                deployment.details[name] = try await details(of: name, daemon)
            }
        }
        return deployment
    }

    /// Faults after which a BMC lets the daemon in no more.
    private static let lockingFaults = ["password-changed", "certificate-replaced"]

    /// What BMCs refuse that were changed once their machines were switched on: nothing in a deployment asks them again.
    private func lateRemarks(_ daemon: Daemon) async throws -> [String] {
        var remarks: [String] = []
        for text in fault {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, Self.lockingFaults.contains(parts[1]) else { continue }
            do {
                _ = try await daemon.get("nodes/\(PercentCoding.encode(parts[0]))/bmc/power")
            } catch let failure as Failure {
                guard failure.status != nil else { throw failure }
                remarks.append("The BMC of \(parts[0]) does not let the daemon in any more. \(failure.text)")
            }
        }
        return remarks
    }

    /// What the report shows of a machine besides its state.
    private func details(of name: String, _ daemon: Daemon) async throws -> (node: Value, design: Value) {
        let name = PercentCoding.encode(name)
        let node = try await daemon.get("nodes/\(name)")
        guard let revision = node["committed_revision"]?.intValue else { return (node, .null) }
        return (node, try await daemon.get("designs/\(revision)/nodes/\(name)"))
    }

    private static func makeFolder(_ path: String) throws {
        guard mkdir(path, 0o777) == 0 || errno == EEXIST, FolderContents.isFolder(path) else {
            throw Failure("Error: the folder \(path) for the report cannot be made: \(systemErrorText()).")
        }
    }
}
