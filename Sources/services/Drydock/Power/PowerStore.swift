import Primitives
import Store

/// What was last seen of the power of nodes. All of it is in memory; the database has what is news, and when a node was seen
/// to the nearest ten minutes, so that looks that find nothing new cost no writes.
actor PowerStore {
    private let database: Database
    private let now: @Sendable () -> Timestamp
    /// Nil before they were read.
    private var known: [String: PowerObservation]?
    /// When what the database has was seen.
    private var stored: [String: Timestamp] = [:]
    /// Of which nodes the database does not have what it should: all of them where a write has failed.
    private var unwritten: Set<String> = []
    /// How many commands have told of nodes.
    private(set) var commands = 0
    /// By node, which of them was the last that did.
    private var lastCommand: [String: Int] = [:]
    /// In seconds.
    private static let precision = 600.0

    init(database: Database, now: @escaping @Sendable () -> Timestamp) {
        self.database = database
        self.now = now
    }

    /// By node.
    func all() async throws -> [String: PowerObservation] {
        if let known { return known }
        let rows = try await database.read { connection in
            try connection.query("SELECT * FROM drydock_power").map { row in
                (
                    try row.text("node"),
                    PowerObservation(
                        power: Machine.Power(rawValue: try row.text("power")) ?? .unknown,
                        observed: try row.optionalInt64("observed").map { Timestamp(microseconds: $0) },
                        failure: try row.optionalText("failure"),
                        failureCode: try row.optionalText("failure_code"),
                        failedSince: try row.optionalInt64("failed_since").map { Timestamp(microseconds: $0) },
                        wanted: try row.optionalText("wanted").flatMap(Machine.Power.init),
                        firmware: try row.optionalText("firmware"),
                        formerFirmware: try row.optionalText("former_firmware"),
                        firmwareChanged: try row.optionalInt64("firmware_changed").map { Timestamp(microseconds: $0) })
                )
            }
        }
        // Another call may have read them, and noted something, meanwhile.
        if let known { return known }
        let found = Dictionary(rows, uniquingKeysWith: { $1 })
        known = found
        stored = found.compactMapValues(\.observed)
        return found
    }

    /// Takes over what BMCs have said.
    ///
    /// - Parameter commands: how many had told of nodes when the looks began; what a later one has told of a node counts, and
    ///   not the look. Nil where nothing can have come between.
    /// - Returns: the nodes of which something is new.
    /// - Throws: `StoreError`. What was said is known none the less, and is written with the next news.
    @discardableResult
    func note(_ looks: [PowerLook], after commands: Int? = nil) async throws -> Set<String> {
        _ = try await all()
        let time = now()
        var news: Set<String> = []
        for look in looks {
            if let commands, let last = lastCommand[look.node], last > commands { continue }
            let before = known?[look.node] ?? PowerObservation()
            var after = before
            after.take(look, at: time)
            known?[look.node] = after
            let isNews =
                after.power != before.power || (after.failure == nil) != (before.failure == nil)
                || after.failureCode != before.failureCode
                || after.firmware != before.firmware
            if isNews { news.insert(look.node) }
            let age = stored[look.node].map { abs(time.seconds(since: $0)) } ?? .infinity
            if isNews || after.failure == nil && age >= Self.precision { unwritten.insert(look.node) }
        }
        try await write()
        return news
    }

    /// A command of a task or an operator has ended. What it says is shown at once, as the next look at the node may be far away:
    /// the power, and what keeps the daemon from the BMC until somebody changes something.
    ///
    /// - Parameter result: the power, where the BMC has said it; or why the command failed.
    func heard(_ result: Result<Machine.Power, any Error>, of node: String) async throws {
        let heard = result.mapError { PowerLook.Failure($0) }
        switch heard {
        case .success(let power): if power == .unknown { return }
        case .failure(let failure): if !failure.lasts { return }
        }
        count(node)
        try await note([PowerLook(node: node, result: heard)])
    }

    /// A task has switched the node, and seen it there.
    func switched(_ node: String, to power: Machine.Power) async throws {
        _ = try await all()
        known?[node, default: PowerObservation()].wanted = power
        unwritten.insert(node)
        count(node)
        try await note([PowerLook(node: node, result: .success(power))])
    }

    private func count(_ node: String) {
        commands += 1
        lastCommand[node] = commands
    }

    /// What the BMC of a node was known by is forgotten: whether it is trusted, and takes the account, shows the next look.
    func forgetLastingFailure(by node: String) async throws {
        guard PowerLook.Failure.lasts(try await all()[node]?.failureCode) else { return }
        known?[node]?.forgetFailure()
        unwritten.insert(node)
        try await write()
    }

    private func write() async throws {
        guard !unwritten.isEmpty else { return }
        let observations = (known ?? [:]).filter { unwritten.contains($0.key) }
        guard !observations.isEmpty else { return }
        // What changes meanwhile is to be written, too.
        unwritten = []
        do {
            try await write(observations)
        } catch {
            unwritten.formUnion(observations.keys)
            throw error
        }
        for (node, observation) in observations { stored[node] = observation.observed }
    }

    private func write(_ observations: [String: PowerObservation]) async throws {
        try await database.write { connection in
            for (node, observation) in observations {
                try connection.execute(
                    """
                    INSERT OR REPLACE INTO drydock_power (node, power, observed, failure, failure_code, failed_since, wanted,
                        firmware, former_firmware, firmware_changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                    [
                        .text(node), .text(observation.power.rawValue), SQLValue(observation.observed?.microseconds),
                        SQLValue(observation.failure), SQLValue(observation.failureCode),
                        SQLValue(observation.failedSince?.microseconds),
                        SQLValue(observation.wanted?.rawValue), SQLValue(observation.firmware),
                        SQLValue(observation.formerFirmware), SQLValue(observation.firmwareChanged?.microseconds),
                    ])
                if observation.failure == nil {
                    try connection.execute(
                        "UPDATE drydock_machines SET power = ?1 WHERE node = ?2 AND power <> ?1",
                        [.text(observation.power.rawValue), .text(node)])
                }
            }
        }
    }

    /// Forgets the nodes that are not in the design.
    func keep(_ nodes: Set<String>) async throws {
        let gone = try await all().keys.filter { !nodes.contains($0) }
        guard !gone.isEmpty else { return }
        let names = Value(Array(gone)).json(.compact)
        try await database.write {
            try $0.execute(
                "DELETE FROM drydock_power WHERE node IN (SELECT value FROM json_each(?))", [.text(names)])
        }
        for node in gone {
            known?[node] = nil
            stored[node] = nil
            lastCommand[node] = nil
            unwritten.remove(node)
        }
    }
}
