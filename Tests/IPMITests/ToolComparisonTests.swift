import Foundation
import IPMI
import Primitives
import Simulator
import Testing

/// What our client reads from a BMC is what FreeIPMI reads from the same one.
@Suite("Our client, compared with FreeIPMI", .serialized)
struct ToolComparisonTests {
    static let sensorsTool = Tool("ipmi-sensors")
    static let logTool = Tool("ipmi-sel")
    static let inventoryTool = Tool("ipmi-fru")
    static let infoTool = Tool("bmc-info")

    /// A full record behind its header: y = L((M x + B 10^K1) 10^K2).
    static func body(
        _ number: UInt8, _ name: String, type: UInt8 = 1, unit: UInt8 = 1, format: UInt8 = 0, function: UInt8 = 0,
        m: Int = 1, b: Int = 0, k1: Int = 0, k2: Int = 0
    ) -> [UInt8] {
        func byte(_ value: Int) -> UInt8 { UInt8(truncatingIfNeeded: value) }
        var bytes: [UInt8] = [0x20, 0, number, 3, number, 0x7f, 0x68, type, 1, 0, 0, 0, 0, 0x3f, 0x3f]
        bytes += [format << 6, unit, 0, function]
        bytes += [byte(m), byte(m >> 2) & 0xc0, byte(b), byte(b >> 2) & 0xc0, 0, byte(k2 << 4) | byte(k1) & 0x0f]
        bytes += [0, 0, 0, 0, 0xff] + [UInt8](repeating: 0, count: 12)
        return bytes + [0xc0 | UInt8(name.utf8.count)] + Array(name.utf8)
    }

    /// Every function that has a value there, and the formats of readings.
    static let samples: [(body: [UInt8], reading: UInt8)] = [
        (body(2, "12V", type: 2, unit: 4, m: 60, k2: -3), 200),
        (body(3, "Delta", format: 2, m: -2, b: 5, k1: 1), 0xfe),
        (body(4, "Ones", format: 1, m: 3), 0xfa),
        (body(5, "Far", m: 511, b: -512, k1: 2, k2: -2), 255),
        (body(6, "Ln", function: 1, k2: -1), 100), (body(7, "Log10", function: 2, k2: 1), 100),
        (body(8, "Log2", function: 3), 64), (body(9, "Exp", function: 4, k2: -1), 20),
        (body(10, "Exp10", function: 5), 3), (body(11, "Exp2", function: 6), 10),
        (body(12, "Inverse", type: 4, unit: 18, function: 7, k2: -3), 5), (body(13, "Square", function: 8), 12),
        (body(14, "Cube", function: 9), 7), (body(15, "Root", function: 10), 81),
        (body(16, "Cube root", function: 11), 125),
    ]

    private func arguments(_ endpoint: BMCEndpoint, _ suite: String) -> [String] {
        [
            "-D", "LAN_2_0", "-h", "\(endpoint.host):\(endpoint.port)", "-u", "admin", "-p", "password", "-I", suite,
            "-l", "ADMIN", "-W", "opensesspriv",
        ]
    }

    private func lines(_ tool: Tool?, _ arguments: [String]) async throws -> [[String]] {
        let outcome = try await #require(tool).run(arguments)
        #expect(outcome.status == 0, "\(outcome.text)")
        return outcome.text.split(separator: "\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }

    /// - Returns: the names of the sensors that were compared.
    private func compareSensors(_ client: IPMIClient, _ endpoint: BMCEndpoint, _ suite: String) async throws -> [String]
    {
        let cache = FileManager.default.temporaryDirectory.appendingPathComponent("sdr-\(UUID())")
        try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: cache) }
        let theirs = try await lines(
            Self.sensorsTool,
            arguments(endpoint, suite) + [
                "--sdr-cache-directory", cache.path, "--quiet-cache", "--comma-separated-output", "--no-header-output",
            ])
        let ours = try await client.withSession(endpoint: endpoint, credentials: administrator) { session in
            var ours: [String: Double] = [:]
            for sensor in try await session.sensors() {
                guard let reading = try await session.reading(of: sensor) else { continue }
                ours[sensor.name] = try await session.value(of: reading.raw, sensor)
            }
            return ours
        }
        // Record, name, type, reading to two places, unit, event.
        var names: [String] = []
        for line in theirs {
            try #require(line.count >= 4, "\(line)")
            let value = try #require(Double(line[3]), "\(line)")
            let own = try #require(ours[line[1]], "\(line)")
            // FreeIPMI 1.6 shows 0.00 for every cube root.
            let isKnown = line[1] != "Cube root" || value != 0
            #expect(!isKnown || abs(own - value) <= 0.005 + 1e-6 * abs(value), "\(line), ours: \(own)")
            names.append(line[1])
        }
        return names
    }

    @Test("sensors of our BMC, of every function, read as ipmi-sensors reads them", .enabled(if: sensorsTool != nil))
    func ownSensors() async throws {
        var configuration = configuration()
        configuration.sensors = Self.samples.map {
            BMCSensor(number: $0.body[2], kind: 1, body: $0.body, reading: [$0.reading, 0xc0, 0xc0])
        }
        let chassis = SimulatedChassis()
        _ = chassis.control(.on)
        try await withBMC(configuration, chassis: chassis) { (server) async throws -> Void in
            let names = try await compareSensors(client(), server.endpoint, "17")
            #expect(names.count == Self.samples.count + 1, "\(names)")
        }
    }

    @Test(
        "sensors of ipmi_sim, of every function, read as ipmi-sensors reads them",
        .enabled(if: sensorsTool != nil && IPMISim.tool != nil))
    func simulatedSensors() async throws {
        var commands: [String] = []
        for (index, sample) in Self.samples.enumerated() {
            let record = [UInt8(index + 1), 0, 0x51, 1, UInt8(sample.body.count)] + sample.body
            commands.append("main_sdr_add 0x20 " + record.map { "0x" + [$0].hex }.joined(separator: " "))
            commands.append("sensor_add 0x20 0 \(sample.body[2]) 1 1")
            commands.append("sensor_set_value 0x20 0 \(sample.body[2]) \(sample.reading) 0")
        }
        try await IPMISim.with(host: "127.0.7.4", commands: commands) { (sim) async throws -> Void in
            let names = try await compareSensors(sim.client, sim.endpoint, "3")
            #expect(names.count == Self.samples.count, "\(names)")
        }
    }

    @Test(
        "the event log of our BMC reads as ipmi-sel reads it, which empties it", .enabled(if: logTool != nil),
        arguments: ["3", "17"])
    func ownLog(suite: String) async throws {
        try await withBMC { (server) async throws -> Void in
            let entries = try await client().withSession(endpoint: server.endpoint, credentials: administrator) {
                (session) async throws -> [EventLogEntry] in
                try await session.control(.on)
                try await session.control(.off)
                return try await session.eventLog()
            }
            let formatter = DateFormatter()
            formatter.locale = Locale(identifier: "en_US_POSIX")
            formatter.timeZone = TimeZone(identifier: "UTC")
            formatter.dateFormat = "MMM-dd-yyyy,HH:mm:ss"
            let times = entries.compactMap(\.time).map {
                formatter.string(from: Date(timeIntervalSince1970: TimeInterval($0)))
            }
            let options =
                arguments(server.endpoint, suite) + [
                    "--ignore-sdr-cache", "--comma-separated-output", "--no-header-output",
                ]
            let log = try await lines(Self.logTool, options)
            #expect(log.map(\.first) == ["1", "2"] && log.map(\.last) == ["S0/G0", "S5/G2"], "\(log)")
            #expect(log.map { $0.dropFirst().prefix(2).joined(separator: ",") } == times, "\(log)")
            let information = try await #require(Self.logTool).run(options + ["--info"])
            #expect(information.text.contains("Number of log entries                  : 2"), "\(information.text)")
            let emptied = try await lines(Self.logTool, options + ["--clear"])
            let left = try await lines(Self.logTool, options)
            #expect(emptied.isEmpty && left.isEmpty, "\(emptied) \(left)")
        }
    }

    @Test(
        "event log and inventory of ipmi_sim read as ipmi-sel and ipmi-fru read them, and the log is taken once",
        .enabled(if: logTool != nil && inventoryTool != nil && IPMISim.tool != nil))
    func logAndInventory() async throws {
        func field(_ text: String) -> [UInt8] { [0xc0 | UInt8(text.utf8.count)] + Array(text.utf8) }
        var board: [UInt8] = [1, 0, 0, 0x10, 0x20, 0xa0]
        board += field("ACME") + field("X9DRi") + field("SN123") + field("PN-7") + [0xc1]
        board += [UInt8](repeating: 0, count: 7 - board.count % 8)
        board[1] = UInt8((board.count + 1) / 8)
        var header: [UInt8] = [1, 0, 0, 1, 0, 0, 0]
        header.append(0 &- header.reduce(0, &+))
        let inventory = header + board + [0 &- board.reduce(0, &+)]
        func hexadecimal(_ bytes: [UInt8]) -> String { bytes.map { "0x" + [$0].hex }.joined(separator: " ") }
        let commands = [
            "sel_add 0x20 0x02 " + hexadecimal([0, 0, 0, 0x40, 0x20, 0, 4, 0x01, 2, 0x01, 0x59, 0x4b, 0x4a]),
            "sel_add 0x20 0x02 " + hexadecimal([0, 0, 0, 0x40, 0x20, 0, 4, 0x22, 3, 0x6f, 0x05, 0xff, 0xff]),
            "sel_add 0x20 0xe1 " + hexadecimal((1...13).map { $0 }),
            "mc_add_fru_data 0x20 0 \(inventory.count) data " + hexadecimal(inventory),
        ]
        try await IPMISim.with(host: "127.0.7.5", commands: commands) { (sim) async throws -> Void in
            let theirs = try await sim.client.withSession(endpoint: sim.endpoint, credentials: administrator) {
                (session) async throws -> Inventory in
                let entries = try await session.eventLog()
                #expect(entries.map(\.record) == [1, 2, 3] && entries.map(\.isSystemEvent) == [true, true, false])
                #expect(entries[2].time == nil && Array(entries[2].bytes.dropFirst(3)) == (1...13).map { $0 })
                let names = entries.prefix(2).map {
                    EventNames.event($0.eventType, $0.eventData[0] & 0x0f, sensorType: $0.sensorType)
                }
                #expect(names == ["upper critical, going high", "S5/G2 soft off"])
                return try await session.inventory()
            }
            #expect(theirs.board?.fields == ["ACME", "X9DRi", "SN123", "PN-7"])
            let date = try #require(theirs.boardDate)
            #expect(Timestamp(microseconds: Int64(date) * 1_000_000).formatted(.iso).hasPrefix("2015-12-14T11:28"))
            let fru = try await #require(Self.inventoryTool).run(
                arguments(sim.endpoint, "3") + ["--ignore-sdr-cache"])
            for expected in ["12/14/15 - 11:28:00", ": ACME", ": X9DRi", ": SN123", ": PN-7"] {
                #expect(fru.text.contains(expected), "\(fru.text)")
            }
            let log = try await lines(
                Self.logTool,
                arguments(sim.endpoint, "3") + [
                    "--ignore-sdr-cache", "--comma-separated-output", "--no-header-output",
                ])
            #expect(log.map(\.first) == ["1", "2", "3"], "\(log)")
            #expect(log[0].joined().contains("Upper Critical - going high"), "\(log)")
            #expect(log[1].joined().contains("S5/G2"), "\(log)")
            let taken = try await sim.client.withSession(endpoint: sim.endpoint, credentials: administrator) {
                try await $0.takeEventLog(pause: { _ in })
            }
            #expect(taken.entries.count == 3 && taken.missing == 0)
            let left = try await #require(Self.logTool).run(
                arguments(sim.endpoint, "3") + ["--ignore-sdr-cache", "--no-header-output"])
            #expect(left.text.isEmpty, "\(left.text)")
        }
    }

    @Test("the LAN configuration of our BMC is read in full, its identity as bmc-info shows it")
    func lan() async throws {
        try await withBMC { (server) async throws -> Void in
            let lan = try await client().withSession(endpoint: server.endpoint, credentials: administrator) {
                try await $0.lanConfiguration()
            }
            #expect(lan.address?.description == "10.0.0.11" && lan.netmask?.description == "255.255.255.0")
            #expect(lan.gateway?.description == "10.0.0.1" && lan.source == .fixed && lan.vlan == nil)
            #expect(lan.macAddress?.description == "52:54:00:00:00:0b" && lan.ipv6.isEmpty)
            #expect(lan.suites.map(\.number) == [3, 17])
            #expect(lan.suites.allSatisfy { $0.privilege == .administrator })
        }
    }
}
