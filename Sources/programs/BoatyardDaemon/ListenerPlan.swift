import API
import Glibc
import Listeners
import Settings
import SystemSupport

/// Which listeners this run has.
enum ListenerPlan {
    /// Sockets of systemd win over the settings, listener by listener.
    static func listeners(
        _ settings: Settings, descriptors: ListenDescriptors
    ) -> [ListenerConfiguration] {
        let tls = settings.listeners.api.tls.map {
            TLSFiles(certificate: $0.certificate, key: $0.key, clientAuthorities: $0.clientAuthorities)
        }
        let admin = settings.listeners.admin
        let api = settings.listeners.api.address
        let node = settings.listeners.node.address
        return make(
            .admin, .unix(path: admin.path, group: admin.group), .peerCredentials(group: admin.group), descriptors)
            + make(.api, .tcp(host: api.host, port: api.port), .nobody, descriptors, tls: tls)
            + make(.node, .tcp(host: node.host, port: node.port), .nobody, descriptors)
    }

    /// Free ports on loopback and a socket in the state directory.
    ///
    /// - Parameter isOpen: whether everyone is an administrator.
    static func ephemeral(stateDirectory: String, isOpen: Bool, group: String) -> [ListenerConfiguration] {
        let everyone = CallerSource.everyone(.administrator("admin"))
        return [
            ListenerConfiguration(
                name: .admin, source: .unix(path: stateDirectory + "/api.sock", group: group),
                callers: isOpen ? everyone : .peerCredentials(group: group)),
            ListenerConfiguration(
                name: .api, source: .tcp(host: "127.0.0.1", port: 0), callers: isOpen ? everyone : .nobody),
        ] + make(.node, .tcp(host: "127.0.0.1", port: 0), .nobody, nil)
    }

    /// Gives each listener as many connections as its callers need, and all of them no more than there are descriptors for:
    /// half of these, and 320 at most, are left to BMCs, the database, fetches and logs. Sockets of one listener share its
    /// connections.
    ///
    /// - Parameter descriptors: how many the process may have open.
    static func fit(_ listeners: [ListenerConfiguration], descriptors: Int) -> [ListenerConfiguration] {
        let spare = max(0, descriptors - descriptorsAtStart)
        let forClients = max(0, spare - min(spare / 2, 320))
        let sockets = Dictionary(grouping: listeners, by: \.name).mapValues(\.count)
        return listeners.map { listener in
            var listener = listener
            let (wanted, share) =
                switch listener.name {
                case .admin: (256, 4)
                case .api: (512, 4)
                // Every machine of a large site waits for its plan on a connection of its own.
                case .node: (4096, 2)
                }
            listener.limits.connections = max(4, min(wanted, forClients / share) / (sockets[listener.name] ?? 1))
            return listener
        }
    }

    /// How many files the process may have open now.
    static var openFiles: Int { max(0, sysconf(CInt(clamping: _SC_OPEN_MAX))) }

    /// What the daemon has open before anybody connects, and a little more.
    private static let descriptorsAtStart = 32

    /// What systemd may hand over.
    static let descriptorFamilies: [String: ListenDescriptors.Family] = [
        ListenerName.admin.rawValue: .unix, ListenerName.api.rawValue: .inet, ListenerName.node.rawValue: .inet,
        dhcpEvents: .datagrams,
    ]

    /// The name of the socket on which the programs beside dnsmasq tell what happens.
    static let dhcpEvents = "dhcp-events"

    private static func make(
        _ name: ListenerName, _ source: ListenSource, _ callers: CallerSource, _ descriptors: ListenDescriptors?,
        tls: TLSFiles? = nil
    ) -> [ListenerConfiguration] {
        let inherited = (descriptors?.sockets[name.rawValue] ?? []).map { ListenSource.inherited(descriptor: $0) }
        return (inherited.isEmpty ? [source] : inherited).map {
            var listener = ListenerConfiguration(name: name, source: $0, callers: callers, tls: tls)
            if name == .node {
                // Whoever has no key gets no more of our time than the answer takes.
                listener.limits.refusedBodySize = 0
            }
            return listener
        }
    }
}
