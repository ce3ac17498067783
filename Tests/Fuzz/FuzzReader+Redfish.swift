import IPMI
import NIOHTTP1
import OutOfBand
import Primitives
import Simulator
import Synchronization
import TestSupport

extension FuzzReader {
    /// What BMCs say over HTTP, and what they are told.
    static let redfish: [FuzzReader] = [
        FuzzReader(
            "redfish-answer", share: 10, corpus: ["Tests/OutOfBandTests", "Tests/TestSupport"], seeds: answers,
            words: words, form: .json
        ) { bytes in
            let value = try Value(lenientJSON: bytes, depthLimit: 32)
            for message in RedfishMessage.all(in: value) { bounded(message.text + (message.resolution ?? "")) }
            let resource = RedfishResource(path: "/redfish/v1/", value: value)
            for tag in resource.entityTags { bounded(tag) }
            bounded(RedfishBootOverride(resource).shown)
            _ = RedfishDrive(resource: resource).image
            for path in resource.links("Members") + resource.links("Links", "ManagedBy") { bounded(path) }
            _ = resource.link("@Redfish.Settings", "SettingsObject")
        },
        FuzzReader(
            "redfish-bmc", share: 8, seeds: requests, words: words + ["Authorization", "X-Auth-Token"],
            sizeLimit: 4 << 10
        ) { bytes in
            // In the order of a request, each part ended by a NUL: method, target, entity tag, body.
            let parts = bytes.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false).map {
                text(Array($0))
            }
            guard parts.count == 4 else { return }
            var engine = bmc
            var headers: HTTPHeaders = ["Authorization": account, "If-Match": parts[2]]
            if parts[2].isEmpty { headers.remove(name: "If-Match") }
            for time in [Duration.zero, .seconds(1)] {
                let call = RedfishCall(method: parts[0], target: parts[1], headers: headers, body: Array(parts[3].utf8))
                let (reply, effects) = engine.receive(call, at: time)
                precondition((200..<600).contains(reply.status) && reply.body.count < 64 << 10)
                for case .find(_, let task) in effects {
                    engine.finish(task: task, isFound: bytes.count.isMultiple(of: 2))
                }
            }
        },
    ]

    /// What gets into a message must not be as long as the peer likes.
    private static func bounded(_ text: String) { precondition(text.utf8.count < 4096) }

    private static let account = "Basic YWRtaW46cGFzc3dvcmQ="

    private static let bmc = RedfishEngine(
        configuration: BMCConfiguration(user: "admin", password: Secret("password"), guid: [1, 2, 3]),
        chassis: SimulatedChassis(), random: { [UInt8](repeating: 7, count: $0) })

    private static let words = [
        "\"@odata.id\":", "\"Members\":", "\"Members@odata.nextLink\":", "\"@Message.ExtendedInfo\":", "\"error\":",
        "\"MessageId\":", "\"Boot\":", "\"BootSourceOverrideTarget\":", "\"Image\":", "\"Inserted\":", "\"TaskState\":",
        "\"PowerState\":", "\"@odata.etag\":", "\"W/\\\"1\\\"\"", "/redfish/v1/", "null", "true", "[", "{", "}", "]",
        "\0",
        "PATCH", "POST", "DELETE", "$top=1", "?",
    ]

    /// What the simulator answers to each of its addresses.
    private static let answers: [[UInt8]] = {
        var engine = bmc
        return requests.map { request in
            let parts = request.split(separator: 0, maxSplits: 3, omittingEmptySubsequences: false).map {
                text(Array($0))
            }
            let call = RedfishCall(
                method: parts[0], target: parts[1], headers: ["Authorization": account], body: Array(parts[3].utf8))
            return engine.receive(call, at: .zero).reply.body
        }
    }()

    private static let requests: [[UInt8]] = {
        let system = "/redfish/v1/Systems/1"
        let drive = "/redfish/v1/Managers/BMC/VirtualMedia/CD"
        let reads = [
            "/redfish", "/redfish/v1/", "/redfish/v1/odata", "/redfish/v1/Systems", system, "/redfish/v1/Managers/BMC",
            drive, "/redfish/v1/Chassis/1/Sensors/InletTemp", "/redfish/v1/AccountService/Accounts/1",
            "/redfish/v1/SessionService/Sessions", "/redfish/v1/TaskService/Tasks",
        ].map { "GET\0\($0)\0\0" }
        let orders = [
            "PATCH\0\(system)\0*\0{\"Boot\": {\"BootSourceOverrideTarget\": \"Pxe\", \"BootSourceOverrideEnabled\": \"Once\"}}",
            "POST\0\(system)/Actions/ComputerSystem.Reset\0\0{\"ResetType\": \"On\"}",
            "POST\0\(drive)/Actions/VirtualMedia.InsertMedia\0\0{\"Image\": \"http://10.0.0.1/boot.iso\"}",
            "POST\0\(drive)/Actions/VirtualMedia.EjectMedia\0\0{}",
            "POST\0/redfish/v1/SessionService/Sessions\0\0{\"UserName\": \"admin\", \"Password\": \"password\"}",
            "POST\0/redfish/v1/AccountService/Accounts\0\0{\"UserName\": \"a\", \"Password\": \"12345678\", \"RoleId\": \"ReadOnly\"}",
            "PATCH\0/redfish/v1/AccountService/Accounts/1\0\"0\"\0{\"RoleId\": \"Operator\", \"Bogus\": 1}",
            "DELETE\0/redfish/v1/AccountService/Accounts/1\0\0",
        ]
        return (reads + orders).map { Array($0.utf8) }
    }()
}
