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
    let earlier: Set<String>

    private static let pause = Duration.seconds(1)
    /// How long a daemon may be away, as while it is restarted.
    private static let patience = Duration.seconds(120)

    /// Tasks that nodes failed in, as `earlier` wants them; empty where the daemon does not say.
    static func failedTasks(_ daemon: Daemon) async -> Set<String> {
        let nodes = try? await daemon.get("nodes", query: [("designed", "true")]).arrayValue
        return Set((nodes ?? []).compactMap { $0["problem"]?["task"]?.stringValue })
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
        while true {
            let (action, view) = try await look()
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
            try await Task.sleep(for: Self.pause)
        }
    }

    /// The present state; a daemon that is away is waited for.
    private func look() async throws -> (action: Value, view: ActionView) {
        let deadline = ContinuousClock.now + Self.patience
        while true {
            do {
                let action = try await daemon.get("actions/\(id)")
                let nodes = try await daemon.get("nodes", query: [("designed", "true")]).arrayValue ?? []
                return (action, ActionView(action, nodes: nodes, earlier: earlier))
            } catch let failure as Failure where failure.exitCode == Failure.unreachable {
                guard ContinuousClock.now < deadline else { throw failure }
                try await Task.sleep(for: Self.pause)
            }
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

extension Daemon {
    func step(_ step: String, of action: String) async throws -> Value {
        try await get("actions/\(PercentEncoding.encode(action))/steps/\(PercentEncoding.encode(step))")
    }

    /// Why the steps failed that did.
    func reasons(_ view: ActionView) async throws -> [(step: String, message: String)] {
        var reasons: [(step: String, message: String)] = []
        for name in view.failedSteps {
            guard let message = try await step(name, of: view.id)["message"]?.stringValue else { continue }
            reasons.append((name, message))
        }
        return reasons
    }
}
