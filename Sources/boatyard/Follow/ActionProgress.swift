import Glibc
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

    private static let pause = Duration.seconds(1)
    /// How long a daemon may be away, as while it is restarted.
    private static let patience = Duration.seconds(120)

    /// Tasks that nodes failed in, as `earlier` wants them; empty where the daemon does not say.
    static func failedTasks(_ daemon: Daemon) async -> Set<String> {
        let nodes = try? await daemon.get("nodes", query: [("designed", "true")]).arrayValue
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
        let started = ContinuousClock.now
        let interruption = Interruption {
            "\nThe action goes on without a watcher. Look again: boatyard describe action/\(id)"
        }
        defer { interruption.end() }
        var terminal = Terminal.isThere && output == .table ? Terminal() : nil
        var lines = ProgressLines()
        if output == .table { print("action/\(id)") }
        var pause = Duration.zero
        while true {
            let (action, view) = try await look(after: pause)
            let elapsed = Text.clock(ContinuousClock.now - started)
            if terminal != nil {
                let size = Terminal.size
                terminal?.draw(ProgressScreen(width: size.width, height: size.height).lines(view, elapsed: elapsed))
            } else if output == .table {
                try await report(view, elapsed: elapsed, &lines)
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
                return (action, ActionView(action, nodes: try await nodes(), earlier: earlier))
            } catch let failure as Failure where failure.exitCode == Failure.unreachable {
                guard ContinuousClock.now < deadline else { throw failure }
                try await Task.sleep(for: Self.pause)
            }
        }
    }

    /// None for those who may not see them.
    private func nodes() async throws -> [Value] {
        do {
            return try await daemon.get("nodes", query: [("designed", "true")]).arrayValue ?? []
        } catch let failure as Failure where failure.status == 403 {
            return []
        }
    }

    private func report(_ view: ActionView, elapsed: String, _ lines: inout ProgressLines) async throws {
        for step in lines.changedSteps(view) {
            var line = "\(elapsed)  \(Text.padded(step.state ?? "", 16))\(step.id)"
            if step.hasEnded, step.state != "upstream_failed" {
                let detail = try await daemon.step(step.id, of: id)
                if case .double(let seconds)? = detail["duration"] { line += "  \(Text.seconds(seconds))" }
                if step.hasFailed, let message = detail["message"]?.stringValue { line += "  \(message)" }
            }
            print(line)
        }
        for line in lines.changedMachines(view) { print("\(elapsed)  \(Text.padded("machine", 16))\(line)") }
        fflush(nil)
    }

    private func close(_ view: ActionView, elapsed: String) async throws {
        let reasons = try await daemon.reasons(view)
        for (index, line) in ActionOutcome(view: view, reasons: reasons).lines.enumerated() {
            print(index == 0 ? "\(elapsed)  \(line)" : line)
        }
        fflush(nil)
    }
}
