/// The addresses that a BMC has, one for each resource and action.
enum RedfishRoute: Sendable, Hashable {
    case versions
    case root
    case service
    case metadata
    case sessionService
    case sessions
    case session(String)
    case accountService
    case accounts
    case account(String)
    case roles
    case role(String)
    case systems
    case system
    case reset
    case interfaces
    case interface(String)
    case managers
    case manager
    case drives
    case drive
    case insertMedia
    case ejectMedia
    case enclosures
    case enclosure
    case sensors
    case sensor
    case taskService
    case tasks
    case task(String)
    case taskMonitor(String)

    private static let fixed: [RedfishRoute] = [
        .versions, .root, .service, .metadata, .sessionService, .sessions, .accountService, .accounts, .roles, .systems,
        .system, .reset, .interfaces, .managers, .manager, .drives, .drive, .insertMedia, .ejectMedia, .enclosures,
        .enclosure, .sensors, .sensor, .taskService, .tasks,
    ]
    private static let byPath = Dictionary(fixed.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    private static let ofMembers: [(collection: RedfishRoute, member: @Sendable (String) -> RedfishRoute)] = [
        (.sessions, { .session($0) }), (.accounts, { .account($0) }), (.roles, { .role($0) }),
        (.interfaces, { .interface($0) }), (.tasks, { .task($0) }),
    ]

    /// - Parameter path: without a slash at the end; nil where nothing can be there.
    init?(_ path: String) {
        if let route = Self.byPath[path] {
            self = route
            return
        }
        // What is created may also be posted to the member list (DSP0266 §7.9).
        if path == RedfishRoute.sessions.path + "/Members" {
            self = .sessions
            return
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, !name.isEmpty else { return nil }
        let parent = parts.dropLast().joined(separator: "/")
        if parent == Self.taskMonitors {
            self = .taskMonitor(String(name))
            return
        }
        guard let kind = Self.ofMembers.first(where: { $0.collection.path == parent }) else { return nil }
        self = kind.member(String(name))
    }

    private static let taskMonitors = "/redfish/v1/TaskService/TaskMonitors"

    var path: String {
        switch self {
        case .versions: "/redfish"
        case .root: "/redfish/v1"
        case .service: "/redfish/v1/odata"
        case .metadata: "/redfish/v1/$metadata"
        case .sessionService: "/redfish/v1/SessionService"
        case .sessions: "/redfish/v1/SessionService/Sessions"
        case .session(let id): "\(RedfishRoute.sessions.path)/\(id)"
        case .accountService: "/redfish/v1/AccountService"
        case .accounts: "/redfish/v1/AccountService/Accounts"
        case .account(let id): "\(RedfishRoute.accounts.path)/\(id)"
        case .roles: "/redfish/v1/AccountService/Roles"
        case .role(let id): "\(RedfishRoute.roles.path)/\(id)"
        case .systems: "/redfish/v1/Systems"
        case .system: "/redfish/v1/Systems/1"
        case .reset: "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset"
        case .interfaces: "/redfish/v1/Systems/1/EthernetInterfaces"
        case .interface(let id): "\(RedfishRoute.interfaces.path)/\(id)"
        case .managers: "/redfish/v1/Managers"
        case .manager: "/redfish/v1/Managers/BMC"
        case .drives: "/redfish/v1/Managers/BMC/VirtualMedia"
        case .drive: "/redfish/v1/Managers/BMC/VirtualMedia/CD"
        case .insertMedia: "/redfish/v1/Managers/BMC/VirtualMedia/CD/Actions/VirtualMedia.InsertMedia"
        case .ejectMedia: "/redfish/v1/Managers/BMC/VirtualMedia/CD/Actions/VirtualMedia.EjectMedia"
        case .enclosures: "/redfish/v1/Chassis"
        case .enclosure: "/redfish/v1/Chassis/1"
        case .sensors: "/redfish/v1/Chassis/1/Sensors"
        case .sensor: "/redfish/v1/Chassis/1/Sensors/InletTemp"
        case .taskService: "/redfish/v1/TaskService"
        case .tasks: "/redfish/v1/TaskService/Tasks"
        case .task(let id): "\(RedfishRoute.tasks.path)/\(id)"
        case .taskMonitor(let id): "\(Self.taskMonitors)/\(id)"
        }
    }

    /// In the order in which `Allow` has them.
    var methods: [String] {
        switch self {
        case .sessions, .accounts: ["GET", "HEAD", "POST"]
        case .session: ["GET", "HEAD", "DELETE"]
        case .account: ["GET", "HEAD", "PATCH", "DELETE"]
        case .system: ["GET", "HEAD", "PATCH"]
        case .reset, .insertMedia, .ejectMedia: ["POST"]
        default: ["GET", "HEAD"]
        }
    }

    /// Whether it is read without an account (DSP0266 §13.3.2).
    var isOpen: Bool {
        switch self {
        case .versions, .root, .service, .metadata: true
        default: false
        }
    }
}
