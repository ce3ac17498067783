import Glibc
import Primitives

/// Follows an action to its end, showing what changes.
///
/// On a terminal one block is redrawn; elsewhere every change is a line, so that a log of it reads well.
struct ActionProgress {
    let daemon: Daemon
    let id: String
    let output: OutputFormat

    private static let pause = Duration.milliseconds(250)

    /// - Returns: the action as `GET actions/ID` shows it at the end.
    func follow() async throws -> Value {
        let isTerminal = isatty(STDOUT_FILENO) == 1 && output == .table
        let started = ContinuousClock.now
        var states: [String: String] = [:]
        var machines: [String: String] = [:]
        var drawn = 0
        if output == .table { print("action/\(id)") }
        while true {
            let action = try await daemon.get("actions/\(id)")
            let nodes = try await daemon.get("nodes").arrayValue ?? []
            let elapsed = Self.clock(ContinuousClock.now - started)
            if isTerminal {
                drawn = redraw(action, nodes, elapsed: elapsed, over: drawn)
            } else if output == .table {
                try await report(action, nodes, elapsed: elapsed, &states, &machines)
            }
            let lifecycle = action["action_lifecycle"]?.stringValue ?? ""
            if ["Complete", "Failed"].contains(lifecycle) {
                if output == .table { print("\(elapsed)  \(lifecycle)") }
                return action
            }
            try await Task.sleep(for: Self.pause)
        }
    }

    private func report(
        _ action: Value, _ nodes: [Value], elapsed: String, _ states: inout [String: String],
        _ machines: inout [String: String]
    ) async throws {
        for step in action["steps"]?.arrayValue ?? [] {
            let name = step["id"]?.stringValue ?? ""
            guard let state = step["state"]?.stringValue, states[name] != state else { continue }
            states[name] = state
            guard Self.isFinal(state) || state == "up_for_retry" || state == "running" else { continue }
            var line = "\(elapsed)  \(Self.padded(state, 16))\(name)"
            if Self.isFinal(state) {
                let detail = try await daemon.get("actions/\(id)/steps/\(PercentEncoding.encode(name))")
                if case .double(let seconds)? = detail["duration"] { line += "  \(Self.seconds(seconds))" }
            }
            print(line)
        }
        for node in nodes {
            let name = node["hostname"]?.stringValue ?? ""
            guard let status = node["status_name"]?.stringValue, machines[name] != status else { continue }
            machines[name] = status
            print("\(elapsed)  \(Self.padded("machine", 16))\(name)  \(status)")
        }
        fflush(nil)
    }

    private func redraw(_ action: Value, _ nodes: [Value], elapsed: String, over drawn: Int) -> Int {
        var lines = [
            "\(elapsed)  \(action["name"]?.stringValue ?? "")  \(action["action_lifecycle"]?.stringValue ?? "")"
        ]
        for step in action["steps"]?.arrayValue ?? [] {
            let state = step["state"]?.stringValue ?? ""
            lines.append("  \(Self.symbol(state)) \(Self.padded(step["id"]?.stringValue ?? "", 46))\(state)")
        }
        for node in nodes {
            let status = node["status_name"]?.stringValue ?? ""
            lines.append(
                "  \(status == "Deployed" ? "●" : "○") \(Self.padded(node["hostname"]?.stringValue ?? "", 46))\(status)"
            )
        }
        var text = drawn > 0 ? "\u{1b}[\(drawn)A" : ""
        for line in lines { text += "\u{1b}[2K\(line)\n" }
        if lines.count < drawn { text += "\u{1b}[0J" }
        print(text, terminator: "")
        fflush(nil)
        return lines.count
    }

    private static func isFinal(_ state: String) -> Bool {
        ["success", "failed", "skipped", "upstream_failed", "removed"].contains(state)
    }

    private static func symbol(_ state: String) -> String {
        switch state {
        case "success": "✓"
        case "skipped": "–"
        case "failed", "upstream_failed": "✗"
        case "running", "queued": "▸"
        default: "·"
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func clock(_ duration: Duration) -> String {
        let tenths = duration.components.seconds * 10 + duration.components.attoseconds / 100_000_000_000_000_000
        let seconds = tenths / 10
        let twoDigits = { (number: Int64) in number < 10 ? "0\(number)" : "\(number)" }
        return "\(twoDigits(seconds / 60)):\(twoDigits(seconds % 60)).\(tenths % 10)"
    }

    private static func seconds(_ seconds: Double) -> String {
        let milliseconds = Int((seconds * 1000).rounded())
        return milliseconds < 1000 ? "\(milliseconds) ms" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }
}
