import Primitives

/// What a step or a machine waits for, as the daemon says under `waiting_for`.
struct WaitView: Hashable {
    var event: String
    /// As the daemon writes times.
    var since: String
    /// Nil where it waits for as long as it takes.
    var deadline: String?
    /// What happens at the deadline.
    var then: String

    /// Nil for null and for what is no wait.
    init?(_ value: Value?) {
        guard let value, let event = value["event"]?.stringValue else { return nil }
        self.event = event
        since = value["since"]?.stringValue ?? ""
        deadline = value["deadline"]?.stringValue
        then = value["then"]?.stringValue ?? ""
    }

    /// `waits for the inventory of n1, since 08:00:01Z, until 08:10:01Z at the latest; then the node fails`
    var text: String {
        let end = deadline.map { ", until \(Self.timeOfDay($0)) at the latest; then \(then)" } ?? ""
        return "waits for \(event), since \(Self.timeOfDay(since))\(end)"
    }

    /// `08:00:01Z`
    private static func timeOfDay(_ time: String) -> String {
        guard let middle = time.firstIndex(of: "T") else { return time }
        return time[time.index(after: middle)...].prefix(8) + "Z"
    }
}
