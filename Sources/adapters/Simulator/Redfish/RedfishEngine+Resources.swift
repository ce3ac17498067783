import IPMI
import OrderedCollections
import Primitives

/// What the BMC shows of itself and of the machine.
extension RedfishEngine {
    private static let healthy: Value = ["State": "Enabled", "Health": "OK"]

    /// nil where there is none.
    func resource(_ route: RedfishRoute) -> RedfishRepresentation? {
        switch route {
        case .versions: RedfishRepresentation(route, nil, ["v1": "/redfish/v1/"])
        case .root: RedfishRepresentation(route, .serviceRoot, serviceRoot)
        case .service: RedfishRepresentation(route, nil, Self.serviceDocument)
        case .sessionService: RedfishRepresentation(route, .sessionService, Self.sessionService)
        case .sessions:
            RedfishRepresentation(
                route, .sessionCollection, "Sessions", of: sessions.keys.sorted().map { .session($0) })
        case .session(let id): session(id)
        case .accountService: RedfishRepresentation(route, .accountService, Self.accountService)
        case .accounts:
            RedfishRepresentation(route, .accountCollection, "Accounts", of: accounts.map { .account($0.id) })
        case .account(let id): account(id)
        case .roles:
            RedfishRepresentation(
                route, .roleCollection, "Roles", of: RedfishAccount.Role.allCases.map { .role($0.rawValue) })
        case .role(let id): role(id)
        case .systems: RedfishRepresentation(route, .systemCollection, "Systems", of: [.system])
        case .system:
            RedfishRepresentation(route, .system, system, revision: revisions[route] ?? 0)
        case .interfaces:
            RedfishRepresentation(
                route, .interfaceCollection, "Ethernet Interfaces",
                of: configuration.system.interfaces.map { .interface($0.name) })
        case .interface(let id): interface(id)
        case .managers: RedfishRepresentation(route, .managerCollection, "Managers", of: [.manager])
        case .manager: RedfishRepresentation(route, .manager, manager)
        case .drives: RedfishRepresentation(route, .mediaCollection, "Virtual Media", of: [.drive])
        case .drive: RedfishRepresentation(route, .media, drive, revision: revisions[route] ?? 0)
        case .enclosures: RedfishRepresentation(route, .chassisCollection, "Chassis", of: [.enclosure])
        case .enclosure: RedfishRepresentation(route, .chassis, enclosure)
        case .sensors: RedfishRepresentation(route, .sensorCollection, "Sensors", of: [.sensor])
        case .sensor: RedfishRepresentation(route, .sensor, sensor)
        case .taskService: RedfishRepresentation(route, .taskService, taskService)
        case .tasks: RedfishRepresentation(route, .taskCollection, "Tasks", of: tasks.map { .task($0.id) })
        case .task(let id): task(id)
        case .metadata, .reset, .insertMedia, .ejectMedia, .taskMonitor: nil
        }
    }

    private var uuid: Value {
        let hex = configuration.guid.hex
        var text = ""
        for (place, digit) in hex.enumerated() {
            if [8, 12, 16, 20].contains(place) { text += "-" }
            text.append(digit)
        }
        return .string(text)
    }

    private var serviceRoot: Value.Object {
        [
            "Id": "RootService", "Name": "Root Service", "RedfishVersion": "1.21.0", "UUID": uuid,
            "Product": "Boatyard simulated BMC", "Vendor": "Boatyard",
            "ProtocolFeaturesSupported": [
                "ExcerptQuery": false, "FilterQuery": false, "SelectQuery": false, "OnlyMemberQuery": false,
                "ExpandQuery": ["ExpandAll": false, "Levels": false, "Links": false, "NoLinks": false],
            ],
            "Systems": RedfishRoute.systems.reference, "Managers": RedfishRoute.managers.reference,
            "Chassis": RedfishRoute.enclosures.reference, "Tasks": RedfishRoute.taskService.reference,
            "AccountService": RedfishRoute.accountService.reference,
            "SessionService": RedfishRoute.sessionService.reference,
            "Links": ["Sessions": RedfishRoute.sessions.reference],
        ]
    }

    private static let services: [(name: String, route: RedfishRoute)] = [
        ("Service", .root), ("Systems", .systems), ("Managers", .managers), ("Chassis", .enclosures),
        ("Tasks", .taskService), ("AccountService", .accountService), ("SessionService", .sessionService),
        ("Sessions", .sessions),
    ]

    private static let serviceDocument: Value.Object = [
        "@odata.context": "/redfish/v1/$metadata",
        "value": .array(
            services.map { service -> Value in
                let path = service.route == .root ? "/redfish/v1/" : service.route.path
                return ["name": .string(service.name), "kind": "Singleton", "url": .string(path)]
            }),
    ]

    private static let sessionService: Value.Object = [
        "Id": "SessionService", "Name": "Session Service", "ServiceEnabled": true, "Status": healthy,
        "SessionTimeout": .int(sessionTimeout), "Sessions": RedfishRoute.sessions.reference,
    ]

    private func session(_ id: String) -> RedfishRepresentation? {
        guard let session = sessions[id], let account = accounts.first(where: { $0.id == session.account }) else {
            return nil
        }
        return RedfishRepresentation(
            .session(id), .session,
            ["Id": .string(id), "Name": "User Session", "UserName": .string(account.name)])
    }

    private static let accountService: Value.Object = [
        "Id": "AccountService", "Name": "Account Service", "ServiceEnabled": true, "Status": healthy,
        "HTTPBasicAuth": "Enabled", "MinPasswordLength": .int(RedfishAccount.passwordLength.lowerBound),
        "MaxPasswordLength": .int(RedfishAccount.passwordLength.upperBound),
        "Accounts": RedfishRoute.accounts.reference, "Roles": RedfishRoute.roles.reference,
    ]

    private func account(_ id: String) -> RedfishRepresentation? {
        guard let account = accounts.first(where: { $0.id == id }) else { return nil }
        return RedfishRepresentation(
            .account(id), .account,
            [
                "Id": .string(id), "Name": "User Account", "UserName": .string(account.name), "Password": .null,
                "RoleId": .string(account.role.rawValue), "Enabled": .bool(account.isEnabled), "Locked": false,
                "PasswordChangeRequired": .bool(account.mustChangePassword), "AccountTypes": ["Redfish"],
                "Links": ["Role": RedfishRoute.role(account.role.rawValue).reference],
            ], revision: revisions[.account(id)] ?? 0)
    }

    private func role(_ id: String) -> RedfishRepresentation? {
        RedfishAccount.Role(rawValue: id).map { role in
            RedfishRepresentation(
                .role(id), .role,
                [
                    "Id": .string(id), "Name": "User Role", "RoleId": .string(id), "IsPredefined": true,
                    "AssignedPrivileges": Value(role.privileges.map(\.rawValue)),
                ])
        }
    }

    private var system: Value.Object {
        let machine = configuration.system
        return [
            "Id": "1", "Name": .string(machine.name), "SystemType": "Physical", "UUID": .string(machine.uuid),
            "HostName": .string(machine.name), "Manufacturer": "Boatyard", "Model": "Simulated machine",
            "SerialNumber": .string(machine.serial), "BiosVersion": "1.0", "Status": Self.healthy,
            "PowerState": chassis.isPoweredOn ? "On" : "Off", "Boot": bootOverride,
            "ProcessorSummary": ["Count": 1, "Status": Self.healthy],
            "MemorySummary": ["TotalSystemMemoryGiB": 16, "Status": Self.healthy],
            "EthernetInterfaces": RedfishRoute.interfaces.reference,
            "Links": [
                "Chassis": [RedfishRoute.enclosure.reference], "ManagedBy": [RedfishRoute.manager.reference],
            ],
            "Actions": [
                "#ComputerSystem.Reset": [
                    "target": .string(RedfishRoute.reset.path),
                    "ResetType@Redfish.AllowableValues": Value(Self.resetTypes),
                ]
            ],
        ]
    }

    private func interface(_ id: String) -> RedfishRepresentation? {
        guard let interface = configuration.system.interfaces.first(where: { $0.name == id }) else { return nil }
        let address = Value.string(interface.mac.description.uppercased())
        return RedfishRepresentation(
            .interface(id), .interface,
            [
                "Id": .string(id), "Name": .string(id), "MACAddress": address, "PermanentMACAddress": address,
                "LinkStatus": chassis.isPoweredOn ? "LinkUp" : "NoLink", "Status": Self.healthy,
            ])
    }

    private var manager: Value.Object {
        let device = configuration.device
        let minor = String(device.firmwareMinor, radix: 16)
        return [
            "Id": "BMC", "Name": "Manager", "ManagerType": "BMC", "UUID": uuid, "ServiceEntryPointUUID": uuid,
            "Manufacturer": "Boatyard", "Model": "Simulated BMC",
            "FirmwareVersion": .string("\(device.firmwareMajor).\(minor)"), "Status": Self.healthy, "PowerState": "On",
            "DateTime": .string(clock.formatted(.isoSeconds)), "DateTimeLocalOffset": "+00:00",
            "VirtualMedia": RedfishRoute.drives.reference,
            "Links": [
                "ManagerForServers": [RedfishRoute.system.reference],
                "ManagerForChassis": [RedfishRoute.enclosure.reference],
            ],
        ]
    }

    private var drive: Value.Object {
        let image = chassis.media
        return [
            "Id": "CD", "Name": "Virtual CD", "MediaTypes": ["CD", "DVD"], "Image": Value(image),
            "ImageName": Value(image.flatMap { $0.split(separator: "/").last.map(String.init) }),
            "Inserted": .bool(image != nil), "ConnectedVia": image == nil ? "NotConnected" : "URI",
            "WriteProtected": true,
            "Actions": [
                "#VirtualMedia.InsertMedia": ["target": .string(RedfishRoute.insertMedia.path)],
                "#VirtualMedia.EjectMedia": ["target": .string(RedfishRoute.ejectMedia.path)],
            ],
        ]
    }

    private var enclosure: Value.Object {
        [
            "Id": "1", "Name": "Chassis", "ChassisType": "RackMount", "Manufacturer": "Boatyard",
            "Model": "Simulated machine", "SerialNumber": .string(configuration.system.serial),
            "PowerState": chassis.isPoweredOn ? "On" : "Off", "Status": Self.healthy,
            "Sensors": RedfishRoute.sensors.reference,
            "Links": [
                "ComputerSystems": [RedfishRoute.system.reference], "ManagedBy": [RedfishRoute.manager.reference],
            ],
        ]
    }

    /// The one that RMCP+ shows, too.
    private var sensor: Value.Object {
        [
            "Id": "InletTemp", "Name": "Inlet Temp", "ReadingType": "Temperature", "ReadingUnits": "Cel",
            "Reading": chassis.isPoweredOn ? .double(Double(BMCEngine.temperature)) : .null,
            "Status": ["State": chassis.isPoweredOn ? "Enabled" : "UnavailableOffline", "Health": "OK"],
            "PhysicalContext": "Intake",
        ]
    }

    private var taskService: Value.Object {
        [
            "Id": "TaskService", "Name": "Task Service", "ServiceEnabled": true, "Status": Self.healthy,
            "DateTime": .string(clock.formatted(.isoSeconds)),
            "CompletedTaskOverWritePolicy": "Oldest",
            "Tasks": RedfishRoute.tasks.reference,
        ]
    }

    private func task(_ id: String) -> RedfishRepresentation? {
        guard let task = tasks.first(where: { $0.id == id }) else { return nil }
        let (state, status, messages): (String, String, [BaseMessage]) =
            switch task.state {
            case .running: ("Running", "OK", [])
            case .completed: ("Completed", "OK", [.success])
            case .failed(let message): ("Exception", "Critical", [message])
            }
        var members: Value.Object = [
            "Id": .string(id), "Name": .string("Task \(id)"), "TaskState": .string(state),
            "TaskStatus": .string(status),
            "TaskMonitor": .string(RedfishRoute.taskMonitor(id).path),
            "StartTime": .string(task.began.formatted(.isoSeconds)),
            "Messages": .array(messages.map(\.value)),
        ]
        if let ended = task.ended { members["EndTime"] = .string(ended.formatted(.isoSeconds)) }
        return RedfishRepresentation(.task(id), .task, members)
    }
}
