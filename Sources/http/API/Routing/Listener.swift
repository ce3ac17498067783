/// The listeners of the daemon, by the names systemd passes in `LISTEN_FDNAMES`.
package enum ListenerName: String, CaseIterable, Sendable {
    /// The Unix socket of local administrators.
    case admin
    /// The Airship REST APIs over TCP.
    case api
    /// What machines under provisioning talk to.
    case node
}

/// On which listeners a route is served.
package struct ListenerSet: OptionSet, Sendable {
    /// One bit for each listener.
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The Unix socket for administrators of the host.
    package static let admin = ListenerSet(rawValue: 1)
    /// The TCP listener for clients.
    package static let api = ListenerSet(rawValue: 2)
    /// The TCP listener for machines.
    package static let node = ListenerSet(rawValue: 4)
    /// Where operators and their programs are served; never machines.
    package static let clients: ListenerSet = [.admin, .api]

    /// Whether the set has this listener.
    package func contains(_ name: ListenerName) -> Bool {
        switch name {
        case .admin: contains(.admin as ListenerSet)
        case .api: contains(.api as ListenerSet)
        case .node: contains(.node as ListenerSet)
        }
    }
}
