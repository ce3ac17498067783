import Logging
import Primitives
import Store

extension InstallerService {
    /// Takes an inventory: finds or makes the machine, and says which node of the design it is.
    ///
    /// - Returns: the body of the answer.
    /// - Throws: `DrydockError` `.forbidden` for the token, `.invalid` for the body.
    func inventory(token: String, _ body: Value) async throws -> Value {
        let inventory = try Inventory(body)
        let known = try await machines.boot(token: token)
        if let mac = inventory.mac, mac != known.boot.mac {
            throw DrydockError(
                .invalid, "The inventory is that of \(mac), but the boot token was given to \(known.boot.mac).")
        }
        let time = now()
        let identity = known.machine?.id ?? ULID()
        let machine = try await machines.database.write { connection in
            guard try MachineStore.boot(known.boot.identity, connection) != nil else { throw MachineStore.voidToken }
            let found = try Self.existing(known.boot.mac, inventory, connection)
            if found == nil { try Self.admitStranger(connection) }
            var machine =
                found
                ?? Machine(
                    id: identity, node: nil, mac: known.boot.mac, bmcAddress: nil, lifecycle: MachineLifecycle(),
                    power: .on, created: time, updated: time)
            machine.mac = known.boot.mac
            machine.bmcAddress = inventory.bmcAddress?.description ?? machine.bmcAddress
            machine.cpuCount = inventory.cpuCount ?? machine.cpuCount
            machine.memory = inventory.memory ?? machine.memory
            machine.bootIP = known.boot.peer
            machine.power = .on
            if machine.node == nil {
                machine.node = try MachineStore.node(of: machine.mac, bmc: machine.bmcAddress, connection)
            }
            try connection.execute(
                "INSERT OR REPLACE INTO drydock_inventories (machine, collected, inventory) VALUES (?, ?, ?)",
                [.text(machine.id.description), .int(time.microseconds), .text(body.json(.compact))])
            return try MachineStore.apply(
                .inventoried(known.boot.identity), to: machine, at: time, connection
            ).machine
        }
        machines.announce(machine)
        logger.info(
            "a machine has sent its inventory",
            metadata: ["machine": "\(machine.id)", "node": "\(machine.node ?? "none")"])
        return ["machine": .string(machine.id.description), "node": Value(machine.node)]
    }

    /// How many machines that are no node of the design are remembered: a bound against made-up addresses.
    private static let strangers = 1024

    private static func admitStranger(_ connection: Connection) throws {
        let rows = try connection.query("SELECT count(*) FROM drydock_machines WHERE node IS NULL")
        guard try rows.first?.int(0) ?? 0 < strangers else {
            throw DrydockError(
                .unavailable,
                "\(strangers) machines that belong to no design are known already. Find out what makes them up.")
        }
    }

    /// The machine that boots from `mac`; else the one with this BMC, which then boots from another of its interfaces.
    private static func existing(
        _ mac: MACAddress, _ inventory: Inventory, _ connection: Connection
    ) throws -> Machine? {
        if let machine = try MachineStore.select(connection, "mac = ?", [.text(mac.description)]).first {
            return machine
        }
        guard let bmc = inventory.bmcAddress else { return nil }
        return try MachineStore.select(connection, "bmc_address = ?", [.text(bmc.description)]).first
    }
}
