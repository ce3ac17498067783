import Primitives

/// Follows an action to its end, showing what changes.
///
/// On a terminal one block is redrawn; elsewhere every change is a line, so that a log of it reads well.
struct ActionProgress {
    let daemon: Daemon
    let id: String
    let output: OutputFormat
    /// Tasks in which nodes failed before the action began.
    var earlier: Set<String> = []
    /// Whether the action goes on where its watcher is interrupted.
    var goesOnAlone = true

    private static let pause = Duration.seconds(1)
    /// How long a daemon may be away, as while it is restarted.
    private static let patience = Duration.seconds(120)

    /// Tasks that nodes failed in, as `earlier` wants them; empty where the daemon does not say.
    static func failedTasks(_ daemon: Daemon) async -> Set<String> {
        let nodes = try? await daemon.nodes()
        return Set((nodes ?? []).compactMap { $0["problem"]?["task"]?.stringValue })
    }

    /// Follows, prints the action as data where that is asked for, and throws where it did not end `Complete`.
    func followToEnd() async throws {
        let final = try await follow()
        if output != .table { output.show(final) { _ in "" } }
        let lifecycle = final["action_lifecycle"]?.stringValue ?? "Unknown"
        guard lifecycle == "Complete" else {
            throw Failure("The action ended \(lifecycle). Look at it: boatyard describe action/\(id)")
        }
    }

    /// - Returns: the action as `GET actions/ID` shows it at the end.
    func follow() async throws -> Value {
        let started = Timestamp.now()
        let interruption =
            goesOnAlone
            ? Interruption { "\nThe action goes on without a watcher. Look again: boatyard describe action/\(id)" }
            : nil
        defer { interruption?.end() }
        var terminal = Terminal.isThere && output == .table ? Terminal() : nil
        var lines = ProgressLines()
        if output == .table { Console.printLine("action/\(id)") }
        var pause = Duration.zero
        while true {
            let (action, view) = try await look(after: pause)
            // Of the action, not of whoever watches it: that one may have come late.
            let seconds = Timestamp.now().seconds(since: view.created ?? started)
            let elapsed = Text.clock(seconds)
            if terminal != nil {
                let size = Terminal.size
                terminal?.draw(ProgressScreen(width: size.width, height: size.height).lines(view, elapsed: elapsed))
            } else if output == .table {
                try await report(view, elapsed: seconds, &lines)
            }
            if view.hasEnded {
                if output == .table { try await close(view, elapsed: elapsed) }
                return action
            }
            pause = Self.pause
        }
    }

    /// The state after a pause, or as soon as the action has ended; a daemon that is away is waited for.
    private func look(after pause: Duration) async throws -> (action: Value, view: ActionView) {
        let begun = ContinuousClock.now
        let deadline = begun + Self.patience
        while true {
            do {
                var action = try await daemon.get("actions/\(id)", query: [("wait", "\(pause.components.seconds)s")])
                let early = begun + pause - ContinuousClock.now
                if early > .milliseconds(50), !ActionView(action, nodes: []).hasEnded {
                    try await Task.sleep(for: early)
                    action = try await daemon.get("actions/\(id)")
                }
                return (action, ActionView(action, nodes: try await daemon.nodes(), earlier: earlier))
            } catch let failure as Failure where failure.exitCode == Failure.unreachable {
                guard ContinuousClock.now < deadline else { throw failure }
                try await Task.sleep(for: Self.pause)
            }
        }
    }

    private func report(_ view: ActionView, elapsed: Double, _ lines: inout ProgressLines) async throws {
        var told: [(time: Double, text: String)] = []
        for step in lines.changedSteps(view) {
            let detail = step.state == "upstream_failed" ? .null : try await daemon.step(step.id, of: id)
            // Much may have happened since the last look; the daemon knows when.
            let moment = detail[step.hasEnded ? "end_date" : "start_date"]?.stringValue.flatMap { Timestamp($0) }
            let time = moment.flatMap { moment in view.created.map { moment.seconds(since: $0) } } ?? elapsed
            told.append((time, Self.line(step, detail)))
        }
        for (time, line) in told.sorted(by: { $0.time < $1.time }) { Console.printLine("\(Text.clock(time))  \(line)") }
        for line in lines.changedMachines(view, at: elapsed) {
            Console.printLine("\(Text.clock(elapsed))  \(Text.padded("machine", 16))\(line)")
        }
    }

    /// - Parameter detail: the step as `GET actions/ID/steps/STEP` shows it; null where it has never run.
    static func line(_ step: ActionView.Step, _ detail: Value) -> String {
        var line = "\(Text.padded(step.state ?? "", 16))\(step.id)"
        if step.hasEnded, case .double(let seconds)? = detail["duration"] { line += "  \(Text.seconds(seconds))" }
        if step.hasFailed || step.isToBeRetried, let message = detail["message"]?.stringValue { line += "  \(message)" }
        if step.isToBeRetried, let wait = WaitView(detail["waiting_for"]) { line += "; it \(wait.text)" }
        return line
    }

    private func close(_ view: ActionView, elapsed: String) async throws {
        let reasons = try await daemon.reasons(view)
        for (index, line) in ActionOutcome(view: view, reasons: reasons).lines.enumerated() {
            Console.printLine(index == 0 ? "\(elapsed)  \(line)" : line)
        }
    }
}
