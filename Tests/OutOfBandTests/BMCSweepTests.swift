import IPMI
import NIOPosix
import Primitives
import Simulator
import Testing

@testable import OutOfBand

@Suite("Addresses of BMCs")
struct BMCAddressTests {
    private func texts(_ texts: String...) throws -> [String] { try BMCAddresses(texts).endpoints.map { "\($0)" } }

    @Test("single addresses, ranges, networks, ports and lists are read, each address once")
    func addresses() throws {
        #expect(try texts("10.0.0.11") == ["10.0.0.11:623"])
        #expect(
            try texts("10.0.0.254-10.0.1.1") == ["254", "255"].map { "10.0.0.\($0):623" } + [
                "10.0.1.0:623", "10.0.1.1:623",
            ])
        #expect(try texts("10.0.0.9-11", "10.0.0.10") == ["10.0.0.9:623", "10.0.0.10:623", "10.0.0.11:623"])
        #expect(try texts("10.0.0.0/30") == ["10.0.0.1:623", "10.0.0.2:623"])
        #expect(try texts("10.0.0.4/31") == ["10.0.0.4:623", "10.0.0.5:623"] && texts("10.0.0.4/32").count == 1)
        #expect(try texts("10.0.0.1:6230-6231,10.0.0.2") == ["10.0.0.1:6230", "10.0.0.1:6231", "10.0.0.2:623"])
        #expect(try BMCAddresses(["10.0.0.1-10.0.3.232"]).endpoints.count == 1000)
        #expect(try BMCAddresses(["10.0.0.0/22"]).endpoints.count == 1022)
    }

    @Test("addresses of IPv6 are read, with ports behind brackets")
    func ipv6() throws {
        #expect(try texts("fd00::11") == ["[fd00::11]:623"])
        #expect(try texts("fd00::fe-fd00::100") == ["[fd00::fe]:623", "[fd00::ff]:623", "[fd00::100]:623"])
        #expect(try texts("[fd00::1-fd00::2]:6230") == ["[fd00::1]:6230", "[fd00::2]:6230"])
        #expect(try texts("[fd00::/126]:623") == ["[fd00::1]:623", "[fd00::2]:623", "[fd00::3]:623"])
    }

    @Test(
        "what cannot be read is quoted, and too many addresses are told before they are counted",
        arguments: [
            "host", "10.0.0.1-9.0.0.1", "10.0.0.1-fd00::1", "10.0.0.1-", "10.0.0.1-2-3", "10.0.0.0/33", "10.0.0.1:0",
            "10.0.0.1:9-8", "10.0.0.1:", "[fd00::1", "[fd00::1]623", "10.0.0.0/8", "fd00::/64", "::/0",
            "10.0.0.0/16:1-2", "", ",", "0.0.0.0", "224.0.0.1", "239.255.255.255:623", "255.255.255.255",
            "223.255.255.255-224.0.0.0", "::", "ff02::1", "[ff02::1]:623", "::ffff:224.0.0.1",
        ])
    func errors(text: String) {
        let error = #expect(throws: BoatyardError.self) { try BMCAddresses([text]) }
        #expect(error?.code == "bmc.addresses")
    }

    @Test("an address that is not of one machine is refused, with what it is")
    func nonUnicast() throws {
        let error = #expect(throws: BoatyardError.self) { try BMCAddresses(["223.255.255.254-224.0.0.9"]) }
        #expect(
            error?.message == "224.0.0.0 of '223.255.255.254-224.0.0.9' is a multicast address, which no BMC has",
            "\(error?.message ?? "")")
        #expect(try texts("223.255.255.255", "127.0.0.1", "fe80::1").count == 3)
    }
}

@Suite("A sweep of BMCs")
struct BMCSweepTests {
    private static let credentials = BMCCredentials(user: "admin", password: Secret("password"))

    /// BMCs on ports of one address; every second one is on.
    private func withBMCs(
        _ count: Int, host: String = "127.0.0.1", _ faults: (Int) -> BMCFaults = { _ in BMCFaults() },
        _ body: ([BMCServer]) async throws -> Void
    ) async throws {
        var servers: [BMCServer] = []
        for index in 0..<count {
            let configuration = BMCConfiguration(
                user: "admin", password: Secret("password"), guid: [UInt8(index)])
            servers.append(
                try await BMCServer.start(
                    group: MultiThreadedEventLoopGroup.singleton, host: host, port: 0, configuration: configuration,
                    chassis: SimulatedChassis(Chassis(isPoweredOn: index % 2 == 0)), faults: faults(index)))
        }
        do {
            try await body(servers)
        } catch {
            for server in servers { await server.stop() }
            throw error
        }
        for server in servers { await server.stop() }
    }

    private func sweep(
        powerOnly: Bool = true, parallel: Int = 512, hasty: Bool = false,
        _ credentials: BMCCredentials = Self.credentials
    ) -> BMCSweep {
        let retry = hasty ? RetrySchedule(firstTimeout: .milliseconds(200), attempts: 3) : BMCSweep.retry
        return BMCSweep(
            client: IPMIClient(
                configuration: IPMIConfiguration(
                    retry: retry, retryOnceHeard: BMCSweep.retryOnceHeard, keepAlive: nil)),
            credentials: credentials, isPowerOnly: powerOnly, parallel: parallel, time: .seconds(60))
    }

    @Test("each BMC has its finding, in the order of the addresses, however few are asked at once")
    func order() async throws {
        try await withBMCs(12) { servers in
            for parallel in [1, 5, 100] {
                let findings = await sweep(parallel: parallel).run(servers.map(\.endpoint))
                #expect(findings.map(\.endpoint) == servers.map(\.endpoint))
                #expect(findings.map { $0.value["power"]?.stringValue } == (0..<12).map { $0 % 2 == 0 ? "on" : "off" })
            }
            let statistics = try await servers[0].statistics()
            #expect(statistics.sessionsOpened == 3)
        }
    }

    @Test("vendor, model and firmware are told")
    func information() async throws {
        try await withBMCs(2) { servers in
            let findings = await sweep(powerOnly: false).run(servers.map(\.endpoint))
            for (finding, power) in zip(findings, ["on", "off"]) {
                #expect(finding.value["vendor"] == "Boatyard" && finding.value["model"] == "Simulated machine")
                #expect(finding.value["firmware"] == "1.10" && finding.value["power"] == .string(power))
            }
        }
    }

    @Test("a BMC that is silent, or refuses the account, is told with its reason")
    func reasons() async throws {
        let faults: (Int) -> BMCFaults = { index in
            var faults = BMCFaults()
            faults.silent = index == 0
            faults.wrongPassword = index == 1
            return faults
        }
        try await withBMCs(3, faults) { servers in
            let findings = await sweep(hasty: true).run(servers.map(\.endpoint))
            let codes = findings.map { $0.value["error"]?["code"]?.stringValue }
            #expect(codes == ["bmc.timeout", "bmc.authentication", nil])
            let reasons = findings.map { $0.value["error"]?["reason"]?.stringValue }
            #expect(reasons == ["silent", "account", nil])
        }
    }

    @Test("a BMC that answers late is waited for once it was heard")
    func late() async throws {
        let faults: (Int) -> BMCFaults = { _ in
            var faults = BMCFaults()
            faults.delay = .milliseconds(500)
            return faults
        }
        try await withBMCs(2, faults) { servers in
            let findings = await sweep().run(servers.map(\.endpoint))
            #expect(findings.map { $0.value["power"]?.stringValue } == ["on", "off"], "\(findings.map(\.value))")
        }
    }

    @Test("what is not silent is not told as silence, and a missing BMC key not as a wrong account")
    func otherReasons() {
        let reasons: [(IPMIError, BMCSweep.Reason)] = [
            (IPMIError(.timeout(attempts: 5, seconds: 4), ""), .silent),
            (IPMIError(.timeout(attempts: 2, seconds: 0.84), "", .heard), .unusable),
            (IPMIError(.deadline, ""), .silent), (IPMIError(.deadline, "", .heard), .unusable),
            (IPMIError(.authentication(.unauthorizedName), ""), .account),
            (IPMIError(.authentication(.invalidIntegrityCheckValue), "", .bmcKey), .bmcKey),
            (IPMIError(.refused(.insufficientResources), ""), .refused), (IPMIError(.transport, ""), .other),
        ]
        for (error, reason) in reasons { #expect(BMCSweep.Reason(error) == reason, "\(error.kind)") }
    }

    @Test("a BMC that repeats its password as the model of its machine does not have it shown")
    func secrets() async throws {
        let credentials = BMCCredentials(user: "admin", password: Secret("Simulated"))
        let server = try await BMCServer.start(
            group: MultiThreadedEventLoopGroup.singleton, host: "127.0.0.1", port: 0,
            configuration: BMCConfiguration(user: "admin", password: Secret("Simulated"), guid: []),
            chassis: SimulatedChassis())
        let findings = await sweep(powerOnly: false, credentials).run([server.endpoint])
        #expect(findings.first?.value["model"] == "[secret] machine", "\(findings.map(\.value))")
        await server.stop()
    }

    @Test("BMCs are asked by IPv6")
    func ipv6() async throws {
        do {
            try await withBMCs(1, host: "::1") { servers in
                #expect(await sweep().run(servers.map(\.endpoint)).first?.value["power"] == "on")
            }
        } catch {
            print("skipped: this host has no IPv6: \(error)")
        }
    }

    @Test("a silent BMC is given up within five seconds, as the schedule has it")
    func patience() {
        let most = (1...BMCSweep.retry.attempts).map { BMCSweep.retry.timeout(attempt: $0, random: 255) }.reduce(
            .zero, +)
        #expect(most < .seconds(5))
    }
}
