import Primitives
import Store

extension MachineStore {
    static func select(
        _ connection: Connection, _ condition: String, _ parameters: [SQLValue]
    ) throws -> [Machine] {
        try rows(connection, condition, parameters).map(machine)
    }

    /// As `select`, for whoever looks at many: one that cannot be read keeps none of the others from it.
    static func readable(
        _ connection: Connection, _ condition: String, _ parameters: [SQLValue]
    ) throws -> ReadableRows<Machine> {
        try ReadableRows(try rows(connection, condition, parameters)) { row in
            "machine \(try row.text("id"))" + (try row.optionalText("node").map { " (\($0))" } ?? "")
        } read: {
            try machine($0)
        }
    }

    private static func rows(
        _ connection: Connection, _ condition: String, _ parameters: [SQLValue]
    ) throws -> [Row] {
        try connection.query(
            "SELECT * FROM drydock_machines WHERE \(condition) ORDER BY node IS NULL, node, id", parameters)
    }

    static func save(_ machine: Machine, _ connection: Connection) throws {
        let (work, failure) = (machine.lifecycle.work, machine.lifecycle.failure)
        let former = try connection.query(
            "SELECT node, state FROM drydock_machines WHERE id = ?", [.text(machine.id.description)]
        ).first
        if let node = machine.node {
            let isNew = try former?.optionalText(0) != node
            if try isNew || former?.text(1) != machine.state.rawValue {
                let what = MachineNews.What.state(machine.state, isNew: isNew, reason: failure?.reason)
                // After the event that has led to it, which is recorded with it.
                connection.announceAtEnd(MachineNews(node: node, mac: machine.mac, what: what))
            }
        }
        try connection.execute(
            """
            INSERT INTO drydock_machines (id, node, mac, bmc_address, state, intent, deployment, phase, sequence,
                work_boot, keeps_installer, reason, is_permanent, power, memory, cpu_count, boot_ip, created, updated,
                serial, uuid)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (id) DO UPDATE SET node = excluded.node, mac = excluded.mac, bmc_address = excluded.bmc_address,
                state = excluded.state, intent = excluded.intent, deployment = excluded.deployment,
                phase = excluded.phase, sequence = excluded.sequence, work_boot = excluded.work_boot,
                keeps_installer = excluded.keeps_installer, reason = excluded.reason,
                is_permanent = excluded.is_permanent, power = excluded.power, memory = excluded.memory,
                cpu_count = excluded.cpu_count, boot_ip = excluded.boot_ip, updated = excluded.updated,
                serial = excluded.serial, uuid = excluded.uuid
            """,
            [
                .text(machine.id.description), SQLValue(machine.node), .text(machine.mac.description),
                SQLValue(machine.bmcAddress), .text(machine.state.rawValue), .text(machine.lifecycle.intent.rawValue),
                SQLValue(work?.deployment.description), SQLValue(work?.phase?.rawValue), SQLValue(work?.sequence),
                SQLValue(work?.boot?.tokenHash), SQLValue(work?.keepsInstaller ?? false), SQLValue(failure?.reason),
                SQLValue(failure?.isPermanent ?? false), .text(machine.power.rawValue), SQLValue(machine.memory),
                SQLValue(machine.cpuCount), SQLValue(machine.bootIP), .int(machine.created.microseconds),
                .int(machine.updated.microseconds), SQLValue(machine.hardware.serial), SQLValue(machine.hardware.uuid),
            ])
    }

    private static func machine(_ row: Row) throws -> Machine {
        func part<Part>(_ column: String, _ read: (String) -> Part?) throws -> Part {
            let text = try row.text(column)
            if let part = read(text) { return part }
            let shown = ControlCharacters.escaped(String(text.prefix(100)), keepsLines: false)
            throw DrydockError(
                .failed, "the \(column) of machine \(try row.text("id")) in the database cannot be '\(shown)'")
        }
        let id = try part("id") { ULID($0) }
        let mac = try part("mac") { MACAddress($0) }
        let state = try part("state", MachineState.init(rawValue:))
        let intent = try part("intent", MachineIntent.init(rawValue:))
        let power = try part("power", Machine.Power.init(rawValue:))
        var work: MachineWork?
        if let deployment = try row.optionalText("deployment").flatMap({ ULID($0) }) {
            work = MachineWork(
                deployment: deployment, phase: try row.optionalText("phase").flatMap(InstallerPhase.init),
                sequence: try row.optionalInt("sequence"),
                boot: try row.optionalText("work_boot").map(BootIdentity.init),
                keepsInstaller: try row.bool("keeps_installer"))
        }
        let isPermanent = try row.bool("is_permanent")
        let failure = try row.optionalText("reason").map { MachineFailure(stored: $0, isPermanent: isPermanent) }
        return Machine(
            id: id, node: try row.optionalText("node"), mac: mac, bmcAddress: try row.optionalText("bmc_address"),
            hardware: Hardware(serial: try row.optionalText("serial"), uuid: try row.optionalText("uuid")),
            lifecycle: MachineLifecycle(state: state, intent: intent, work: work, failure: failure),
            power: power, memory: try row.optionalInt("memory"), cpuCount: try row.optionalInt("cpu_count"),
            bootIP: try row.optionalText("boot_ip"), created: Timestamp(microseconds: try row.int64("created")),
            updated: Timestamp(microseconds: try row.int64("updated")))
    }
}
