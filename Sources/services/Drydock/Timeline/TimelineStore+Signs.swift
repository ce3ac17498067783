import Primitives
import Store

extension TimelineStore {
    /// How many events are looked at, the newest first.
    private static let looked = 64

    /// From where the machine of a node boots; nil where nobody knows.
    func mac(of node: String) async throws -> MACAddress? {
        try await database.read { try Self.mac(of: node, $0) }
    }

    /// What was heard of the machine of a node since `moment`.
    ///
    /// - Parameter isByMedia: whether its installer comes in the drive of its BMC. Then what its firmware asks the network says
    ///   nothing, and neither does the address of an operating system, which the installer is, too.
    func signs(of node: String, since moment: Timestamp, isByMedia: Bool = false) async throws -> BootSigns {
        try await database.read { connection in
            guard let mac = try Self.mac(of: node, connection) else { return BootSigns() }
            let rows = try connection.query(
                """
                SELECT kind, step, message FROM drydock_timeline WHERE mac = ? AND time >= ?
                    ORDER BY id DESC LIMIT \(Self.looked)
                """, [.text(mac.description), .int(moment.microseconds)])
            var signs = BootSigns()
            for row in rows {
                guard let kind = TimelineEvent.Kind(rawValue: try row.text(0)) else { continue }
                let step = try row.text(1)
                switch kind {
                case .power, .console, .rescue, .test, .attempt, .failure: break
                case .dhcp where isByMedia, .tftp where isByMedia, .download where isByMedia: break
                case .dhcp:
                    switch step {
                    case Self.systemLease:
                        signs.disk = "an operating system has asked for its address there (\(try row.text(2)))"
                    case Self.lease: signs.isHeard = true
                    default: break
                    }
                case .phase where step == InstallerPhase.booted.rawValue:
                    signs.disk = "the installed system has reported that it runs"
                case .signal: signs.disk = "a boot action of its installed system has signalled"
                case .inventory: (signs.isHeard, signs.hasArrived) = (true, true)
                case .tftp, .script, .download, .plan, .operation, .phase: signs.isHeard = true
                }
            }
            return signs
        }
    }

    /// Steps of events of DHCP: an address for firmware or a boot program, and one for anything else.
    static let lease = "lease"
    static let systemLease = "system-lease"
}
