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
        /// Clearing the log is an event in it.
        var notesClearing = false
        var isCleared = false
        /// `Members@odata.count`; nil for as many as there are.
        var announced: Int?
        var hidesCount = false
        /// How many events come, one after each reading of the log.
        var coming = 0
        /// The last entry is only referred to, and cannot be read.
        var hasUnreadable = false
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
                let state = bmc.withLock { bmc in
                    let present = bmc
                    bmc.entries += bmc.coming > 0 ? 1 : 0
                    bmc.coming -= bmc.coming > 0 ? 1 : 0
                    return present
                }
                var members = (0..<state.entries).map { number -> Value in
                    [
                        "Id": .string("\(number + 1)"), "Created": "2026-11-30T12:00:00Z", "Message": "Fan 1 failed.",
                        "Severity": "Critical",
                    ]
                }
                if state.isCleared, state.notesClearing {
                    members.append(["Id": "1", "Created": "2026-11-30T13:00:00Z", "Message": "The log was cleared."])
                }
                if state.hasUnreadable { members.append(["@odata.id": .string(log + "/Entries/none")]) }
                // A page that names itself as the next one ends the list.
                return .json([
                    "Members": .array(members), "Members@odata.nextLink": .string(log + "/Entries"),
                    "Members@odata.count": state.hidesCount ? .null : .int(state.announced ?? members.count),
                ])
            case "POST \(log)/Clear":
                bmc.withLock {
                    if !$0.isDeaf { $0.entries = 0 }
                    $0.isCleared = !$0.isDeaf
                }
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

    @Test("Redfish: units of UCUM have the words that IPMI has for them")
    func units() async throws {
        let units = [("Cel", "°C"), ("{rev}/min", "RPM"), ("W", "W"), ("%", "%")]
        let fault: RedfishServer.Fault = { request, _ in
            switch request.line {
            case "GET \(system)":
                return .json(["PowerState": "On", "Links": ["Chassis": [["@odata.id": "/redfish/v1/Chassis/1"]]]])
            case "GET /redfish/v1/Chassis/1": return .json(["Sensors": ["@odata.id": "/redfish/v1/S"]])
            case "GET /redfish/v1/S":
                let members = units.indices.map { Value.object(["@odata.id": .string("/redfish/v1/S/\($0)")]) }
                return .json(["Members": .array(members)])
            default:
                guard let place = units.indices.first(where: { request.line == "GET /redfish/v1/S/\($0)" }) else {
                    return nil
                }
                return .json(["Name": "S", "Reading": 1, "ReadingUnits": .string(units[place].0)])
            }
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            let answer = try await server.driver().answer(.sensors(thresholds: false), until: later)
            #expect((answer["sensors"]?.arrayValue ?? []).map { $0["unit"]?.stringValue } == units.map(\.1))
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

    @Test("Redfish: a log is cleared once nothing is in it that was listed, whatever its number of entries")
    func clearing() async throws {
        try await Self.with { (server, bmc) async throws -> Void in
            bmc.withLock {
                $0.entries = 1
                $0.isDeaf = true
            }
            let error = await #expect(throws: BoatyardError.self) {
                try await server.driver().answer(.eventLog(clears: true), until: later)
            }
            #expect(error?.message.contains("1 of the 1 former events are still in its event log") == true)
            bmc.withLock {
                $0.isDeaf = false
                $0.notesClearing = true
            }
            let answer = try await server.driver().answer(.eventLog(clears: true), until: later)
            #expect(answer["cleared"] == true && answer["entries"]?.arrayValue?.count == 1 && answer["missing"] == [])
            let left = try await server.driver().answer(.eventLog(clears: false), until: later)
            #expect(left["entries"]?.arrayValue?.compactMap { $0["event"] } == ["The log was cleared."])
        }
    }

    @Test("Redfish: an event that comes while the log is read is listed before the log is cleared")
    func newestEvents() async throws {
        try await Self.with { (server, bmc) async throws -> Void in
            bmc.withLock { $0.coming = 2 }
            let answer = try await server.driver().answer(.eventLog(clears: true), until: later)
            #expect(answer["entries"]?.arrayValue?.compactMap { $0["record"] } == ["1", "2", "3", "4"])
            #expect(answer["cleared"] == true && bmc.withLock { $0.entries } == 0)
        }
    }

    @Test("Redfish: a log that grows whenever it is read is not cleared")
    func endlessEvents() async throws {
        try await Self.with { (server, bmc) async throws -> Void in
            bmc.withLock { $0.coming = 100 }
            let error = await #expect(throws: BoatyardError.self) {
                try await server.driver().answer(.eventLog(clears: true), until: later)
            }
            #expect(
                error?.message.contains("was read 4 times, and each time there were new events, 3 in all") == true,
                "\(error?.message ?? "")")
            #expect(bmc.withLock { $0.entries } > 2 && !server.requests.contains { $0.line.hasSuffix("/Clear") })
        }
    }

    @Test(
        "Redfish: sensors whose next page was read already may be more than are shown, which is said",
        arguments: [true, false])
    func circleOfSensors(isCounted: Bool) async throws {
        let fault: RedfishServer.Fault = { request, _ in
            switch request.line {
            case "GET /redfish/v1/Chassis/1": .json(["Sensors": ["@odata.id": "/redfish/v1/S"]])
            case "GET /redfish/v1/S":
                .json([
                    "Members": [["@odata.id": "/redfish/v1/S/1"]], "Members@odata.nextLink": "/redfish/v1/S",
                    "Members@odata.count": isCounted ? 2 : .null,
                ])
            case "GET /redfish/v1/S/1": .json(["Name": "S", "Reading": 1])
            default: nil
            }
        }
        try await RedfishServer.with(
            { $0.system["Links"] = ["Chassis": [["@odata.id": "/redfish/v1/Chassis/1"]]] }, fault: fault
        ) { (server) async throws -> Void in
            let answer = try await server.driver().answer(.sensors(thresholds: false), until: later)
            #expect(answer["sensors"]?.arrayValue?.count == 1)
            let told = isCounted ? "has more sensors in" : "there may be more than the 1 that are read"
            #expect(answer["missing"]?[0]?.stringValue?.contains(told) == true, "\(answer)")
        }
    }

    @Test(
        "Redfish: a log with events that are not listed is not cleared, and what is missing is said",
        arguments: [
            "/Entries/none", "has 300 entries in its event log, of which 2 are listed",
            "names as its next page one that was read or cannot be: there may be more than the 2 that are listed",
        ])
    func unlistedEvents(reason: String) async throws {
        let hasUnreadable = reason == "/Entries/none"
        try await Self.with { (server, bmc) async throws -> Void in
            bmc.withLock {
                $0.hasUnreadable = hasUnreadable
                $0.announced = reason.contains("300") ? 300 : nil
                $0.hidesCount = reason.contains("next page")
            }
            let answer = try await server.driver().answer(.eventLog(clears: false), until: later)
            #expect(answer["entries"]?.arrayValue?.count == (hasUnreadable ? 3 : 2))
            #expect(answer["missing"]?[0]?.stringValue?.contains(reason) == true, "\(answer)")
            let error = await #expect(throws: BoatyardError.self) {
                try await server.driver().answer(.eventLog(clears: true), until: later)
            }
            #expect(error?.message.contains("is not told to clear its event log") == true)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
            #expect(bmc.withLock { $0.entries } == 2)
            #expect(!server.requests.contains { $0.line.hasSuffix("/Clear") })
        }
    }

    @Test("Redfish: a log of more pages than are read is listed in part, which is said, and is not cleared")
    func manyPages() async throws {
        let log = system + "/LogServices/SEL"
        let fault: RedfishServer.Fault = { request, _ in
            switch request.line {
            case "GET \(system)/LogServices": return .json(["Members": [["@odata.id": .string(log)]]])
            case "GET \(log)":
                return .json([
                    "Id": "SEL", "Entries": ["@odata.id": .string(log + "/Entries?a=0")],
                    "Actions": ["#LogService.ClearLog": ["target": .string(log + "/Clear")]],
                ])
            case let line where line.hasPrefix("GET \(log)/Entries"):
                let page = line.split(separator: "=").last.flatMap { Int($0) } ?? 0
                return .json([
                    "Members": [["Id": .string("\(page)"), "Message": "Fan 1 failed."]],
                    "Members@odata.nextLink": page < 299 ? .string("\(log)/Entries?a=\(page + 1)") : .null,
                ])
            default: return nil
            }
        }
        try await RedfishServer.with(
            { $0.system["LogServices"] = ["@odata.id": .string(system + "/LogServices")] }, fault: fault
        ) { (server) async throws -> Void in
            let answer = try await server.driver().answer(.eventLog(clears: false), until: later)
            #expect(answer["entries"]?.arrayValue?.count == 128)
            #expect(answer["missing"]?[0]?.stringValue?.contains("more entries in its event log than the 128") == true)
            await #expect(throws: BoatyardError.self) {
                try await server.driver().answer(.eventLog(clears: true), until: later)
            }
            #expect(!server.requests.contains { $0.line.hasSuffix("/Clear") })
        }
    }

    @Test("Redfish: each chassis has its sensors, in whatever form, and those beyond the limits are told as missing")
    func severalChassis() async throws {
        let fault: RedfishServer.Fault = { request, _ in
            let name = request.path.split(separator: "/").last.map(String.init) ?? ""
            switch request.line {
            case "GET /redfish/v1/Chassis/0": return .json(["Thermal": ["@odata.id": "/redfish/v1/T"]])
            case "GET /redfish/v1/T":
                return .json([
                    "Temperatures": .array((0..<300).map { ["Name": .string("T\($0)"), "ReadingCelsius": 20] })
                ])
            case let line where line.hasPrefix("GET /redfish/v1/Chassis/"):
                return .json(["Sensors": ["@odata.id": .string("/redfish/v1/Sensors/\(name)")]])
            case let line where line.hasPrefix("GET /redfish/v1/Sensors/"):
                return .json(["Members": [["@odata.id": .string("/redfish/v1/Sensor/\(name)")]]])
            case let line where line.hasPrefix("GET /redfish/v1/Sensor/"):
                return .json(["Name": .string("S\(name)"), "ReadingType": "Power", "Reading": 7])
            default: return nil
            }
        }
        try await RedfishServer.with(
            { state in
                state.system["Links"] = [
                    "Chassis": .array((0..<10).map { ["@odata.id": .string("/redfish/v1/Chassis/\($0)")] })
                ]
            }, fault: fault
        ) { (server) async throws -> Void in
            let answer = try await server.driver().answer(.sensors(thresholds: false), until: later)
            let names = (answer["sensors"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
            #expect(names.count == 256 + 7 && names.suffix(7) == ["S1", "S2", "S3", "S4", "S5", "S6", "S7"])
            let missing = (answer["missing"]?.arrayValue ?? []).compactMap(\.stringValue)
            #expect(missing.count == 2, "\(missing)")
            #expect(missing.contains { $0.contains("lists 300 sensors of the type Temperature") })
            #expect(missing.contains { $0.contains("has 10 chassis, of which the sensors of 8 are read") })
        }
    }

    @Test("Redfish: what the account may not read costs itself alone, and is no refused login")
    func forbiddenResources() async throws {
        let no = RedfishResponse.error(403, "InsufficientPrivilege", "Not allowed")
        let manager = "/redfish/v1/Managers/bmc"
        let fault: RedfishServer.Fault = { request, _ in
            switch request.line {
            case "GET /redfish/v1/Chassis/1":
                .json(["Thermal": ["@odata.id": "/redfish/v1/T"], "Power": ["@odata.id": "/redfish/v1/P"]])
            case "GET /redfish/v1/T": .json(["Temperatures": [["Name": "Inlet", "ReadingCelsius": 20]]])
            case "GET /redfish/v1/Chassis/3": .json(["Sensors": ["@odata.id": "/redfish/v1/S"]])
            case "GET /redfish/v1/P", "GET /redfish/v1/Chassis/2", "GET /redfish/v1/S", "GET /redfish/v1/Info",
                "GET \(system)/LogServices":
                no
            case "GET \(manager)": .json(["LogServices": ["@odata.id": "/redfish/v1/Logs"]])
            case "GET /redfish/v1/Logs": .json(["Members": [["@odata.id": "/redfish/v1/Log"]]])
            case "GET /redfish/v1/Log": .json(["Id": "SEL", "Entries": ["@odata.id": "/redfish/v1/Entries"]])
            case "GET /redfish/v1/Entries": .json(["Members": [["Id": "1", "Message": "Fan 1 failed."]]])
            default: nil
            }
        }
        try await RedfishServer.with(
            { state in
                state.system["Links"] = [
                    "Chassis": .array((1...3).map { ["@odata.id": .string("/redfish/v1/Chassis/\($0)")] }),
                    "ManagedBy": [["@odata.id": .string(manager)]],
                ]
                state.system["LogServices"] = ["@odata.id": .string(system + "/LogServices")]
                state.resetAction = ["@Redfish.ActionInfo": "/redfish/v1/Info"]
            }, fault: fault
        ) { (server) async throws -> Void in
            let driver = try server.driver()
            let sensors = try await driver.answer(.sensors(thresholds: false), until: later)
            #expect(sensors["sensors"]?.arrayValue?.compactMap { $0["name"] } == ["Inlet"])
            let missing = (sensors["missing"]?.arrayValue ?? []).compactMap(\.stringValue)
            #expect(missing.count == 3 && missing.allSatisfy { $0.contains("does not let the account do GET") })
            #expect(server.requests.count { $0.line == "POST /redfish/v1/SessionService/Sessions" } == 1)
            let log = try await driver.answer(.eventLog(clears: false), until: later)
            #expect(log["entries"]?[0]?["event"] == "Fan 1 failed.")
            #expect(try await driver.answer(.power(.on), until: later) == ["power": "on", "was": "off"])
        }
    }

    @Test("Redfish: of a system that does not tell its power everything else is told")
    func unknownPower() async throws {
        try await RedfishServer.with(
            { state in
                state.system["PowerState"] = .null
                state.system["Model"] = "X9"
            }
        ) { (server) async throws -> Void in
            let answer = try await server.driver().answer(.information, until: later)
            #expect(answer["power"] == .null && answer["inventory"]?["product"]?["name"] == "X9")
            let missing = (answer["missing"]?.arrayValue ?? []).compactMap(\.stringValue)
            #expect(
                missing.contains { $0.hasPrefix("power: BMC ") && $0.contains("does not tell whether") }, "\(answer)")
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
