import Installation
import OrderedCollections
import Primitives
import SiteDesign
import Synchronization
import TestSupport
import Testing

@testable import InstallerTools

@Suite("Links and neighbours, as a test of hardware reads them")
struct LinkTesterTests {
    private static let neighbour = ExpectedNeighbour("switch-3 Ethernet7")
    private static let heard = Neighbour(system: "switch-3", port: "Ethernet7")

    /// The files of a machine's interfaces, and programs that answer by a clock that only pauses move.
    private final class Machine: Sendable {
        private struct State: Sendable {
            var elapsed = Duration.zero
            var commands: [String] = []
        }

        let folder: String
        /// What `ethtool` prints, by interface; it fails for others.
        let ethtool: [String: String]
        /// What becomes of the carrier of `eno1`, in seconds from the beginning.
        let carrier: [Int: Bool]
        /// From when on, in seconds, lldpd tells of a neighbour at `eno1`; nil where it never does.
        let hearsAt: Int?
        let hasDaemon: Bool
        private let start = ContinuousClock.now
        private let state = Mutex(State())

        init(
            _ folder: String, ethtool: [String: String] = [:], carrier: [Int: Bool] = [:], hearsAt: Int? = nil,
            hasDaemon: Bool = true
        ) {
            self.folder = folder
            self.ethtool = ethtool
            self.carrier = carrier
            self.hearsAt = hearsAt
            self.hasDaemon = hasDaemon
        }

        var elapsed: Duration { state.withLock { $0.elapsed } }
        var commands: [String] { state.withLock { $0.commands } }

        func write(_ file: String, _ text: String) throws {
            try FileContents.write(Array("\(text)\n".utf8), to: "\(folder)/sys/class/net/\(file)")
        }

        /// - Parameter files: beside those that every interface has.
        func add(_ name: String, _ mac: String, isUp: Bool = true, _ files: [String: String]) throws {
            try FileContents.makeFolder("\(folder)/sys/class/net/\(name)/device")
            let own = ["type": "1", "addr_assign_type": "0", "address": mac, "flags": isUp ? "0x1003" : "0x1002"]
            for (file, text) in own.merging(files, uniquingKeysWith: { $1 }) { try write("\(name)/\(file)", text) }
        }

        private func run(_ command: Command) throws -> CommandOutcome {
            state.withLock { $0.commands.append(command.arguments.joined(separator: " ")) }
            var output = ""
            switch command.arguments[0] {
            case "ethtool":
                guard let text = ethtool[command.arguments[1]] else {
                    throw CommandFailure("process.missing", "there is no ethtool")
                }
                output = text
            case "lldpctl":
                guard hasDaemon else { throw CommandFailure("process.failed", "there is no lldpd") }
                let isHeard = hearsAt.map { elapsed >= .seconds($0) } ?? false
                let port: Value = [
                    "name": "eno1", "chassis": [["name": [["value": "switch-3"]]]],
                    "port": [["id": [["value": "Ethernet7"]]]],
                ]
                output = (["lldp": [["interface": isHeard ? [port] : []]]] as Value).json(.compact)
            default: break
            }
            return CommandOutcome(end: .exited(0), output: Array(output.utf8), isTruncated: false, tail: [])
        }

        private func pause(_ duration: Duration) throws {
            let (before, after) = state.withLock { state in
                defer { state.elapsed += duration }
                return (state.elapsed, state.elapsed + duration)
            }
            for second in carrier.keys.sorted() where before < .seconds(second) && .seconds(second) <= after {
                try write("eno1/carrier", carrier[second] == true ? "1" : "0")
            }
        }

        func read(
            _ names: OrderedDictionary<String, ExpectedNeighbour?>, _ addresses: [String: String]
        ) async throws -> [LinkReadings] {
            let interfaces = try addresses.sorted { $0.key < $1.key }.map { name, mac in
                MachineFacts.Interface(name: name, mac: try #require(MACAddress(mac)))
            }
            let tester = LinkTester(
                system: SystemFiles(root: folder), log: InstallerLog { _ in },
                limits: HardwareTestPlan.Limits(memorySeconds: 1, readPlaces: 1, diskSeconds: 1, neighbourSeconds: 65),
                run: { [self] in try run($0) }, now: { [self] in start + elapsed }, pause: { [self] in try pause($0) })
            return try await tester.read(names, MachineFacts(firmware: .uefi, disks: [], interfaces: interfaces))
        }
    }

    private static let first = "52:54:00:00:00:01"
    private static let second = "52:54:00:00:00:02"

    @Test("the speed of a link is what ethtool says, or else the kernel; an interface that was down is down again")
    func speed() async throws {
        try await withTemporaryFolder { folder in
            let machine = Machine(
                folder, ethtool: ["eno1": "\tSpeed: 10000Mb/s\n\tDuplex: Full\n\tLink detected: yes\n"])
            try machine.add("eno1", Self.first, ["carrier": "1", "speed": "10000", "duplex": "full"])
            try machine.add("eno2", Self.second, isUp: false, ["carrier": "1", "speed": "100", "duplex": "half"])
            // Nobody has asked for it.
            try machine.add("eno3", "52:54:00:00:00:03", isUp: false, ["carrier": "1"])
            let readings = try await machine.read(
                ["eno1": nil, "eno2": nil], ["eno1": Self.first, "eno2": Self.second])
            #expect(readings.map(\.name) == ["eno1", "eno2"])
            #expect(readings.first?.link == .read(LinkState(hasCarrier: true, speed: 10000, isFullDuplex: true)))
            #expect(readings.last?.link == .read(LinkState(hasCarrier: true, speed: 100, isFullDuplex: false)))
            #expect(readings.allSatisfy { $0.neighbours == .read([]) })
            #expect(
                machine.commands.filter { $0.hasPrefix("ip") } == [
                    "ip link set dev eno2 addrgenmode none", "ip link set dev eno2 up", "ip link set dev eno2 down",
                ])
            // Both links were there, and nobody is expected at them.
            #expect(machine.elapsed == .zero)
        }
    }

    @Test("a virtual link has no speed, and is read by the name that the facts have for its address")
    func odd() async throws {
        try await withTemporaryFolder { folder in
            let machine = Machine(folder)
            try machine.add("ens3", Self.first, ["carrier": "1", "speed": "-1", "duplex": "unknown"])
            let readings = try await machine.read(["eno1": nil], ["eno1": Self.first])
            #expect(readings.map(\.name) == ["eno1"])
            #expect(readings.first?.link == .read(LinkState(hasCarrier: true)))
        }
    }

    @Test(
        "a neighbour that is heard late is heard, on a link that comes up late, too",
        arguments: [
            ([:], 40, 40), ([:], 64, 64), ([10: true], 70, 70),
        ] as [([Int: Bool], Int, Int)])
    func late(carrier: [Int: Bool], hearsAt: Int, seconds: Int) async throws {
        try await withTemporaryFolder { folder in
            let machine = Machine(folder, carrier: carrier, hearsAt: hearsAt)
            try machine.add("eno1", Self.first, ["carrier": carrier[10] == nil ? "1" : "0"])
            let readings = try await machine.read(["eno1": Self.neighbour], ["eno1": Self.first])
            #expect(readings.first?.neighbours == .read([Self.heard]))
            #expect(machine.elapsed == .seconds(seconds))
        }
    }

    @Test("a link without a neighbour is listened on for its full time, and is silent then")
    func silent() async throws {
        try await withTemporaryFolder { folder in
            let machine = Machine(folder)
            try machine.add("eno1", Self.first, ["carrier": "1"])
            let readings = try await machine.read(["eno1": Self.neighbour], ["eno1": Self.first])
            #expect(readings.first?.neighbours == .read([]))
            // The first look that is not before the limit of 65.
            #expect(machine.elapsed == .seconds(66))
        }
    }

    @Test("a link that does not come up is waited for fifteen seconds, and says nothing of a neighbour")
    func down() async throws {
        try await withTemporaryFolder { folder in
            let machine = Machine(folder)
            try machine.add("eno1", Self.first, ["carrier": "0"])
            let reading = try #require(try await machine.read(["eno1": Self.neighbour], ["eno1": Self.first]).first)
            #expect(reading.link == .read(LinkState(hasCarrier: false)))
            guard case .missing(let reason) = reading.neighbours else { throw Trouble("\(reading.neighbours)") }
            #expect(reason.hasPrefix("its link came up too late"))
            #expect(machine.elapsed == .seconds(15))
        }
    }

    @Test("a link that is interrupted is not called silent")
    func interrupted() async throws {
        try await withTemporaryFolder { folder in
            let machine = Machine(folder, carrier: [30: false, 31: true])
            try machine.add("eno1", Self.first, ["carrier": "1"])
            let reading = try #require(try await machine.read(["eno1": Self.neighbour], ["eno1": Self.first]).first)
            guard case .missing(let reason) = reading.neighbours else { throw Trouble("\(reading.neighbours)") }
            #expect(reason.contains("went down meanwhile") && machine.elapsed == .seconds(30))
        }
    }

    @Test("an installer without lldpd says so at once, and a test that is cancelled ends")
    func withoutDaemon() async throws {
        try await withTemporaryFolder { folder in
            let machine = Machine(folder, hasDaemon: false)
            try machine.add("eno1", Self.first, ["carrier": "1"])
            let reading = try #require(try await machine.read(["eno1": Self.neighbour], ["eno1": Self.first]).first)
            guard case .missing(let reason) = reading.neighbours else { throw Trouble("\(reading.neighbours)") }
            #expect(reason.hasPrefix("lldpd") && machine.elapsed == .zero)
            let tester = LinkTester(
                system: SystemFiles(root: folder), log: InstallerLog { _ in }, limits: HardwareTestPlan.Limits(.quick),
                run: { _ in throw CancellationError() })
            let interface = MachineFacts.Interface(name: "eno1", mac: try #require(MACAddress(Self.first)))
            await #expect(throws: CancellationError.self) {
                _ = try await tester.read(
                    ["eno1": nil], MachineFacts(firmware: .uefi, disks: [], interfaces: [interface]))
            }
        }
    }
}
