import ArgumentParser
import OrderedCollections
import Primitives

struct TimelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline",
        abstract: "Show what happened to a machine, from power-on to its last signal.",
        discussion: """
            Each line has the time, the seconds since the line before, and in brackets what other machines of this site \
            usually took. A machine that takes far longer than they did is stalled.
            """)

    @Argument(
        help: "The node's name, or the MAC address of a machine that is no node.", completion: LiveNames.nodes)
    var name: String

    @Flag(help: "Go on with what happens from now on, until Ctrl-C.")
    var follow = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let daemon = try Daemon(options)
        let path = "nodes/\(PercentCoding.encode(name))/timeline"
        var timeline = try await daemon.send("GET", path).data(of: "the timeline of \(name)")
        guard follow else {
            return options.output.show(timeline) { TimelineText.lines($0).joined(separator: "\n") }
        }
        var last = 0
        var state: String?
        while true {
            for event in timeline["events"]?.arrayValue ?? [] {
                last = max(last, event["id"]?.intValue ?? 0)
                Console.print(TimelineText.line(event))
            }
            let pause = TimelineText.stall(timeline["waiting"])
            if let pause, pause != state { Console.print(pause) }
            state = pause
            try await Task.sleep(for: .seconds(1))
            timeline = try await daemon.send("GET", path, query: [("after", String(last))])
                .data(of: "the timeline of \(name)")
        }
    }
}

/// A timeline for people.
enum TimelineText {
    static func lines(_ timeline: Value) -> [String] {
        let events = joined(timeline["events"]?.arrayValue ?? []).map(line)
        guard !events.isEmpty else { return ["Nothing has happened to this machine yet."] }
        return events + [stall(timeline["waiting"]) ?? rest(timeline["waiting"])].compactMap(\.self)
    }

    /// Without the beginnings of operations that have ended next: their ends say how long they took.
    private static func joined(_ events: [Value]) -> [Value] {
        var joined: [Value] = []
        var began: Value?
        for event in events {
            if let start = began {
                began = nil
                if event["kind"] == start["kind"], name(of: event) == name(of: start), case .object(var end) = event {
                    for key in ["seconds", "usual_seconds"] {
                        guard let pause = start[key]?.doubleValue else { continue }
                        end[key] = .double(pause + (end[key]?.doubleValue ?? 0))
                    }
                    joined.append(.object(end))
                    continue
                }
                joined.append(start)
            }
            // By the step, a name for programs, and not by the words of the message.
            let isBeginning = event["kind"] == "operation" && event["step"]?.stringValue?.hasSuffix(" started") == true
            if isBeginning { began = event } else { joined.append(event) }
        }
        return joined + [began].compactMap(\.self)
    }

    /// Of an operation: what it is called, without how far it is.
    private static func name(of event: Value) -> String {
        let words = (event["step"]?.stringValue ?? "").split(separator: " ")
        return words.dropLast().joined(separator: " ")
    }

    /// `04:12:07   +3.2 s (usually 3.1)  installed: Ready to boot from disk.`
    static func line(_ event: Value) -> String {
        let clock = (event["time"]?.stringValue ?? "").split(separator: "T").last.map { $0.prefix(8) } ?? ""
        let elapsed = event["seconds"]?.doubleValue.map { "+\(decimal($0)) s" } ?? ""
        let usual = event["usual_seconds"]?.doubleValue.map { "(usually \(decimal($0)))" } ?? ""
        let kind = event["kind"]?.stringValue ?? ""
        let step = event["step"]?.stringValue ?? ""
        let message = event["message"]?.stringValue ?? ""
        let head =
            switch kind {
            case "phase": message.isEmpty ? step : "\(step): \(message)"
            case "dhcp": "DHCP \(step): \(message)"
            case "tftp": "TFTP \(step): \(message)"
            default: message
            }
        let text = "\(clock)  \(padded(elapsed, 10)) \(padded(usual, 18)) \(head)"
        return ControlCharacters.escaped(text, keepsLines: false)
    }

    static func stall(_ pause: Value?) -> String? {
        guard let pause, pause["stalled"]?.boolValue == true, let seconds = pause["seconds"]?.doubleValue,
            let usual = pause["usual_seconds"]?.doubleValue, let machines = pause["machines"]?.intValue
        else { return nil }
        let others = machines == 1 ? "the last machine" : "the last \(machines) machines"
        return "Stalled here for \(decimal(seconds)) s; \(others) took \(decimal(usual)) s."
    }

    private static func rest(_ pause: Value?) -> String? {
        guard let seconds = pause?["seconds"]?.doubleValue else { return nil }
        let usual = pause?["usual_seconds"]?.doubleValue.map { "; usually it takes \(decimal($0)) s" } ?? ""
        return "Here for \(decimal(seconds)) s\(usual)."
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    /// With one digit after the point.
    static func decimal(_ number: Double) -> String {
        let tenths = Int(exactly: (max(0, min(number, 1e9)) * 10).rounded()) ?? 0
        return "\(tenths / 10).\(tenths % 10)"
    }
}
