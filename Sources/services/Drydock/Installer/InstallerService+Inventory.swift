import Logging
import OrderedCollections
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
            let claim = try Self.claimedAddress(known.boot.mac, found, inventory, connection)
            var machine =
                found
                ?? Machine(
                    id: identity, node: nil, mac: known.boot.mac, bmcAddress: nil, lifecycle: MachineLifecycle(),
                    power: .on, created: time, updated: time)
            machine.mac = known.boot.mac
            machine.bmcAddress = claim ?? machine.bmcAddress
            machine.cpuCount = inventory.cpuCount ?? machine.cpuCount
            machine.memory = inventory.memory ?? machine.memory
            machine.bootIP = known.boot.peer
            machine.power = .on
            if machine.node == nil {
                machine.node = try MachineStore.node(of: machine.mac, bmc: machine.bmcAddress, connection)
            }
            if found == nil, machine.node == nil { try Self.admitUnknownMachine(connection) }
            try connection.execute(
                "INSERT OR REPLACE INTO drydock_inventories (machine, collected, inventory) VALUES (?, ?, ?)",
                [
                    .text(machine.id.description), .int(time.microseconds),
                    .text(Self.kept(body, of: machine).json(.compact)),
                ])
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
    private static let unknownMachines = 256
    /// How much of an unknown machine's raw inventory is kept, in bytes.
    private static let unknownMachineDetails = 256 << 10

    private static func admitUnknownMachine(_ connection: Connection) throws {
        let rows = try connection.query("SELECT count(*) FROM drydock_machines WHERE node IS NULL")
        guard try rows.first?.int(0) ?? 0 < unknownMachines else {
            throw DrydockError(
                .unreachable,
                "\(unknownMachines) machines that belong to no design are known already. Find out what makes them up.")
        }
    }

    /// The machine that boots from `mac`; else the one with this BMC, which then boots from another of its interfaces.
    private static func existing(
        _ mac: MACAddress, _ inventory: Inventory, _ connection: Connection
    ) throws -> Machine? {
        if let machine = try MachineStore.select(connection, "mac = ?", [.text(mac.description)]).first {
            return machine
        }
        guard let bmc = inventory.bmcAddress,
            let machine = try MachineStore.select(connection, "bmc_address = ?", [.text(bmc.description)]).first,
            mayChangeInterface(machine)
        else { return nil }
        return machine
    }

    /// The BMC address to believe: none that belongs to another machine. Whoever is on the provisioning network can
    /// claim any address; a machine that is installed, or being installed, must not lose its identity by that.
    private static func claimedAddress(
        _ mac: MACAddress, _ found: Machine?, _ inventory: Inventory, _ connection: Connection
    ) throws -> String? {
        guard let claimed = inventory.bmcAddress?.description else { return nil }
        let owner = try MachineStore.select(connection, "bmc_address = ?", [.text(claimed)]).first
        guard let owner, owner.id != found?.id else { return claimed }
        throw DrydockError(
            .conflict,
            "The BMC address \(claimed) is that of a machine which boots as \(owner.mac) and is "
                + "\(owner.state.rawValue); \(mac) cannot be the same machine.")
    }

    /// Whether a machine is in a state in which it may turn out to boot from another of its interfaces.
    private static func mayChangeInterface(_ machine: Machine) -> Bool {
        switch machine.state {
        case .new, .commissioning, .failedCommissioning, .ready, .failedDeployment, .broken:
            machine.lifecycle.intent != .local
        default: false
        }
    }

    /// An unknown machine's raw inventory is dropped where it is large: nobody has asked for it.
    private static func kept(_ body: Value, of machine: Machine) -> Value {
        guard machine.node == nil, case .object(var members) = body, let details = members["details"],
            details.json(.compact).utf8.count > unknownMachineDetails
        else { return body }
        members["details"] = nil
        return .object(members)
    }
}
