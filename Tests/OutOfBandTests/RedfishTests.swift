import IPMI
import MessageCatalog
import NIOPosix
import OrderedCollections
import Primitives
import SiteDesign
import Synchronization
import TestSupport
import Testing

@testable import OutOfBand

let system = "/redfish/v1/Systems/1"
let reset = system + "/Actions/ComputerSystem.Reset"

/// A node whose BMC is at a port of loopback.
func redfishNode(
    _ port: Int, host: String = "127.0.0.1", scheme: String = "http", password: String? = "password",
    _ parameters: Labels = [:]
) -> BaremetalNode {
    var settings = HostSettings()
    settings.outOfBandType = "redfish"
    settings.outOfBandParameters = ["network": "oob", "account": "admin", "port": "\(port)", "scheme": scheme]
    settings.outOfBandParameters["credential"] = password
    for (name, value) in parameters { settings.outOfBandParameters[name] = value }
    return BaremetalNode(
        name: "n01", settings: settings,
        addressing: [NodeAddress(network: "oob", kind: .fixed, address: host)])
}

func redfish(
    _ node: BaremetalNode, _ pauses: Pauses = Pauses(), journal: RecordedLog = RecordedLog(),
    client: RedfishClient = .shared
) throws -> any OutOfBandDriver {
    try OutOfBand(
        client: IPMIClient(group: MultiThreadedEventLoopGroup.singleton), redfish: client, timing: .patient,
        maximumSessions: 64, logger: journal.logger, pause: { try await pauses.take($0) }, now: pauses.now
    ).driver(for: node)
}

extension RedfishServer {
    func driver(
        _ pauses: Pauses = Pauses(), journal: RecordedLog = RecordedLog(), parameters: Labels = [:]
    ) throws -> any OutOfBandDriver {
        try redfish(redfishNode(port, parameters), pauses, journal: journal)
    }
}

@Suite("Redfish commands")
struct RedfishTests {
    @Test(
        "Redfish: the next boot is ordered once from network or disk and read back after three seconds",
        arguments: [
            (BootSource.network, BootMode.uefi, "Pxe", "UEFI"), (.network, .bios, "Pxe", "Legacy"),
            (.disk, .uefi, "Hdd", "UEFI"), (.disk, .bios, "Hdd", "Legacy"),
        ])
    func nextBoot(source: BootSource, mode: BootMode, target: String, shown: String) async throws {
        let pauses = Pauses()
        try await RedfishServer.with { (server) async throws -> Void in
            let outcome = try await server.driver(pauses).setNextBoot(from: source, mode, until: later)
            #expect(outcome == OutOfBandOutcome(message: "Node n01 boots from the \(source.rawValue) next."))
            #expect(
                server.state.withLock { $0.boot } == [
                    "BootSourceOverrideEnabled": "Once", "BootSourceOverrideTarget": .string(target),
                    "BootSourceOverrideMode": .string(shown),
                ])
            #expect(pauses.all == [.seconds(3)])
        }
    }

    @Test("Redfish: power is read, switched on, off and cycled without a pause where the BMC is quick")
    func power() async throws {
        let pauses = Pauses()
        try await RedfishServer.with { (server) async throws -> Void in
            let driver = try server.driver(pauses)
            #expect(try await driver.powerState(until: later) == .off)
            _ = try await driver.powerOn(until: later)
            #expect(try await driver.powerState(until: later) == .on)
            _ = try await driver.powerCycle(until: later)
            #expect(try await driver.powerState(until: later) == .on)
            _ = try await driver.powerOff(until: later)
            #expect(try await driver.powerState(until: later) == .off)
            #expect(pauses.all.isEmpty)
            let types = server.requests.filter { $0.path == reset }.map { $0.body["ResetType"] }
            #expect(types == ["On", "ForceOff", "On", "ForceOff"])
        }
    }

    @Test("Redfish: each command has a session, which is closed, and no session is left behind")
    func sessions() async throws {
        try await RedfishServer.with { (server) async throws -> Void in
            _ = try await server.driver().powerCycle(until: later)
            #expect(server.state.withLock { $0.tokens }.isEmpty)
            let logins = server.requests.count { $0.line == "POST /redfish/v1/SessionService/Sessions" }
            #expect(logins == server.requests.count { $0.method == "DELETE" })
            #expect(logins == 4)
            #expect(!server.requests.contains { $0.header("Authorization") != nil })
        }
    }

    @Test("Redfish: a machine that goes off slowly is polled, after the first seconds every ten, by what it shows")
    func slowPower() async throws {
        let fault: RedfishServer.Fault = { request, _ in
            request.path == reset ? RedfishResponse(status: 204) : nil
        }
        try await RedfishServer.with({ $0.power = "On" }, fault: fault) { (server) async throws -> Void in
            let pauses = Pauses { count in
                server.state.withLock { $0.power = count < 6 ? "PoweringOff" : "Off" }
            }
            _ = try await server.driver(pauses).powerOff(until: later)
            #expect(pauses.all == [1, 2, 4, 8, 10, 10].map { .seconds($0) })
        }
    }

    @Test("Redfish: a BMC that answers 200 and does nothing fails the cycle, and is not told to go on")
    func ignoredPower() async throws {
        let pauses = Pauses()
        let fault: RedfishServer.Fault = { request, _ in request.path == reset ? .json([:]) : nil }
        try await RedfishServer.with({ $0.power = "On" }, fault: fault) { (server) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await server.driver(pauses).powerCycle(until: later)
            }
            #expect(error?.code == "oob.power")
            #expect(error?.message.contains("is not off 170 s after") == true)
            #expect(server.requests.count { $0.path == reset } == 1)
            #expect(pauses.all.reduce(.zero, +) == .seconds(170))
        }
    }

    @Test("Redfish: a BMC that answers 200 and keeps its boot order is an error that says so")
    func ignoredBoot() async throws {
        let fault: RedfishServer.Fault = { request, _ in request.method == "PATCH" ? .json([:]) : nil }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await server.driver().setNextBoot(from: .network, .uefi, until: later)
            }
            #expect(error?.code == "oob.boot-device")
            #expect(error?.message.contains("reads back 'None, UEFI, Disabled'") == true)
        }
    }

    @Test("Redfish: a machine that is where it should be is not switched")
    func alreadyThere() async throws {
        try await RedfishServer.with { (server) async throws -> Void in
            _ = try await server.driver().powerOff(until: later)
            #expect(!server.requests.contains { $0.path == reset })
        }
    }

    @Test("Redfish: reset types are those that the BMC permits, beside the action or in a resource of their own")
    func resetTypes() async throws {
        let info = "/redfish/v1/Systems/1/ResetActionInfo"
        let fault: RedfishServer.Fault = { request, _ in
            guard request.line == "GET \(info)" else { return nil }
            return .json(["Parameters": [["Name": "ResetType", "AllowableValues": ["ForceOn", "ForceOff"]]]])
        }
        try await RedfishServer.with(
            { $0.resetAction = ["@Redfish.ActionInfo": .string(info)] }, fault: fault
        ) { (server) async throws -> Void in
            _ = try await server.driver().powerOn(until: later)
            #expect(server.requests.first { $0.path == reset }?.body["ResetType"] == "ForceOn")
        }
        try await RedfishServer.with({ $0.resetAction = [:] }) { (server) async throws -> Void in
            _ = try await server.driver().powerOn(until: later)
            #expect(server.requests.first { $0.path == reset }?.body["ResetType"] == "On")
        }
        try await RedfishServer.with({
            $0.power = "On"
            $0.resetAction["ResetType@Redfish.AllowableValues"] = ["GracefulShutdown", "Nmi"]
        }) { (server) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) { try await server.driver().powerOff(until: later) }
            #expect(error?.code == "bmc.command")
            #expect(error?.message.contains("permits are GracefulShutdown, Nmi; switch it by hand") == true)
        }
    }

    @Test("Redfish: firmware without PXE boots by UEFI HTTP, and what is not offered is not ordered")
    func offered() async throws {
        let key = "BootSourceOverrideTarget@Redfish.AllowableValues"
        try await RedfishServer.with({ $0.boot[key] = ["None", "UefiHttp", "Hdd"] }) {
            (server) async throws -> Void in
            _ = try await server.driver().setNextBoot(from: .network, .uefi, until: later)
            #expect(server.state.withLock { $0.boot["BootSourceOverrideTarget"] } == "UefiHttp")
            let error = await #expect(throws: BoatyardError.self) {
                try await server.driver().setNextBoot(from: .network, .bios, until: later)
            }
            #expect(error?.code == "bmc.command")
            #expect(error?.message.contains("it offers None, UefiHttp, Hdd") == true)
        }
        // Without a mode to set there is none in the order.
        try await RedfishServer.with({ $0.boot["BootSourceOverrideMode"] = nil }) { (server) async throws -> Void in
            _ = try await server.driver().setNextBoot(from: .network, .bios, until: later)
            #expect(server.state.withLock { $0.boot["BootSourceOverrideMode"] } == nil)
        }
    }

    @Test("Redfish: a mode that is as it was is left out where the BMC refuses it")
    func unchangedMode() async throws {
        let fault: RedfishServer.Fault = { request, _ in
            guard request.method == "PATCH", request.body["Boot"]?["BootSourceOverrideMode"] != nil else { return nil }
            return .error(400, "PropertyNotWritable", "The property BootSourceOverrideMode is read only")
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            _ = try await server.driver().setNextBoot(from: .network, .uefi, until: later)
            let error = await #expect(throws: BoatyardError.self) {
                try await server.driver().setNextBoot(from: .network, .bios, until: later)
            }
            #expect(error?.message.contains("BootSourceOverrideMode is read only;") == true)
        }
    }

    @Test("Redfish: an order for the next start goes into the pending settings of the system, and is read there")
    func settings() async throws {
        let path = "/redfish/v1/Systems/1/Settings"
        let fault: RedfishServer.Fault = { request, count in
            switch request.line {
            case "GET \(path)":
                return .json([
                    "@odata.etag": "\"7\"",
                    "Boot": [
                        "BootSourceOverrideTarget": count < 3 ? "None" : "Pxe", "BootSourceOverrideEnabled": "Once",
                        "BootSourceOverrideMode": "UEFI",
                    ],
                ])
            case "PATCH \(path)":
                return request.header("If-Match") == "\"7\"" ? RedfishResponse(status: 202) : nil
            default: return nil
            }
        }
        try await RedfishServer.with(
            { $0.system["@Redfish.Settings"] = ["SettingsObject": ["@odata.id": .string(path)]] }, fault: fault
        ) { (server) async throws -> Void in
            _ = try await server.driver().setNextBoot(from: .network, .uefi, until: later)
            #expect(!server.lines.contains("PATCH \(system)"))
        }
    }

    @Test("Redfish: the journal has node, BMC, command and attempt, and neither password nor token")
    func journal() async throws {
        let journal = RecordedLog()
        let fault: RedfishServer.Fault = { request, count in
            request.method == "PATCH" && count == 1 ? .error(503, "ServiceTemporarilyUnavailable", "Later") : nil
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            _ = try await server.driver(journal: journal).setNextBoot(from: .network, .uefi, until: later)
        }
        let commands = journal.events.filter { $0.entry == .bmcCommandDone }.map(\.line)
        #expect(commands.count == 2)
        #expect(commands.allSatisfy { $0.contains("node=n01") && $0.contains("bmc=127.0.0.1:") })
        #expect(journal.events.contains { $0.entry == .bmcCommandRepeated && $0.line.contains("attempt=1") })
        #expect(!journal.lines.contains { $0.contains("password") || $0.contains("token-") || $0.contains("YWRtaW4") })
    }
}

@Suite("Redfish parameters of a design")
struct RedfishParameterTests {
    @Test("Redfish: what the design lacks is named")
    func missing() throws {
        let error = #expect(throws: BoatyardError.self) { try redfish(redfishNode(443, password: nil)) }
        #expect(error?.code == "oob.parameters")
        #expect(error?.message.contains("by Redfish: its design gives no credential;") == true)
    }

    @Test(
        "Redfish: what cannot be used is named",
        arguments: [
            ("port", "0"), ("port", "65536"), ("port", "https"), ("scheme", "ftp"), ("certificate", "any"),
            ("certificate", "AB:CD"),
        ])
    func wrong(name: String, value: String) throws {
        let node = redfishNode(443, scheme: "https", [name: value])
        let error = #expect(throws: BoatyardError.self) { try redfish(node) }
        #expect(error?.code == "oob.parameters")
        #expect(error?.message.contains("'\(value)'") == true)
        let problems = node.outOfBandProblems
        #expect(problems.count == 1 && problems.allSatisfy { error?.message.hasPrefix($0.message) == true })
    }

    @Test("Redfish: fingerprints are read with and without colons")
    func fingerprints() {
        let text = TestCertificate.first.fingerprint
        let digits = text.filter { $0 != ":" }.lowercased()
        #expect(CertificateFingerprint(text)?.description == text)
        #expect(CertificateFingerprint(digits) == CertificateFingerprint(text))
        for wrong in ["", String(digits.dropLast()), digits + "00", text + ":", text.replacing("33:", with: "3:3")] {
            #expect(CertificateFingerprint(wrong) == nil)
        }
    }

    @Test("Redfish: addresses of IPv6 are in brackets, the usual port is left out")
    func addresses() {
        #expect(RedfishEndpoint(host: "fd00::1").authority == "[fd00::1]")
        #expect(RedfishEndpoint(host: "fd00::1").peer == "[fd00::1]:443")
        #expect(RedfishEndpoint(host: "10.0.0.11", port: 8443).authority == "10.0.0.11:8443")
        #expect(RedfishEndpoint(host: "10.0.0.11", trust: .none).peer == "10.0.0.11:80")
    }
}
