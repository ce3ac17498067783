import ArgumentParser
import Primitives

/// `pause action ID`, and with other verbs.
protocol ControlCommand: AsyncParsableCommand {
    static var verb: String { get }
    static var done: String { get }
    var control: ControlOptions { get }
}

/// What every control command takes.
struct ControlOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp("The action: action ID, or action/ID.", valueName: "action"), completion: LiveNames.actions)
    var target: [String]

    @OptionGroup var options: GlobalOptions
}

extension ControlCommand {
    func run() async throws { _ = try await carryOut() }

    /// - Returns: the daemon, and the action's id.
    func carryOut() async throws -> (Daemon, String) {
        let id = try Reference.action(control.target)
        let daemon = try Daemon(control.options)
        _ = try await daemon.send("POST", "actions/\(PercentCoding.encode(id))/control/\(Self.verb)")
        if control.options.output == .table { Console.print("\(Self.done): action/\(id)") }
        return (daemon, id)
    }
}

struct Pause: ControlCommand {
    static let configuration = CommandConfiguration(
        abstract: "Begin no further step of an action.", discussion: "Steps that run go on to their ends.")
    static let verb = "pause"
    static let done = "Paused"

    @OptionGroup var control: ControlOptions
}

struct Unpause: ControlCommand {
    static let configuration = CommandConfiguration(abstract: "Go on with an action that was paused.")
    static let verb = "unpause"
    static let done = "Going on"

    @OptionGroup var control: ControlOptions
}

struct Stop: ControlCommand {
    static let configuration = CommandConfiguration(abstract: "End an action before it is done.")
    static let verb = "stop"
    static let done = "Stopped"

    @OptionGroup var control: ControlOptions
}

struct Retry: ControlCommand {
    static let configuration = CommandConfiguration(abstract: "Run the failed steps of an action again.")
    static let verb = "retry"
    static let done = "Trying again"

    @Flag(help: "Show the progress, and end with the action: 0 if it is Complete, else 1.")
    var wait = false

    @OptionGroup var control: ControlOptions

    func run() async throws {
        let earlier = wait ? await ActionProgress.failedTasks(try Daemon(control.options)) : []
        let (daemon, id) = try await carryOut()
        guard wait else { return }
        try await ActionProgress(daemon: daemon, id: id, output: control.options.output, earlier: earlier).followToEnd()
    }
}
