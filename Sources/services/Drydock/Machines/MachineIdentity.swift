import Primitives

/// What tells one machine from another, as its inventory has it. What many machines share is not in it
/// (`HardwareIdentifier`).
struct Hardware: Sendable, Hashable {
    /// Of the chassis or board, as its firmware tells; nil where it tells none.
    var serial: String?
    /// Upper case; nil where the firmware tells none.
    var uuid: String?

    /// Whether a machine that was inventoried with these may be the one that tells `other`: what was told once must be told
    /// again.
    func admits(_ other: Hardware) -> Bool {
        (serial == nil || serial == other.serial) && (uuid == nil || uuid == other.uuid)
    }

    /// Whether both are told and equal.
    func isSurely(_ other: Hardware) -> Bool {
        serial != nil && uuid != nil && self == other
    }

    /// `serial A7, UUID 4C4C…`
    var text: String {
        let parts = [serial.map { "serial \($0)" }, uuid.map { "UUID \($0)" }].compactMap(\.self)
        return parts.isEmpty ? "neither serial nor UUID" : parts.joined(separator: ", ")
    }
}

/// Who it is that sends an inventory: `docs/reference/node-protocol.md` §2 has the same as a table.
///
/// A value that decides from what is known and reads nothing.
struct IdentityCase: Sendable, Hashable {
    /// The machine that boots from the address of the token.
    struct Recorded: Sendable, Hashable {
        /// Nil for a machine that is nobody's.
        var node: String?
        var hardware: Hardware
    }

    /// A node that is expected.
    struct Candidate: Sendable, Hashable {
        var node: String
        /// From where it boots, as the design or an operator's claim says; nil where neither does.
        var bootMAC: MACAddress?
        /// From where the machine boots that is this node already.
        var holder: MACAddress?
        /// Whether we have powered its BMC a short while ago.
        var wasPowered = false
        /// What the design says of its machine.
        var pin = Hardware()
    }

    /// The address that the token was given to.
    var mac: MACAddress
    var hardware = Hardware()
    var bmcAddress: String?
    /// By their addresses, what its kernel calls its network interfaces.
    var interfaces: [MACAddress: String] = [:]
    var recorded: Recorded?
    /// The node that boots from `mac`.
    var byMAC: Candidate?
    /// The node whose BMC has `bmcAddress`.
    var byBMC: Candidate?
    /// The node whose machine has told the same serial and UUID, and boots from another address.
    var duplicate: Candidate?
    /// Whether only machines that the design names are nodes.
    var needsPin = false

    struct Conflict: Sendable, Hashable {
        enum Ground: String, Sendable, Hashable, CaseIterable {
            case hardware
            case bootMAC = "boot_mac"
            case bmcAddress = "bmc_address"
            case pin
        }

        var node: String
        var ground: Ground
        /// Names both.
        var message: String
        /// Whether it is a machine that has the interface that the node boots from, too.
        var isMiscabled = false
    }

    enum Verdict: Sendable, Hashable {
        /// It is the machine that is recorded for its address.
        case recorded
        /// It is the machine of a node that had none.
        case node(String)
        /// It is nobody's.
        case nobody
        /// It says that it is a machine which it is not.
        case refused
    }

    struct Decision: Sendable, Hashable {
        var verdict: Verdict
        /// Whether the BMC's address is noted as that of the machine.
        var believesBMC = true
        var conflict: Conflict?
    }

    func decide() -> Decision {
        if let recorded, let node = recorded.node { return decide(recorded, node) }
        if let byMAC {
            guard let holder = byMAC.holder, holder != mac else {
                if let conflict = unpinned(byMAC) {
                    return Decision(verdict: .nobody, believesBMC: false, conflict: conflict)
                }
                let other = byBMC.flatMap { $0.node == byMAC.node ? nil : foreignBMC($0) }
                return Decision(verdict: .node(byMAC.node), believesBMC: other == nil, conflict: other)
            }
            return Decision(
                verdict: .nobody, believesBMC: false,
                conflict: Conflict(
                    node: byMAC.node, ground: .bootMAC,
                    message: "\(mac) boots, which is to be \(byMAC.node), but \(byMAC.node) is the machine \(holder)"))
        }
        if let duplicate {
            let cabling = miscabling(duplicate.holder)
            return Decision(
                verdict: .nobody, believesBMC: false,
                conflict: Conflict(
                    node: duplicate.node, ground: .hardware,
                    message: "\(mac) says that it has the \(hardware.text) of \(duplicate.node), which is the machine "
                        + "\(Self.text(duplicate.holder))\(cabling ?? "")", isMiscabled: cabling != nil))
        }
        guard let byBMC else { return Decision(verdict: .nobody) }
        if byBMC.holder == nil, byBMC.bootMAC == nil {
            if byBMC.wasPowered, let conflict = unpinned(byBMC) {
                return Decision(verdict: .nobody, believesBMC: false, conflict: conflict)
            }
            return Decision(verdict: byBMC.wasPowered ? .node(byBMC.node) : .nobody)
        }
        return Decision(verdict: .nobody, believesBMC: false, conflict: foreignBMC(byBMC))
    }

    /// Why a machine that would be the node is not; nil where it is.
    private func unpinned(_ candidate: Candidate) -> Conflict? {
        let pin = candidate.pin
        if pin == Hardware() {
            guard needsPin else { return nil }
            return Conflict(
                node: candidate.node, ground: .pin,
                message:
                    "\(mac) says that it has \(hardware.text), which would be \(candidate.node), but machines are pinned and the "
                    + "design names neither serial nor UUID of \(candidate.node) (metadata.owner_data)")
        }
        guard !pin.admits(hardware) else { return nil }
        return Conflict(
            node: candidate.node, ground: .pin,
            message:
                "\(mac) says that it has \(hardware.text), but the design says that \(candidate.node) has \(pin.text)")
    }

    /// For a machine that holds a node.
    private func decide(_ recorded: Recorded, _ node: String) -> Decision {
        guard recorded.hardware.admits(hardware) else {
            return Decision(
                verdict: .refused, believesBMC: false,
                conflict: Conflict(
                    node: node, ground: .hardware,
                    message:
                        "\(mac) says that it has \(hardware.text), but the machine of \(node) that boots from there has said "
                        + "that it has \(recorded.hardware.text)"))
        }
        let other = byBMC.flatMap { $0.node == node ? nil : foreignBMC($0) }
        return Decision(verdict: .recorded, believesBMC: other == nil, conflict: other)
    }

    private func foreignBMC(_ candidate: Candidate) -> Conflict {
        let owner =
            candidate.holder.map { "is the machine \($0)" } ?? "is to boot from \(Self.text(candidate.bootMAC))"
        let cabling = miscabling(candidate.holder ?? candidate.bootMAC)
        return Conflict(
            node: candidate.node, ground: .bmcAddress,
            message: "\(mac) says that its BMC is \(bmcAddress ?? ""), which is that of \(candidate.node), but "
                + "\(candidate.node) \(owner)\(cabling ?? "")", isMiscabled: cabling != nil)
    }

    /// - Parameter expected: from where the node boots.
    /// - Returns: nil where that is no interface of this machine.
    private func miscabling(_ expected: MACAddress?) -> String? {
        guard let expected, expected != mac, let right = interfaces[expected], let wrong = interfaces[mac] else {
            return nil
        }
        return ", which is \(right) of the machine that says so: its cable is in \(wrong), and belongs in \(right)"
    }

    private static func text(_ mac: MACAddress?) -> String { mac?.description ?? "another address" }
}
