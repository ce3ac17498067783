import ArgumentParser
import Glibc
import Primitives

/// What runs as `boatyard`.
package enum CommandLineProgram {
    package static func main() async { await Boatyard.main() }
}

struct Boatyard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boatyard",
        abstract: "Build a bare-metal site from documents.",
        discussion: """
            Talks to boatyardd over its Unix socket, or over HTTP with --url. The words are those of the shipyard CLI.

            A site, on simulated machines first:
              boatyard rehearse my-site
            Then from documents to machines:
              boatyard create configdocs site --directory my-site
              boatyard commit configdocs
              boatyard create action deploy_site --wait
            """,
        version: boatyardVersion,
        groupedSubcommands: [
            CommandGroup(
                name: "Document",
                subcommands: [
                    InitCommand.self, Create.self, Commit.self, Plan.self, ApplyCommand.self, CheckDesign.self,
                    RehearseCommand.self,
                    Explain.self, ExplainKind.self, SchemaCommand.self,
                ]),
            CommandGroup(
                name: "Action",
                subcommands: [
                    Get.self, Describe.self, Logs.self, Pause.self, Unpause.self, Stop.self, Retry.self,
                ]),
            CommandGroup(
                name: "Machine",
                subcommands: [
                    TimelineCommand.self, ConsoleCommand.self, Adopt.self, Claim.self, HardwareTestCommand.self,
                    RescueCommand.self,
                    Acknowledge.self, Forget.self, BMCCommand.self, NetbootCommand.self, ImageCommand.self,
                ]),
            CommandGroup(
                name: "Host",
                subcommands: [
                    DoctorCommand.self, BackupCommand.self, RestoreCommand.self, ExportCommand.self, ImportCommand.self,
                    ReloadCommand.self,
                ]),
            CommandGroup(
                name: "Access",
                subcommands: [UserCommand.self, TokenCommand.self, SecretsCommand.self]),
        ])

    static func main() async {
        CoreFiles.forbid()
        let arguments = ArgumentForms.normalized(Array(CommandLine.arguments.dropFirst()))
        if let problem = CommandNames.problem(in: arguments) {
            Console.printError(problem)
            Glibc.exit(Failure.usage)
        }
        do {
            var command = try await asyncParseAsRoot(arguments)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            Console.printError(failure.fullText)
            Glibc.exit(failure.exitCode)
        } catch {
            end(with: error)
        }
    }
}

extension Boatyard {
    /// Prints help, a version, or what is wrong with the arguments, in which anything may stand.
    private static func end(with error: any Error) -> Never {
        let code = exitCode(for: error)
        let text = fullMessage(for: error)
        if !text.isEmpty {
            if code.isSuccess { Console.print(text) } else { Console.printError(text) }
        }
        Glibc.exit(code.rawValue)
    }
}

struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stage documents, start actions.", subcommands: [CreateConfigdocs.self, CreateAction.self])
}

struct Commit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Commit staged documents.", subcommands: [CommitConfigdocs.self])
}

struct Get: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List actions, nodes, tasks, documents, workflows, statuses, changes or leases.",
        subcommands: [
            GetActions.self, GetNodes.self, GetTasks.self, GetConfigdocs.self, GetRenderedConfigdocs.self,
            GetSiteStatuses.self, GetWorkflows.self, GetAudit.self, GetLeases.self,
        ])
}

struct Describe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show one action, step, validation, workflow or note.",
        subcommands: [
            DescribeAction.self, DescribeStep.self, DescribeValidation.self, DescribeWorkflow.self,
            DescribeNotedetails.self,
        ])
}

struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show logs.", subcommands: [LogsStep.self])
}
