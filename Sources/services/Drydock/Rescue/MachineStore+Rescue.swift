import Primitives
import Store

/// Machines that are marked for rescue.
extension MachineStore {
    /// The rescue of the machine that boots from `mac`; nil for a machine that is no node's, and where none is wanted.
    func rescue(mac: MACAddress) async throws -> Rescue? {
        try await database.read { connection in
            try Self.select(connection, "mac = ?", [.text(mac.description)]).first.flatMap {
                try Self.rescue(of: $0, connection)
            }
        }
    }

    /// The same for a machine.
    static func rescue(of machine: Machine, _ connection: Connection) throws -> Rescue? {
        guard machine.node != nil, let rescue = try mark(of: machine.id, connection), !rescue.isEnding else {
            return nil
        }
        return rescue
    }

    /// By node: when its machine was marked.
    func rescues() async throws -> [String: Timestamp] {
        let rows = try await database.read {
            try $0.query(
                """
                SELECT node, since FROM drydock_rescues JOIN drydock_machines ON id = machine
                    WHERE node IS NOT NULL AND NOT is_ending
                """)
        }
        return Dictionary(
            try rows.map { (try $0.text(0), Timestamp(microseconds: try $0.int64(1))) }, uniquingKeysWith: { $1 })
    }

    /// Whether no later request and no other work has taken its place.
    func isCurrent(_ rescue: Rescue) async throws -> Bool {
        try await database.read { try Self.mark(of: rescue.machine, $0)?.request == rescue.request }
    }

    /// Marks the machine of a node. One that is marked already keeps its time and gets the new keys.
    ///
    /// Where nothing is installed the boots before are over: whoever runs there takes no other plan any more, so that the
    /// power may be cut.
    ///
    /// - Parameters:
    ///   - keys: lines of `authorized_keys`.
    ///   - power: whether its power is to be cycled.
    /// - Throws: `DrydockError` `.conflict` where the node has no machine, or that is at work.
    func beginRescue(_ node: String, keys: [String], power: Bool) async throws -> Rescue {
        let time = now()
        let (machine, rescue) = try await database.write { connection in
            let machine = try Self.idleMachine(of: node, connection)
            var rescue = Rescue(machine: machine.id, since: time, keys: keys, request: ULID())
            if let present = try Self.mark(of: machine.id, connection), !present.isEnding {
                rescue.since = present.since
            }
            try Self.save(rescue, connection)
            if power, machine.lifecycle.intent != .local { try Self.voidBoot(of: machine.mac, connection) }
            try TimelineStore.record(
                .rescue, "begun", "is marked for rescue", mac: machine.mac, at: time, connection)
            return (machine, rescue)
        }
        announce(machine)
        return rescue
    }

    /// From now on the machine boots as it would without its rescue, whose tokens are void. The mark goes with `forget(_:)`.
    ///
    /// - Throws: `DrydockError` `.conflict` where the node has no machine, or that is not marked.
    func endRescue(_ node: String) async throws -> (machine: Machine, rescue: Rescue) {
        let time = now()
        let ended = try await database.write { connection -> (machine: Machine, rescue: Rescue) in
            let machine = try Self.idleMachine(of: node, connection)
            guard var rescue = try Self.mark(of: machine.id, connection) else {
                throw DrydockError(.conflict, "\(node) is not marked for rescue: there is nothing to end.")
            }
            if !rescue.isEnding {
                try TimelineStore.record(
                    .rescue, "ended", "is not marked for rescue any more", mac: machine.mac, at: time, connection)
            }
            rescue.isEnding = true
            rescue.request = ULID()
            try Self.save(rescue, connection)
            let installed = machine.lifecycle.intent == .local ? machine.lifecycle.work?.boot : nil
            try Self.voidBoot(of: machine.mac, keeping: installed, connection)
            return (machine, rescue)
        }
        announce(ended.machine)
        return ended
    }

    /// Removes the mark, unless a later request has taken its place.
    func forget(_ rescue: Rescue) async throws {
        try await database.write {
            try $0.execute(
                "DELETE FROM drydock_rescues WHERE machine = ? AND request = ?",
                [.text(rescue.machine.description), .text(rescue.request.description)])
        }
    }

    /// Ends the rescue of a machine that is given other work, or another node.
    static func dropRescue(of machine: Machine, at time: Timestamp, _ connection: Connection) throws {
        guard let rescue = try mark(of: machine.id, connection) else { return }
        try connection.execute(
            "DELETE FROM drydock_rescues WHERE machine = ?", [.text(machine.id.description)])
        guard !rescue.isEnding else { return }
        try TimelineStore.record(
            .rescue, "ended", "is not marked for rescue any more: it is given other work", mac: machine.mac, at: time,
            connection)
    }

    private static func idleMachine(of node: String, _ connection: Connection) throws -> Machine {
        guard let machine = try select(connection, "node = ?", [.text(node)]).first else {
            throw RescueService.noMachine(node)
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

    private static func save(_ rescue: Rescue, _ connection: Connection) throws {
        try connection.execute(
            """
            INSERT INTO drydock_rescues (machine, since, authorized_keys, request, is_ending) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (machine) DO UPDATE SET since = excluded.since, authorized_keys = excluded.authorized_keys,
                request = excluded.request, is_ending = excluded.is_ending
            """,
            [
                .text(rescue.machine.description), .int(rescue.since.microseconds),
                .text(Value(rescue.keys).json(.compact)), .text(rescue.request.description), SQLValue(rescue.isEnding),
            ])
    }

    /// Also one that is ending.
    private static func mark(of machine: ULID, _ connection: Connection) throws -> Rescue? {
        let rows = try connection.query(
            "SELECT * FROM drydock_rescues WHERE machine = ?", [.text(machine.description)])
        return try rows.first.map { row in
            guard let request = ULID(try row.text("request")) else {
                throw DrydockError(.failed, "the rescue of machine \(machine) in the database cannot be read")
            }
            let keys = try Value(json: row.text("authorized_keys")).arrayValue ?? []
            return Rescue(
                machine: machine, since: Timestamp(microseconds: try row.int64("since")),
                keys: keys.compactMap(\.stringValue), request: request, isEnding: try row.int("is_ending") != 0)
        }
    }
}
