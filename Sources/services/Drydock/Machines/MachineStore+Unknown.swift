import Primitives
import Store

/// A machine that is no node of the design, as operators see it.
package struct UnknownMachine: Sendable, Hashable {
    package var id: ULID
    package var mac: MACAddress
    /// As it says itself.
    package var bmcAddress: String?
    package var serial: String?
    package var uuid: String?
    package var cpuCount: Int?
    /// MiB.
    package var memory: Int?
    /// The network address it asked from.
    package var bootIP: String?
    package var firstSeen: Timestamp
    package var lastSeen: Timestamp
    /// In bytes: how large its inventory was, where that was more than is kept.
    package var cutInventory: Int?
    /// What its newest inventory says of it; nil where that is not known.
    package var hardware: MachineHardware?
}

/// The place of machines that are nobody's: bounded, and emptied of what is old. Machines that are nodes take none of it.
extension MachineStore {
    /// How many are remembered.
    static let unknownMachines = 256
    /// In seconds: one that was silent for so long is forgotten.
    static let unknownMachineAge = 86400.0
    /// In bytes: how much of the inventory of one is stored.
    static let unknownInventory = 64 << 10

    /// - Parameter ids: which of them are wanted; nil for all.
    func unknownMachines(_ ids: Set<ULID>? = nil) async throws -> [UnknownMachine] {
        try await database.read { connection in
            let machines = try Self.readable(connection, "node IS NULL", []).values
            return try machines.filter { ids?.contains($0.id) ?? true }.map { machine in
                let seen = try connection.query(
                    "SELECT max(seen) FROM drydock_boots WHERE mac = ?", [.text(machine.mac.description)]
                ).first?.optionalInt64(0)
                let inventory = try connection.query(
                    "SELECT cut, hardware FROM drydock_inventories WHERE machine = ?", [.text(machine.id.description)]
                ).first
                return UnknownMachine(
                    id: machine.id, mac: machine.mac, bmcAddress: machine.bmcAddress,
                    serial: machine.hardware.serial, uuid: machine.hardware.uuid, cpuCount: machine.cpuCount,
                    memory: machine.memory, bootIP: machine.bootIP, firstSeen: machine.created,
                    lastSeen: max(machine.updated, seen.map { Timestamp(microseconds: $0) } ?? machine.updated),
                    cutInventory: try inventory?.optionalInt(0),
                    hardware: try inventory?.optionalText(1).flatMap(Self.hardware))
            }
        }
    }

    /// Forgets those of the machines that are nobody's.
    ///
    /// - Returns: how many they were.
    func removeUnknown(_ ids: Set<ULID>) async throws -> Int {
        try await database.write { connection in
            let machines = try Self.readable(connection, "node IS NULL", []).values.filter { ids.contains($0.id) }
            for machine in machines { try Self.forget(machine, connection) }
            return machines.count
        }
    }

    /// Makes room for one more, at the cost of the old ones and then of whoever has taken the most of it.
    ///
    /// Silent machines and boots are searched for at most once a minute, since that reads all boots. The machine that has to go
    /// is found among the unknown ones by their index.
    func admitUnknown(at time: Timestamp, _ connection: Connection) throws {
        guard try Self.countUnknown(connection) >= Self.unknownMachines else { return }
        if agingTimer.isDue(at: time) { try Self.removeAged(at: time, connection) }
        for _ in 0..<max(0, try Self.countUnknown(connection) - Self.unknownMachines + 1) {
            guard let oldest = try connection.query(Self.leastUnknown).first else { return }
            // Its token stays: it waits in its installer until the power of its node is cycled.
            try connection.execute("DELETE FROM drydock_machines WHERE id = ?", [.text(try oldest.text(0))])
            try connection.execute("UPDATE drydock_boots SET is_pooled = 1 WHERE mac = ?", [.text(try oldest.text(1))])
        }
    }

    private static func countUnknown(_ connection: Connection) throws -> Int {
        try connection.query("SELECT count(*) FROM drydock_machines WHERE node IS NULL").first?.int(0) ?? 0
    }

    /// The oldest of the network address that has the most.
    static let leastUnknown = """
        SELECT id, mac FROM drydock_machines WHERE node IS NULL AND coalesce(boot_ip, '') = (
            SELECT coalesce(boot_ip, '') FROM drydock_machines WHERE node IS NULL GROUP BY 1
                ORDER BY count(*) DESC, min(updated) LIMIT 1)
        ORDER BY updated, id LIMIT 1
        """

    /// Forgets the machines that are nobody's and have not been heard of for a day.
    static func removeAged(at time: Timestamp, _ connection: Connection) throws {
        let limit = SQLValue.int(time.adding(seconds: -unknownMachineAge).microseconds)
        let aged = try readable(
            connection,
            "node IS NULL AND updated < ?1 AND NOT EXISTS (SELECT 1 FROM drydock_boots "
                + "WHERE drydock_boots.mac = drydock_machines.mac AND seen >= ?1)", [limit])
        for machine in aged.values { try forget(machine, connection) }
        try connection.execute(
            "DELETE FROM drydock_boots WHERE mac NOT IN (SELECT mac FROM drydock_machines) "
                + "AND max(minted, coalesce(seen, 0)) < ?", [limit])
    }

    /// Forgets those now, whenever it was done last: retention calls it.
    func removeAged() async throws {
        let time = now()
        try await database.write { try Self.removeAged(at: time, $0) }
    }
}
