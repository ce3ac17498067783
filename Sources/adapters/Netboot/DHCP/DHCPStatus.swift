import Primitives

/// How DHCP and TFTP stand, for operators.
package struct DHCPStatus: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        /// No interface is named, and nobody is answered.
        case off
        /// Nothing is committed yet.
        case waiting
        /// What was written has not been taken over yet.
        case pending
        /// Machines are answered by the committed design.
        case active
        /// The newest design is not in use.
        case refused
    }

    package var state = State.off
    package var settings: DHCPServerSettings
    /// The address that machines are sent to.
    package var nodeURL = ""
    /// The committed revision that is rendered; nil where there is none.
    package var revision: Int?
    /// What became of it, or why not.
    package var message = ""
    /// How many machines have an address or a name of their own.
    package var machines = 0
    /// What an operator should know, a sentence each.
    package var remarks: [String] = []
    /// The boot programs that are there, sorted.
    package var programs: [String] = []
    /// Other servers that answer on the interface, and when that was last seen.
    package var others: [OtherServer] = []

    package struct OtherServer: Sendable, Hashable {
        package var address: IPv4Address
        package var mac: MACAddress
        package var seen: Timestamp
    }

    package init(settings: DHCPServerSettings) { self.settings = settings }

    /// As clients get it.
    package var value: Value {
        [
            "state": .string(state.rawValue), "mode": .string(settings.mode.rawValue),
            "interface": Value(settings.interface), "node_url": .string(nodeURL),
            "revision": revision.map(Value.int) ?? .null, "message": .string(message), "machines": .int(machines),
            "remarks": Value(remarks), "programs": Value(programs),
            "secure_boot": .bool(settings.usesSecureBoot), "uefi_program": .string(settings.uefiProgram.rawValue),
            "other_servers": .array(
                others.map {
                    [
                        "address": .string($0.address.description), "mac": .string($0.mac.description),
                        "seen": .string($0.seen.formatted(.iso)),
                    ]
                }),
        ]
    }
}
