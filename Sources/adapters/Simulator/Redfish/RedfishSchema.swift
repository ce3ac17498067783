import Primitives

/// The schemas of the resources that a BMC has, in the bundle 2024.3 of DMTF (DSP8010).
enum RedfishSchema: String, Sendable, CaseIterable {
    case serviceRoot = "ServiceRoot"
    case sessionService = "SessionService"
    case sessionCollection = "SessionCollection"
    case session = "Session"
    case accountService = "AccountService"
    case accountCollection = "ManagerAccountCollection"
    case account = "ManagerAccount"
    case roleCollection = "RoleCollection"
    case role = "Role"
    case systemCollection = "ComputerSystemCollection"
    case system = "ComputerSystem"
    case interfaceCollection = "EthernetInterfaceCollection"
    case interface = "EthernetInterface"
    case managerCollection = "ManagerCollection"
    case manager = "Manager"
    case mediaCollection = "VirtualMediaCollection"
    case media = "VirtualMedia"
    case chassisCollection = "ChassisCollection"
    case chassis = "Chassis"
    case sensorCollection = "SensorCollection"
    case sensor = "Sensor"
    case taskService = "TaskService"
    case taskCollection = "TaskCollection"
    case task = "Task"

    /// `v1_22_0`; nil for a collection.
    private var version: String? {
        switch self {
        case .serviceRoot: "v1_17_0"
        case .sessionService: "v1_1_9"
        case .session: "v1_7_1"
        case .accountService: "v1_15_1"
        case .account: "v1_12_1"
        case .role: "v1_3_2"
        case .system: "v1_22_2"
        case .interface: "v1_12_3"
        case .manager: "v1_19_2"
        case .media: "v1_6_4"
        case .chassis: "v1_25_2"
        case .sensor: "v1_9_1"
        case .taskService: "v1_2_1"
        case .task: "v1_7_4"
        default: nil
        }
    }

    /// `ComputerSystem.v1_22_0`
    private var namespace: String { version.map { "\(rawValue).\($0)" } ?? rawValue }

    /// `#ComputerSystem.v1_22_0.ComputerSystem`
    var type: Value { .string("#\(namespace).\(rawValue)") }

    /// The value of `Link`, which says where the schema is.
    var link: String { "<http://redfish.dmtf.org/schemas/v1/\(namespace).json>; rel=describedby" }

    /// The metadata document of the service (OData CSDL, DSP0266 §8.4.1).
    static let metadata: String = {
        let references = allCases.map { schema in
            let versioned = schema.version == nil ? "" : "<edmx:Include Namespace=\"\(schema.namespace)\"/>"
            return "<edmx:Reference Uri=\"http://redfish.dmtf.org/schemas/v1/\(schema.rawValue)_v1.xml\">"
                + "<edmx:Include Namespace=\"\(schema.rawValue)\"/>\(versioned)</edmx:Reference>"
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
            \(references.joined(separator: "\n"))
            <edmx:Reference Uri="http://redfish.dmtf.org/schemas/v1/Message_v1.xml">\
            <edmx:Include Namespace="Message"/><edmx:Include Namespace="Message.v1_2_1"/></edmx:Reference>
            <edmx:DataServices>
            <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="Service">
            <EntityContainer Name="Service" Extends="\(serviceRoot.namespace).ServiceContainer"/>
            </Schema>
            </edmx:DataServices>
            </edmx:Edmx>

            """
    }()
}
