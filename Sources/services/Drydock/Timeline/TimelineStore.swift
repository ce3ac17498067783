import Primitives
import Store

/// The timelines of machines in the database: those of nodes, of machines that are recorded or have asked for a boot script, and
/// of nobody else.
struct TimelineStore: Sendable {
    let database: Database
    let now: @Sendable () -> Timestamp

    init(database: Database, now: @escaping @Sendable () -> Timestamp) {
        self.database = database
        self.now = now
    }

    /// How many events of one machine are kept.
    private static let kept = 500
    /// One event of so many has those of its machine looked through for surplus ones. Chance decides, so that no order in which
    /// machines speak leaves one out.
    private static let sweep = 16
    /// In seconds: after a longer pause a new story begins.
    private static let longestPause = 3600.0
    /// How often a point that is open to all is recorded within `longestPause`, unless something else has happened between: so
    /// often firmware may fail, and nobody who asks in a machine's name pushes its story out or hides that it has stalled.
    private static let repetitions = 3
    /// Of how many machines the usual time is the median.
    private static let sample = 20

    /// Records an event of the machine at `mac`, if that is a node's, recorded, or one that has asked for a boot script.
    ///
    /// - Parameter collapses: an event that repeats the last one is not recorded again.
    static func record(
        _ kind: TimelineEvent.Kind, _ step: String, _ message: String, mac: MACAddress, at time: Timestamp,
        collapses: Bool = false, _ connection: Connection
    ) throws {
        let address = SQLValue.text(mac.description)
        let known = try connection.query(
            """
            SELECT node, node IS NULL AS is_unnamed, 1 AS place FROM drydock_machines WHERE mac = ?1
            UNION ALL SELECT node, FALSE, 2 FROM drydock_expected_nodes WHERE boot_mac = ?1
            UNION ALL SELECT NULL, TRUE, 3 FROM drydock_boots WHERE mac = ?1 ORDER BY is_unnamed, place LIMIT 1
            """, [address]
        ).first
        guard let known, try !isWornOut(kind, step, address, at: time, connection) else { return }
        let last = try connection.query(
            "SELECT kind, step, time FROM drydock_timeline WHERE mac = ? ORDER BY id DESC LIMIT 1", [address]
        ).first
        var before: String?
        var elapsed: Double?
        if let last {
            let seconds = time.seconds(since: Timestamp(microseconds: try last.int64(2)))
            let point = "\(try last.text(0)) \(try last.text(1))"
            if collapses, point == "\(kind.rawValue) \(step)", seconds >= 0, seconds < 60 { return }
            if seconds >= 0, seconds <= longestPause {
                before = kind.isOrdered(step) ? nil : point
                elapsed = seconds
            }
        }
        let text = String(LogRedactor.redact(message).prefix(1024))
        try connection.execute(
            """
            INSERT INTO drydock_timeline (mac, time, kind, step, message, before, elapsed) VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                address, .int(time.microseconds), .text(kind.rawValue), .text(step),
                .text(text), SQLValue(before), SQLValue(elapsed),
            ])
        if let node = try known.optionalText(0) {
            connection.announce(MachineNews(node: node, mac: mac, what: .event(kind, step: step, message: text)))
        }
        if Int.random(in: 0..<sweep) == 0 {
            try connection.execute(
                """
                DELETE FROM drydock_timeline WHERE mac = ?1 AND id <= (SELECT id FROM drydock_timeline WHERE mac = ?1
                    ORDER BY id DESC LIMIT 1 OFFSET \(kept))
                """, [address])
        }
    }

    /// The kinds that are open to all, as SQL lists them.
    private static let openKinds = TimelineEvent.Kind.allCases.filter(\.isOpenToAll).map { "'\($0.rawValue)'" }
        .joined(separator: ", ")

    private static func isWornOut(
        _ kind: TimelineEvent.Kind, _ step: String, _ address: SQLValue, at time: Timestamp, _ connection: Connection
    ) throws -> Bool {
        guard kind.isOpenToAll else { return false }
        let count = try connection.query(
            """
            SELECT count(*) FROM drydock_timeline WHERE mac = ?1 AND kind = ?2 AND step = ?3 AND time > ?4
                AND id > coalesce((SELECT max(id) FROM drydock_timeline WHERE mac = ?1 AND kind NOT IN (\(openKinds))), 0)
            """,
            [
                address, .text(kind.rawValue), .text(step),
                .int(time.adding(seconds: -longestPause).microseconds),
            ]
        ).first?.int(0)
        return (count ?? 0) >= repetitions
    }

    /// As `record(_:_:_:mac:at:_:)`, for a node by its name.
    static func record(
        _ kind: TimelineEvent.Kind, _ step: String, _ message: String, node: String, at time: Timestamp,
        _ connection: Connection
    ) throws {
        guard let mac = try mac(of: node, connection) else { return }
        try record(kind, step, message, mac: mac, at: time, connection)
    }

    func record(_ kind: TimelineEvent.Kind, _ step: String, _ message: String, node: String) async throws {
        let time = now()
        try await database.write { try Self.record(kind, step, message, node: node, at: time, $0) }
    }

    func record(_ kind: TimelineEvent.Kind, _ step: String, _ message: String, mac: MACAddress) async throws {
        let time = now()
        try await database.write {
            try Self.record(kind, step, message, mac: mac, at: time, collapses: true, $0)
        }
    }

    /// Records that a file of the installer was asked for from `peer`, which has asked for a boot script before.
    func recordDownload(_ file: String, peer: String) async throws {
        let time = now()
        try await database.write { connection in
            let rows = try connection.query(
                "SELECT mac FROM drydock_boots WHERE peer = ? ORDER BY rowid DESC LIMIT 1", [.text(peer)])
            guard let mac = try rows.first.flatMap({ MACAddress(try $0.text(0)) }) else { return }
            try Self.record(
                .download, file, "loads \(file)", mac: mac, at: time, collapses: true, connection)
        }
    }

    static func mac(of node: String, _ connection: Connection) throws -> MACAddress? {
        let rows = try connection.query(
            """
            SELECT mac FROM drydock_machines WHERE node = ?1
            UNION ALL SELECT boot_mac FROM drydock_expected_nodes WHERE node = ?1 AND boot_mac IS NOT NULL
            """, [.text(node)])
        return try rows.first.flatMap { MACAddress(try $0.text(0)) }
    }

    /// The events of a machine after the one with the id `after`.
    ///
    /// - Parameter name: the name of a node, or the MAC address of a machine.
    /// - Returns: nil for a node that is not known and has no machine.
    func timeline(of name: String, after: Int64, limit: Int) async throws -> Timeline? {
        let time = now()
        return try await database.read { connection in
            guard let mac = try Self.mac(of: name, connection) ?? MACAddress(name) else { return nil }
            let address = SQLValue.text(mac.description)
            let rows = try connection.query(
                """
                SELECT * FROM (SELECT * FROM drydock_timeline WHERE mac = ? AND id > ? ORDER BY id DESC LIMIT ?) ORDER BY id
                """, [address, .int(after), .int(Int64(limit))])
            var events: [TimelineEvent] = []
            for row in rows {
                guard let kind = TimelineEvent.Kind(rawValue: try row.text("kind")) else { continue }
                let step = try row.text("step")
                let before = kind.isOrdered(step) ? nil : try row.optionalText("before")
                events.append(
                    TimelineEvent(
                        id: try row.int64("id"), kind: kind, step: step, message: try row.text("message"),
                        time: Timestamp(microseconds: try row.int64("time")),
                        elapsed: try row.optionalDouble("elapsed"),
                        usual: try before.flatMap {
                            try Self.usual($0, "\(kind.rawValue) \(step)", but: address, connection)
                        }
                    ))
            }
            return Timeline(mac: mac, events: events, pause: try Self.pause(of: mac, at: time, connection))
        }
    }

    /// How many events a message of a failure has.
    private static let told = 4

    /// What was seen of a machine last, for messages: `Last seen: 10:54:13 mount /srv: finished after 1.3 s; …`. Empty where nothing
    /// was.
    func last(of mac: MACAddress) async throws -> String {
        let rows = try await database.read {
            try $0.query(
                """
                SELECT time, kind, step, message FROM drydock_timeline WHERE mac = ? AND kind NOT IN (?, ?)
                    ORDER BY id DESC LIMIT \(Self.told)
                """,
                [
                    .text(mac.description), .text(TimelineEvent.Kind.console.rawValue),
                    // It tells itself what was seen last before it.
                    .text(TimelineEvent.Kind.failure.rawValue),
                ])
        }
        let events = try rows.reversed().map { row in
            let clock = Timestamp(microseconds: try row.int64(0)).formatted(.iso).split(separator: "T").last ?? ""
            let message = try row.text(3)
            let step = try row.text(1) == TimelineEvent.Kind.phase.rawValue ? "\(try row.text(2)): " : ""
            // Sentences of others have their full stop, and whoever tells this sets one.
            return
                "\(clock.prefix(8)) \(step)\(message.hasSuffix(".") ? message.dropLast().prefix(160) : message.prefix(160))"
        }
        return events.isEmpty ? "" : "Last seen: " + events.joined(separator: "; ")
    }

    /// What the machine has been at since its last event, unless it has nothing to do.
    private static func pause(of mac: MACAddress, at time: Timestamp, _ connection: Connection) throws -> Timeline
        .Pause?
    {
        let address = SQLValue.text(mac.description)
        let states = [MachineState.commissioning, .deploying, .releasing, .diskErasing].map(\.rawValue)
        guard let state = try connection.query("SELECT state FROM drydock_machines WHERE mac = ?", [address]).first,
            states.contains(try state.text(0)),
            let last = try connection.query(
                "SELECT kind, step, time FROM drydock_timeline WHERE mac = ? ORDER BY id DESC LIMIT 1", [address]
            ).first
        else { return nil }
        let rows = try connection.query(
            """
            SELECT elapsed FROM drydock_timeline WHERE before = ? AND mac <> ? AND elapsed IS NOT NULL
                ORDER BY id DESC LIMIT \(sample)
            """, [.text("\(try last.text(0)) \(try last.text(1))"), address])
        let times = try rows.compactMap { try $0.optionalDouble(0) }
        return Timeline.Pause(
            seconds: max(0, time.seconds(since: Timestamp(microseconds: try last.int64(2)))), usual: median(times),
            machines: times.count)
    }

    /// The median of what other machines took from one point to another.
    private static func usual(
        _ before: String, _ point: String, but address: SQLValue, _ connection: Connection
    ) throws -> Double? {
        let rows = try connection.query(
            """
            SELECT elapsed FROM drydock_timeline WHERE before = ? AND kind || ' ' || step = ? AND mac <> ?
                AND elapsed IS NOT NULL ORDER BY id DESC LIMIT \(sample)
            """, [.text(before), .text(point), address])
        return median(try rows.compactMap { try $0.optionalDouble(0) })
    }

    static func median(_ times: [Double]) -> Double? {
        guard !times.isEmpty else { return nil }
        let sorted = times.sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Removes the events of machines that are neither recorded nor a node's, and those from before `moment`.
    func prune(before moment: Timestamp) async throws {
        try await database.write { connection in
            try connection.execute(
                """
                DELETE FROM drydock_timeline WHERE time < ? OR mac NOT IN (SELECT mac FROM drydock_machines
                    UNION SELECT boot_mac FROM drydock_expected_nodes WHERE boot_mac IS NOT NULL
                    UNION SELECT mac FROM drydock_boots)
                """, [.int(moment.microseconds)])
        }
    }
}
