import Logging
import MessageCatalog
import OrderedCollections
import Primitives
import Store

extension InstallerService {
    /// Takes an inventory: finds or makes the machine, and says which node of the design it is.
    ///
    /// - Returns: the body of the answer.
    /// - Throws: `DrydockError` `.forbidden` for the token, `.invalid` for the body, `.conflict` for a machine that is not the
    ///   one it says to be.
    func inventory(token: String, _ body: Value, peer: String?) async throws -> Value {
        let inventory = try Inventory(body)
        let boot = try await machines.boot(token: token, peer: peer).boot
        if let mac = inventory.mac, mac != boot.mac {
            throw DrydockError(
                .invalid, "The inventory is that of \(mac), but the boot token was given to \(boot.mac).")
        }
        let time = now()
        let identity = ULID()
        let window = configuration.timeouts.installerBoot
        let needsPin = configuration.pinsMachines
        let described = MachineHardware(inventory: body)
        let hardware = described.value.json(.compact)
        let taken = try await machines.database.write { [machines] connection in
            guard try MachineStore.boot(boot.identity, connection) != nil else { throw MachineStore.voidToken }
            var (identityCase, found) = try MachineStore.identityCase(
                boot, inventory, window: window, at: time, connection)
            identityCase.needsPin = needsPin
            identityCase.interfaces = Self.names(of: described.interfaces)
            let decision = identityCase.decide()
            var taken = Taken(conflict: decision.conflict)
            if let conflict = decision.conflict {
                taken.isNews = try MachineStore.note(conflict, boot, at: time, connection)
            }
            let isMarked = try found.map { try MachineStore.activeMark(of: $0, connection) != nil } ?? false
            guard decision.verdict != .refused, isMarked || !Self.isInstalled(found, by: boot) else { return taken }
            if found == nil, decision.verdict == .nobody { try machines.admitUnknown(at: time, connection) }
            var machine =
                found
                ?? Machine(
                    id: identity, node: nil, mac: boot.mac, bmcAddress: nil, lifecycle: MachineLifecycle(),
                    power: .on, created: time, updated: time)
            if case .node(let name) = decision.verdict { machine.node = name }
            // A rescue or test takes nothing from the boot that has installed what is on the disk, and changes nothing that is known of
            // the machine: anybody there may have asked for its script.
            let keepsFacts = isMarked && machine.lifecycle.intent == .local
            if keepsFacts {
                machine.bootIP = boot.peer
                machine.power = .on
            } else {
                machine.update(from: inventory, by: boot, believesBMC: decision.believesBMC)
            }
            let installed = keepsFacts ? machine.lifecycle.work?.boot : nil
            try MachineStore.identify(boot, at: time, keeping: installed, connection)
            try MachineStore.save(machine, connection)
            try TimelineStore.record(
                .inventory, "sent", "has sent its inventory", mac: boot.mac, at: time, connection)
            let kept = machine.node == nil ? KeptInventory.ofUnknown(body) : KeptInventory(text: body.json(.compact))
            if !keepsFacts {
                try connection.execute(
                    """
                    INSERT OR REPLACE INTO drydock_inventories (machine, collected, inventory, cut, hardware)
                        VALUES (?, ?, ?, ?, ?)
                    """,
                    [
                        .text(machine.id.description), .int(time.microseconds), .text(kept.text), SQLValue(kept.cut),
                        .text(hardware),
                    ])
            }
            taken.machine = try MachineStore.apply(
                .inventoried(boot.identity), to: machine, at: time, connection
            ).machine
            return taken
        }
        report(taken, from: boot.peer)
        guard let machine = taken.machine else {
            // What the other machine is, is not for whoever asks.
            throw DrydockError(
                .conflict,
                "\(boot.mac) is known as another machine, or is installed. An operator can settle it: boatyard claim.")
        }
        machines.announce(machine)
        log.record(
            .inventorySent, "a machine has sent its inventory", from: boot.peer,
            message: machine.node.map { "\($0): has sent its inventory" },
            metadata: ["machine": "\(machine.id)", "node": "\(machine.node ?? "none")"])
        return ["machine": .string(machine.id.description), "node": Value(machine.node)]
    }

    /// What came of an inventory.
    private struct Taken: Sendable {
        /// Nil where it was refused.
        var machine: Machine?
        var conflict: IdentityCase.Conflict?
        var isNews = false

        init(conflict: IdentityCase.Conflict?) { self.conflict = conflict }
    }

    private func report(_ taken: Taken, from peer: String) {
        guard taken.isNews, let conflict = taken.conflict else { return }
        log.record(
            .machinesDisagree, "two machines disagree about a node", from: peer, at: .warning,
            message: "two machines disagree about a node: \(conflict.message)",
            metadata: ["node": "\(conflict.node)", "ground": "\(conflict.ground.rawValue)"])
    }

    /// By address. A name that no kernel gives is left out: it comes from the network, and goes into messages.
    private static func names(of interfaces: [MachineHardware.Interface]) -> [MACAddress: String] {
        var names: [MACAddress: String] = [:]
        for interface in interfaces {
            guard let mac = interface.mac, (1...15).contains(interface.name.utf8.count),
                interface.name.utf8.allSatisfy({ (UInt8(ascii: "!")...UInt8(ascii: "~")).contains($0) })
            else { continue }
            names[mac] = interface.name
        }
        return names
    }

    /// Whether the machine boots from its disk: only the boot that installed it may still say what it found.
    private static func isInstalled(_ machine: Machine?, by boot: Boot) -> Bool {
        machine?.lifecycle.intent == .local && machine?.lifecycle.work?.boot != boot.identity
    }
}

extension Machine {
    /// Takes over what an inventory says; what it leaves out stays as it was.
    fileprivate mutating func update(from inventory: Inventory, by boot: Boot, believesBMC: Bool) {
        if believesBMC { bmcAddress = inventory.bmcAddress?.description ?? bmcAddress }
        // The serial and UUID of an unknown machine may change; those of a node's machine are kept once they are known.
        if node == nil {
            hardware = inventory.hardware
        } else {
            hardware.serial = hardware.serial ?? inventory.hardware.serial
            hardware.uuid = hardware.uuid ?? inventory.hardware.uuid
        }
        cpuCount = inventory.cpuCount ?? cpuCount
        memory = inventory.memory ?? memory
        bootIP = boot.peer
        power = .on
    }
}

/// What is stored of an inventory.
struct KeptInventory: Sendable, Hashable {
    /// JSON.
    var text: String
    /// In bytes: how large it was, where this is not all of it.
    var cut: Int?

    /// Of a machine that is nobody's at most `MachineStore.unknownInventory` bytes: nobody has asked for its details.
    static func ofUnknown(_ body: Value) -> KeptInventory {
        let whole = body.json(.compact)
        let size = whole.utf8.count
        guard size > MachineStore.unknownInventory, case .object(let members) = body else {
            return KeptInventory(text: whole)
        }
        let short = Inventory.facts + Inventory.descriptions
        for kept in [short + ["interfaces", "disks"], short, Inventory.facts] {
            let text = Value.object(members.filter { kept.contains($0.key) }).json(.compact)
            if text.utf8.count <= MachineStore.unknownInventory { return KeptInventory(text: text, cut: size) }
        }
        return KeptInventory(text: "{}", cut: size)
    }
}
