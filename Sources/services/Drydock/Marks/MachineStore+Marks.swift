import Netboot
import Primitives
import Store

/// Machines that are marked for rescue or for a test.
extension MachineStore {
    /// The mark of the machine that boots from `mac`; nil for a machine that is no node's, and where none is wanted.
    func mark(mac: MACAddress) async throws -> MachineMark? {
        try await database.read { connection in
            try Self.select(connection, "mac = ?", [.text(mac.description)]).first.flatMap {
                try Self.activeMark(of: $0, connection)
            }
        }
    }

    /// The same for a machine.
    static func activeMark(of machine: Machine, _ connection: Connection) throws -> MachineMark? {
        guard machine.node != nil, let mark = try mark(of: machine.id, connection), !mark.isEnding else { return nil }
        return mark
    }

    /// By node: when its machine was marked for rescue.
    func rescues() async throws -> [String: Timestamp] {
        let rows = try await database.read {
            try $0.query(
                """
                SELECT node, since FROM drydock_marks JOIN drydock_machines ON id = machine
                    WHERE node IS NOT NULL AND purpose = 'rescue' AND NOT is_ending
                """)
        }
        return Dictionary(
            try rows.map { (try $0.text(0), Timestamp(microseconds: try $0.int64(1))) }, uniquingKeysWith: { $1 })
    }

    /// Whether no later request and no other work has taken its place.
    func isCurrent(_ mark: MachineMark) async throws -> Bool {
        try await database.read { try Self.mark(of: mark.machine, $0)?.request == mark.request }
    }

    /// Marks the machine of a node for rescue. One that is marked already keeps its time and gets the new keys. A test that is
    /// under way is broken off.
    ///
    /// - Parameters:
    ///   - keys: lines of `authorized_keys`.
    ///   - power: whether its power is to be cycled.
    /// - Throws: `DrydockError` `.conflict` where the node has no machine, or that is at work.
    func beginRescue(_ node: String, keys: [String], power: Bool) async throws -> MachineMark {
        let time = now()
        let (machine, mark) = try await database.write { connection in
            let machine = try Self.idleMachine(of: node, connection)
            var mark = MachineMark(machine: machine.id, since: time, purpose: .rescue(keys: keys), request: ULID())
            if let present = try Self.mark(of: machine.id, connection), !present.isEnding {
                if present.test == nil { mark.since = present.since }
                try Self.breakOff(present, of: machine, "a rescue is wanted", at: time, connection)
            }
            try Self.save(mark, power: power, of: machine, connection)
            try TimelineStore.record(
                .rescue, "begun", "is marked for rescue", mac: machine.mac, at: time, connection)
            return (machine, mark)
        }
        announce(machine)
        return mark
    }

    /// Stores a mark.
    ///
    /// Where nothing is installed the boots before are over: whoever runs there takes no other plan any more, so that the
    /// power may be cut.
    ///
    /// - Parameter power: whether the power of the machine is to be cycled.
    static func save(_ mark: MachineMark, power: Bool, of machine: Machine, _ connection: Connection) throws {
        try save(mark, connection)
        if power, machine.lifecycle.intent != .local { try voidBoot(of: machine.mac, connection) }
    }

    /// From now on the machine boots as it would without its mark, whose tokens are void. The mark goes with `forget(_:)`.
    ///
    /// - Throws: `DrydockError` `.conflict` where the node has no machine, or that is not marked for this.
    func endRescue(_ node: String) async throws -> (machine: Machine, mark: MachineMark) {
        try await endMark(node) { mark in
            guard let mark, mark.test == nil else {
                throw DrydockError(.conflict, "\(node) is not marked for rescue: there is nothing to end.")
            }
        } record: { machine, time, connection in
            try TimelineStore.record(
                .rescue, "ended", "is not marked for rescue any more", mac: machine.mac, at: time, connection)
        }
    }

    /// - Parameters:
    ///   - check: throws where the mark, or nil for none, is not the one to end.
    ///   - record: what is stored, too, where it was not ending already.
    func endMark(
        _ node: String, _ check: @escaping @Sendable (MachineMark?) throws -> Void,
        record: @escaping @Sendable (Machine, Timestamp, Connection) throws -> Void
    ) async throws -> (machine: Machine, mark: MachineMark) {
        let time = now()
        let ended = try await database.write { connection -> (machine: Machine, mark: MachineMark) in
            let machine = try Self.idleMachine(of: node, connection)
            let present = try Self.mark(of: machine.id, connection)
            try check(present)
            guard var mark = present else { throw DrydockError(.conflict, "\(node) is not marked.") }
            if !mark.isEnding { try record(machine, time, connection) }
            mark.isEnding = true
            mark.request = ULID()
            try Self.save(mark, connection)
            let installed = machine.lifecycle.intent == .local ? machine.lifecycle.work?.boot : nil
            try Self.voidBoot(of: machine.mac, keeping: installed, connection)
            return (machine, mark)
        }
        announce(ended.machine)
        return ended
    }

    /// Removes the mark, unless a later request has taken its place.
    func forget(_ mark: MachineMark) async throws { try await database.write { try Self.forget(mark, $0) } }

    static func forget(_ mark: MachineMark, _ connection: Connection) throws {
        try connection.execute(
            "DELETE FROM drydock_marks WHERE machine = ? AND request = ?",
            [.text(mark.machine.description), .text(mark.request.description)])
    }

    /// Ends the rescue or test of a machine that is given other work, or another node.
    static func dropMark(of machine: Machine, at time: Timestamp, _ connection: Connection) throws {
        guard let mark = try mark(of: machine.id, connection) else { return }
        try connection.execute("DELETE FROM drydock_marks WHERE machine = ?", [.text(machine.id.description)])
        guard !mark.isEnding else { return }
        try breakOff(mark, of: machine, "it is given other work", at: time, connection)
        guard mark.test == nil else { return }
        try TimelineStore.record(
            .rescue, "ended", "is not marked for rescue any more: it is given other work", mac: machine.mac, at: time,
            connection)
    }

    static func idleMachine(of node: String, _ connection: Connection) throws -> Machine {
        guard let machine = try select(connection, "node = ?", [.text(node)]).first else {
            throw MarkedMachines.noMachine(node)
        }
        switch machine.state {
        case .commissioning, .deploying, .releasing, .diskErasing:
            throw DrydockError(
                .conflict,
                "\(node) is \(machine.state.rawValue). Wait until that has ended, or stop the action, then ask again.")
        case .new, .failedCommissioning, .ready, .allocated, .deployed, .failedDeployment, .failedDiskErasing, .broken:
            return machine
        }
    }

    private static func save(_ mark: MachineMark, _ connection: Connection) throws {
        var plan: Value?
        if case .test(_, let wanted) = mark.purpose { plan = wanted }
        try connection.execute(
            """
            INSERT INTO drydock_marks (machine, since, authorized_keys, request, is_ending, purpose, test, plan)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (machine) DO UPDATE SET since = excluded.since, authorized_keys = excluded.authorized_keys,
                request = excluded.request, is_ending = excluded.is_ending, purpose = excluded.purpose,
                test = excluded.test, plan = excluded.plan
            """,
            [
                .text(mark.machine.description), .int(mark.since.microseconds), .text(Value(mark.keys).json(.compact)),
                .text(mark.request.description), SQLValue(mark.isEnding), .text(mark.purpose.mode.rawValue),
                SQLValue(mark.test?.description), SQLValue(plan?.json(.compact)),
            ])
    }

    /// Also one that is ending.
    static func mark(of machine: ULID, _ connection: Connection) throws -> MachineMark? {
        let rows = try connection.query("SELECT * FROM drydock_marks WHERE machine = ?", [.text(machine.description)])
        return try rows.first.map { row in
            let purpose: MachineMark.Purpose? =
                switch try row.text("purpose") {
                case "rescue":
                    .rescue(
                        keys: (try Value(json: row.text("authorized_keys")).arrayValue ?? [])
                            .compactMap(\.stringValue))
                case "test":
                    try row.optionalText("test").flatMap { ULID($0) }.map {
                        .test($0, plan: try Value(json: row.optionalText("plan") ?? "null"))
                    }
                default: nil
                }
            guard let purpose, let request = ULID(try row.text("request")) else {
                throw DrydockError(.failed, "the mark of machine \(machine) in the database cannot be read")
            }
            return MachineMark(
                machine: machine, since: Timestamp(microseconds: try row.int64("since")), purpose: purpose,
                request: request, isEnding: try row.int("is_ending") != 0)
        }
    }
}
