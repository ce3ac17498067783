import OrderedCollections
import Primitives
import Synchronization
import TestSupport
import Testing

@testable import OutOfBand

@Suite("Redfish: requests of operators")
struct RedfishRequestTests {
    private struct BMC: Sendable {
        var lamp = false
        var entries = 2
        var isDeaf = false
    }

    /// Answers what the server of the tests does not have.
    private static func fault(_ bmc: Box) -> RedfishServer.Fault {
        { request, _ in
            let chassis = "/redfish/v1/Chassis/1"
            let log = system + "/LogServices/SEL"
            switch request.line {
            case "GET \(chassis)":
                return .json([
                    "LocationIndicatorActive": .bool(bmc.withLock { $0.lamp }),
                    "Thermal": ["@odata.id": .string(chassis + "/Thermal")],
                    "Power": ["@odata.id": .string(chassis + "/Power")],
                ])
            case "PATCH \(chassis)":
                bmc.withLock { if !$0.isDeaf { $0.lamp = request.body["LocationIndicatorActive"]?.boolValue ?? false } }
                return .json([:])
            case "GET \(chassis)/Thermal":
                return .json([
                    "Temperatures": [
                        [
                            "Name": "Inlet", "ReadingCelsius": 21.5,
                            "Status": ["State": "Enabled", "Health": "Warning"],
                        ],
                        ["Name": "CPU 2", "ReadingCelsius": .null, "Status": ["State": "Absent"]],
                    ],
                    "Fans": [["FanName": "Fan 1", "Reading": 40, "ReadingUnits": "Percent"]],
                ])
            case "GET \(chassis)/Power": return .json(["PowerControl": [["Name": "Total", "PowerConsumedWatts": 112]]])
            case "GET \(system)/LogServices":
                return .json([
                    "Members": [["@odata.id": .string(system + "/LogServices/Other")], ["@odata.id": .string(log)]]
                ])
            case "GET \(system)/LogServices/Other":
                return .json(["Id": "Other", "Entries": ["@odata.id": "/redfish/v1/none"]])
            case "GET \(log)":
                return .json([
                    "Id": "SEL", "Entries": ["@odata.id": .string(log + "/Entries")],
                    "Actions": ["#LogService.ClearLog": ["target": .string(log + "/Clear")]],
                ])
            case "GET \(log)/Entries":
                let count = bmc.withLock { $0.entries }
                let members = (0..<count).map { number -> Value in
                    [
                        "Id": .string("\(number + 1)"), "Created": "2026-11-30T12:00:00Z", "Message": "Fan 1 failed.",
                        "Severity": "Critical",
                    ]
                }
                // A page that names itself as the next one ends the list.
                return .json(["Members": .array(members), "Members@odata.nextLink": .string(log + "/Entries")])
            case "POST \(log)/Clear":
                bmc.withLock { if !$0.isDeaf { $0.entries = 0 } }
                return .json([:])
            default: return nil
            }
        }
    }

    private static func with(_ body: (RedfishServer, Box) async throws -> Void) async throws {
        let bmc = Box()
        try await RedfishServer.with(
            { state in
                state.system["Links"] = ["Chassis": [["@odata.id": "/redfish/v1/Chassis/1"]]]
                state.system["LogServices"] = ["@odata.id": .string(system + "/LogServices")]
                for (key, text) in ["Manufacturer": "ACME", "Model": "X9", "SerialNumber": "S1"] {
                    state.system[key] = .string(text)
                }
            }, fault: fault(bmc)
        ) { try await body($0, bmc) }
    }

    private final class Box: Sendable {
        private let state = Mutex(BMC())

        func withLock<Result: Sendable>(_ body: (inout BMC) -> Result) -> Result { state.withLock { body(&$0) } }
    }

    @Test("Redfish: lamp, event log, sensors and information are asked for, orders are read back")
    func requests() async throws {
        try await Self.with { (server, bmc) async throws -> Void in
            let driver = try server.driver()
            let lamp = try await driver.answer(.identify(seconds: 10), until: later)
            #expect(lamp == ["identify": 10, "seen": true, "lasts": true] && bmc.withLock { $0.lamp })
            let sensors =
                try await driver.answer(.sensors(thresholds: false), until: later)["sensors"]?.arrayValue ?? []
            #expect(sensors.map { $0["name"]?.stringValue } == ["Inlet", "CPU 2", "Fan 1", "Total"])
            #expect(sensors.map { $0["value"]?.doubleValue } == [21.5, nil, 40, 112])
            #expect(sensors.map { $0["unit"]?.stringValue } == ["°C", "°C", "%", "W"])
            #expect(sensors.map { $0["status"]?.stringValue } == ["non-critical", "not read", "ok", "ok"])
            let log = try await driver.answer(.eventLog(clears: true), until: later)
            #expect(log["entries"]?.arrayValue?.count == 2 && log["entries"]?[0]?["event"] == "Fan 1 failed.")
            #expect(bmc.withLock { $0.entries } == 0)
            let information = try await driver.answer(.information, until: later)
            #expect(information["inventory"]?["product"]?["manufacturer"] == "ACME")
            let boot = try await driver.answer(.boot(.bios, persistent: true, uefi: true), until: later)
            #expect(boot["read_back"] == ["persistent": true, "uefi": true])
            #expect(server.state.withLock { $0.boot["BootSourceOverrideTarget"] } == "BiosSetup")
            #expect(try await driver.answer(.power(.on), until: later) == ["power": "on", "was": "off"])
        }
    }

    @Test("Redfish: a BMC that takes an order and does nothing is an error that says so")
    func deaf() async throws {
        try await Self.with { (server, bmc) async throws -> Void in
            bmc.withLock { $0.isDeaf = true }
            for request in [BMCRequest.identify(seconds: 1), .eventLog(clears: true)] {
                let error = await #expect(throws: BoatyardError.self) {
                    try await server.driver().answer(request, until: later)
                }
                #expect(error?.message.contains("took the order") == true, "\(String(describing: error))")
            }
        }
    }
}
