import ArgumentParser

/// `pause action ID`, and with other verbs.
protocol ControlCommand: AsyncParsableCommand {
    static var verb: String { get }
    static var done: String { get }
    var target: [String] { get }
    var options: GlobalOptions { get }
}

extension ControlCommand {
    func run() async throws {
        let id = try Reference.action(target)
        _ = try await Daemon(options).send("POST", "actions/\(PercentEncoding.encode(id))/control/\(Self.verb)")
        print("\(Self.done): action/\(id)")
    }
}

struct Pause: ControlCommand {
    static let configuration = CommandConfiguration(
        abstract: "Begin no further step of an action.", discussion: "Steps that run go on to their ends.")
    static let verb = "pause"
    static let done = "Paused"

    @Argument(help: "The action: action ID, or action/ID.")
    var target: [String]

    @OptionGroup var options: GlobalOptions
}

struct Unpause: ControlCommand {
    static let configuration = CommandConfiguration(abstract: "Go on with an action that was paused.")
    static let verb = "unpause"
    static let done = "Going on"

    @Argument(help: "The action: action ID, or action/ID.")
    var target: [String]

    @OptionGroup var options: GlobalOptions
}

struct Stop: ControlCommand {
    static let configuration = CommandConfiguration(abstract: "End an action before it is done.")
    static let verb = "stop"
    static let done = "Stopped"

    @Argument(help: "The action: action ID, or action/ID.")
    var target: [String]

    @OptionGroup var options: GlobalOptions
}

struct Retry: ControlCommand {
    static let configuration = CommandConfiguration(abstract: "Run the failed steps of an action again.")
    static let verb = "retry"
    static let done = "Trying again"

    @Argument(help: "The action: action ID, or action/ID.")
    var target: [String]

    @OptionGroup var options: GlobalOptions
}
