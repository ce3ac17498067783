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

    @Test(
        "Redfish: a number that is none costs its sensor, and is told",
        arguments: ["1e999", "-1e400", "NaN", "007", String(repeating: "9", count: 30), "\"warm\""])
    func oddNumbers(number: String) async throws {
        let fault: RedfishServer.Fault = { request, _ in
            switch request.line {
            case "GET /redfish/v1/Chassis/1":
                .json(["Thermal": ["@odata.id": "/redfish/v1/T"], "Power": ["@odata.id": "/redfish/v1/P"]])
            case "GET /redfish/v1/T":
                RedfishResponse(
                    status: 200,
                    body: """
                        {"Odd": \(number), "Temperatures": [{"Name": "Inlet", "ReadingCelsius": \(number)},
                        {"Name": "CPU", "ReadingCelsius": -0}], "Fans": [{"Name": \(number), "Reading": 1.5e3}]}
                        """)
            case "GET \(system)":
                RedfishResponse(
                    status: 200,
                    body: """
                        {"PowerState": "On", "Model": "X9", "MemorySummary": \(number),
                        "Links": {"Chassis": [{"@odata.id": "/redfish/v1/Chassis/1"}]}}
                        """)
            default: nil
            }
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            let answer = try await server.driver().answer(.sensors(thresholds: false), until: later)
            let sensors = answer["sensors"]?.arrayValue ?? []
            #expect(sensors.compactMap { $0["value"] } == [.null, 0.0, 1500.0])
            let given = number.filter { $0 != "\"" }
            #expect(sensors.compactMap { $0["status"] } == [.string("not read: '\(given)' is no number"), "ok", "ok"])
            // There is no such resource.
            #expect(answer["missing"]?.arrayValue?.count == 1)
            #expect(answer["missing"]?[0]?.stringValue?.contains("GET /redfish/v1/P") == true)
            let information = try await server.driver().answer(.information, until: later)
            #expect(information["inventory"]?["product"]?["name"] == "X9" && information["power"] == "on")
        }
    }

    @Test("Redfish: of several chassis, logs and entries, one that cannot be read costs itself alone")
    func oddResources() async throws {
        let log = system + "/LogServices/SEL"
        let fault: RedfishServer.Fault = { request, _ in
            switch request.line {
            case "GET /redfish/v1/Chassis/0", "GET \(log)/Entries/1": RedfishResponse(status: 200, body: "<html>")
            case "GET /redfish/v1/Chassis/1": .json(["IndicatorLED": "Off", "Thermal": ["@odata.id": "/redfish/v1/T"]])
            case "GET /redfish/v1/T": .json(["Temperatures": [["Name": "Inlet", "ReadingCelsius": 20]]])
            case "GET \(system)/LogServices":
                .json(["Members": [["@odata.id": "/redfish/v1/none"], ["@odata.id": .string(log)]]])
            case "GET \(log)": .json(["Id": "SEL", "Entries": ["@odata.id": .string(log + "/Entries")]])
            case "GET \(log)/Entries":
                .json([
                    "Members": [
                        ["@odata.id": .string(log + "/Entries/1")], ["Id": "2", "Message": "Fan 1 failed."],
                    ]
                ])
            default: nil
            }
        }
        try await RedfishServer.with(
            { state in
                state.system["Links"] = [
                    "Chassis": [["@odata.id": "/redfish/v1/Chassis/0"], ["@odata.id": "/redfish/v1/Chassis/1"]]
                ]
                state.system["LogServices"] = ["@odata.id": .string(system + "/LogServices")]
            }, fault: fault
        ) { (server) async throws -> Void in
            let sensors = try await server.driver().answer(.sensors(thresholds: false), until: later)
            #expect(sensors["sensors"]?[0]?["value"] == 20.0 && sensors["missing"]?.arrayValue?.count == 1)
            #expect(
                sensors["missing"]?[0]?.stringValue?.contains("no JSON object to GET /redfish/v1/Chassis/0") == true,
                "\(sensors)")
            let entries = try await server.driver().answer(.eventLog(clears: false), until: later)["entries"]
            #expect(entries?[0]?["event"]?.stringValue?.contains("answers no JSON object") == true)
            #expect(entries?[0]?["record"] == "1" && entries?[1]?["event"] == "Fan 1 failed.")
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
