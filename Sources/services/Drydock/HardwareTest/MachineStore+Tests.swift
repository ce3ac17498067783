import Installation
import Primitives
import SiteDesign
import Store

/// Tests of machines' hardware in the database: of each machine the newest.
extension MachineStore {
    /// The newest test of a machine; nil where there was none since it came forward.
    func test(of machine: ULID) async throws -> HardwareTest? {
        try await database.read { try Self.test(of: machine, $0) }
    }

    static func test(of machine: ULID, _ connection: Connection) throws -> HardwareTest? {
        try tests(connection, "machine = ?", [.text(machine.description)]).first
    }

    /// By node: the newest test of its machine, without its findings.
    func tests() async throws -> [String: HardwareTest] {
        let (named, tests) = try await database.read { connection in
            let nodes = try connection.query("SELECT id, node FROM drydock_machines WHERE node IS NOT NULL")
            let named = Dictionary(
                try nodes.compactMap { row in ULID(try row.text(0)).map { ($0, row) } }.map { ($0, try $1.text(1)) },
                uniquingKeysWith: { $1 })
            return (named, try Self.readableTests(connection, "1 = 1"))
        }
        return Dictionary(
            unreadable.tell(tests).compactMap { test in named[test.machine].map { ($0, test) } },
            uniquingKeysWith: { $1 })
    }

    /// Tests that have not ended, as far as they can be read.
    func openTests() async throws -> [HardwareTest] {
        unreadable.tell(try await database.read { try Self.readableTests($0, "ended IS NULL") })
    }

    /// Without their findings.
    private static func readableTests(
        _ connection: Connection, _ condition: String
    ) throws -> ReadableRows<HardwareTest> {
        try ReadableRows(try rows(connection, condition, [], isWhole: false)) { row in
            "test \(try row.text("id")) of machine \(try row.text("machine"))"
        } read: {
            try test($0, isWhole: false)
        }
    }

    /// Marks the machine of a node for a test. One that is under way is replaced.
    ///
    /// - Parameters:
    ///   - plan: as the agent gets it.
    ///   - expectations: the digest of what the design expects.
    ///   - seconds: until the test is overdue.
    ///   - power: whether its power is to be cycled.
    /// - Throws: `DrydockError` `.conflict` where the node has no machine, or that is at work or marked for rescue.
    func beginTest(
        _ node: String, _ id: ULID, mode: HardwareTestMode, plan: Value, expectations: String, task: String?,
        seconds: Double, power: Bool
    ) async throws -> (mark: MachineMark, test: HardwareTest) {
        let time = now()
        let (machine, mark, test) = try await database.write { connection in
            let machine = try Self.idleMachine(of: node, connection)
            if let present = try Self.mark(of: machine.id, connection), !present.isEnding {
                guard present.test != nil else {
                    throw DrydockError(
                        .conflict,
                        "\(node) is marked for rescue, and somebody may be logged in to it. End that first: boatyard rescue "
                            + "\(node) --end")
                }
                try Self.breakOff(present, of: machine, "another test is wanted", at: time, connection)
            }
            let mark = MachineMark(
                machine: machine.id, since: time, purpose: .test(id, plan: plan), request: ULID())
            let test = HardwareTest(
                id: id, machine: machine.id, mode: mode, expectations: expectations, task: task, since: time,
                deadline: time.adding(seconds: seconds))
            try Self.save(mark, power: power, of: machine, connection)
            try Self.save(test, connection)
            try TimelineStore.record(
                .test, "begun", "is to be tested (\(mode.rawValue))", mac: machine.mac, at: time, connection)
            return (machine, mark, test)
        }
        announce(machine)
        notifier.notify(.tests)
        return (mark, test)
    }

    /// Ends a test that is under way.
    ///
    /// - Parameter mark: of the machine; a rescue's has no test.
    static func breakOff(
        _ mark: MachineMark, of machine: Machine, _ reason: String, at time: Timestamp, _ connection: Connection
    ) throws {
        guard let id = mark.test, var test = try test(of: machine.id, connection), test.id == id, test.ended == nil
        else { return }
        test.ended = time
        test.outcome = .stopped
        test.reason = reason
        try save(test, connection)
        try TimelineStore.record(
            .test, "stopped", "is tested no more: \(reason)", mac: machine.mac, at: time, connection)
    }

    /// Ends a test that cannot go on, and removes its mark. One that has ended meanwhile stays as it is.
    ///
    /// - Parameter reason: a clause.
    func stop(_ test: HardwareTest, _ reason: String) async throws {
        let time = now()
        let machine = try await database.write { connection -> Machine? in
            guard let machine = try Self.select(connection, "id = ?", [.text(test.machine.description)]).first,
                let mark = try Self.mark(of: machine.id, connection), mark.test == test.id
            else { return nil }
            try Self.breakOff(mark, of: machine, reason, at: time, connection)
            try Self.forget(mark, connection)
            return machine
        }
        if let machine { announce(machine) }
    }

    /// Forgets the test of a machine that is another one from now on, or another node, or is begun anew with: it says nothing of
    /// that. One that is under way is ended.
    ///
    /// - Parameter reason: a clause.
    static func forgetTest(
        of machine: Machine, _ reason: String = "another machine is claimed for its node", at time: Timestamp,
        _ connection: Connection
    ) throws {
        if let mark = try mark(of: machine.id, connection), mark.test != nil {
            try breakOff(mark, of: machine, reason, at: time, connection)
            try forget(mark, connection)
        }
        try connection.execute(
            "DELETE FROM drydock_tests WHERE machine = ?", [.text(machine.id.description)])
    }

    /// When a test that is under way was begun last; nil where none is.
    static func newestOpenTest(_ connection: Connection) throws -> Timestamp? {
        try connection.query("SELECT max(since) FROM drydock_tests WHERE ended IS NULL").first?.optionalInt64(0)
            .map { Timestamp(microseconds: $0) }
    }

    /// Stores what a test has found, and removes the mark.
    ///
    /// - Returns: nil where the test is not the newest of its machine, or was ended otherwise.
    static func finish(
        _ id: ULID, of machine: Machine, _ findings: [HardwareFinding], at time: Timestamp, _ connection: Connection
    ) throws -> HardwareTest? {
        guard var test = try test(of: machine.id, connection), test.id == id else { return nil }
        guard test.ended == nil else {
            // Whoever did not get the answer reports the same again.
            return test.outcome == .passed || test.outcome == .failed ? test : nil
        }
        test.ended = time
        test.take(findings)
        test.outcome = test.errorCount == 0 ? .passed : .failed
        try save(test, connection)
        if let mark = try mark(of: machine.id, connection), mark.test == id { try forget(mark, connection) }
        try TimelineStore.record(
            .test, test.outcome?.rawValue ?? "", "is tested: \(findings.summary)", mac: machine.mac, at: time,
            connection)
        return test
    }

    /// Ends a test of which nothing was heard in time. From now on the machine boots as it would without.
    ///
    /// - Parameter seen: what was seen of the machine last.
    /// - Returns: false where it has ended meanwhile.
    func expire(_ test: HardwareTest, seen: String) async throws -> Bool {
        let time = now()
        let machine = try await database.write { connection -> Machine? in
            guard var present = try Self.test(of: test.machine, connection), present.id == test.id,
                present.ended == nil,
                let machine = try Self.select(connection, "id = ?", [.text(test.machine.description)]).first
            else { return nil }
            present.ended = time
            present.outcome = .overdue
            present.reason = seen
            try Self.save(present, connection)
            // Its end may still be asked for, with the orders to its BMC.
            try connection.execute(
                "UPDATE drydock_marks SET is_ending = 1 WHERE machine = ? AND test = ?",
                [.text(machine.id.description), .text(test.id.description)])
            try TimelineStore.record(
                .test, "overdue", "has not come back from its test", mac: machine.mac, at: time, connection)
            return machine
        }
        guard let machine else { return false }
        announce(machine)
        return true
    }

    static func save(_ test: HardwareTest, _ connection: Connection) throws {
        try connection.execute(
            """
            INSERT OR REPLACE INTO drydock_tests
                (machine, id, mode, expectations, task, since, deadline, ended, outcome, errors, warnings, reason, findings)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .text(test.machine.description), .text(test.id.description), .text(test.mode.rawValue),
                .text(test.expectations), SQLValue(test.task), .int(test.since.microseconds),
                .int(test.deadline.microseconds),
                SQLValue(test.ended?.microseconds), SQLValue(test.outcome?.rawValue),
                .int(Int64(test.errorCount)), .int(Int64(test.warningCount)), .text(test.reason),
                .text(Value.array(test.findings.map(\.value)).json(.compact)),
            ])
    }

    /// - Parameter isWhole: with the findings.
    private static func tests(
        _ connection: Connection, _ condition: String, _ parameters: [SQLValue], isWhole: Bool = true
    ) throws -> [HardwareTest] {
        try rows(connection, condition, parameters, isWhole: isWhole).map { try test($0, isWhole: isWhole) }
    }

    private static func rows(
        _ connection: Connection, _ condition: String, _ parameters: [SQLValue], isWhole: Bool
    ) throws -> [Row] {
        let columns =
            "machine, id, mode, expectations, task, since, deadline, ended, outcome, errors, warnings, reason"
            + (isWhole ? ", findings" : "")
        return try connection.query("SELECT \(columns) FROM drydock_tests WHERE \(condition)", parameters)
    }

    private static func test(_ row: Row, isWhole: Bool) throws -> HardwareTest {
        guard let id = ULID(try row.text("id")), let machine = ULID(try row.text("machine")),
            let mode = HardwareTestMode(rawValue: try row.text("mode"))
        else {
            throw DrydockError(
                .failed,
                "the test '\(try row.text("id"))' of the machine '\(try row.text("machine"))' in the database cannot be read"
            )
        }
        var test = HardwareTest(
            id: id, machine: machine, mode: mode, expectations: try row.text("expectations"),
            task: try row.optionalText("task"),
            since: Timestamp(microseconds: try row.int64("since")),
            deadline: Timestamp(microseconds: try row.int64("deadline")),
            ended: try row.optionalInt64("ended").map { Timestamp(microseconds: $0) },
            outcome: try row.optionalText("outcome").flatMap(HardwareTest.Outcome.init),
            reason: try row.text("reason"))
        if isWhole {
            test.take((try Value(json: row.text("findings")).arrayValue ?? []).compactMap { HardwareFinding($0) })
        } else {
            test.take(errors: try row.int("errors"), warnings: try row.int("warnings"))
        }
        return test
    }
}
