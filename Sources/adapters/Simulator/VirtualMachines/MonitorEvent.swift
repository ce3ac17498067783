import Primitives

/// What QEMU tells of its machine over QMP that a BMC has to know.
enum MonitorEvent: Sendable, Hashable {
    /// The guest has switched itself off.
    case poweredOff
    /// The guest has started itself anew.
    case reset
    /// The machine was stopped by us, or has crashed.
    case ended(reason: String)

    /// What has to be sent before QEMU tells anything.
    static let greeting = Array(#"{"execute":"qmp_capabilities"}"#.utf8) + [0x0a]

    /// - Parameter line: a line of JSON; nil for every line but `SHUTDOWN`.
    init?(line: some Sequence<UInt8>) {
        guard let message = try? Value(json: Array(line)), message["event"]?.stringValue == "SHUTDOWN" else {
            return nil
        }
        switch message["data"]?["reason"]?.stringValue {
        case "guest-shutdown": self = .poweredOff
        case "guest-reset": self = .reset
        case let reason: self = .ended(reason: reason ?? "unknown")
        }
    }
}

/// The lines of a stream that comes in pieces. What is longer than `limit` bytes is dropped to its end.
struct LineReader: Sendable {
    private var rest: [UInt8] = []
    private var isDropping = false
    private let limit: Int

    init(limit: Int = 64 << 10) { self.limit = limit }

    mutating func take(_ piece: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for byte in piece {
            if byte == 0x0a {
                if !isDropping { lines.append(rest) }
                rest = []
                isDropping = false
            } else if rest.count < limit {
                rest.append(byte)
            } else {
                isDropping = true
            }
        }
        return lines
    }
}
