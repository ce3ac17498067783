import Logging

/// Names of log metadata that have a journal field of their own, in the order in which lines show them.
enum LogField {
    static let order = ["action", "step", "node", "task", "request"]

    /// `action` becomes `BOATYARD_ACTION`, `peer-name` `BOATYARD_PEER_NAME`: upper case, digits, `_` (journal fields
    /// know nothing else, systemd.journal-fields(7)).
    static func journalName(_ key: String) -> String {
        let characters = key.uppercased().unicodeScalars.prefix(48).map { scalar -> Character in
            switch scalar {
            case "A"..."Z", "0"..."9": Character(scalar)
            default: "_"
            }
        }
        return "BOATYARD_" + String(characters)
    }

    /// The well-known keys first, the others by name.
    static func sorted(_ metadata: Logger.Metadata) -> [(key: String, value: String)] {
        metadata.map { (key: $0.key, value: "\($0.value)") }.sorted { left, right in
            let leftRank = order.firstIndex(of: left.key) ?? order.count
            let rightRank = order.firstIndex(of: right.key) ?? order.count
            return leftRank == rightRank ? left.key < right.key : leftRank < rightRank
        }
    }
}

extension Logger.Level {
    /// syslog(3)'s severity.
    var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
