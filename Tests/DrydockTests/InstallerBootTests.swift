import Cryptography
import Drydock
import Netboot
import OrderedCollections
import Primitives
import RehearsalMap
import Store
import Synchronization
import TestSupport
import Testing

@Suite("Boots into the installer, and who comes with them")
struct InstallerBootTests {
    private static let mac = MACAddress("02:00:00:00:00:01") ?? .zero

    private static func token(_ service: DrydockService, _ mac: MACAddress = mac) async throws -> String {
        try bootToken(in: try await service.bootScript(mac: mac, peer: "192.0.2.77:4000"))
    }

    @Test("the installer comes from the rehearsal, else from where the settings say, else from this daemon")
    func source() async throws {
        func script(_ configure: @escaping @Sendable (inout DrydockConfiguration) -> Void) async throws -> [String] {
            var lines: [String] = []
            try await TestSite.run(names: [], configure: configure) { site in
                let text = try await site.daemon.service().bootScript(mac: Self.mac, peer: "192.0.2.77:4000")
                lines = text.split(separator: "\n").map(String.init)
            }
            return lines
        }
        func expect(_ lines: [String], _ kernel: String, _ ramdisk: String) {
            #expect(lines.first { $0.hasPrefix("kernel ") }?.split(separator: " ")[3] == Substring(kernel))
            #expect(lines.contains { $0.hasPrefix("initrd ") && $0.contains(" \(ramdisk) ") }, "\(lines)")
        }
        let addresses = InstallerSource.addresses(kernel: "http://192.0.2.9/k", ramdisk: "http://192.0.2.9/r")
        expect(
            try await script { $0.installer = .files }, "http://192.0.2.1:8080/netboot/vmlinuz",
            "http://192.0.2.1:8080/netboot/initrd")
        expect(try await script { $0.installer = addresses }, "http://192.0.2.9/k", "http://192.0.2.9/r")
        let rehearsed = try await script {
            $0.installer = addresses
            $0.rehearsal = RehearsalMap(
                installer: .init(kernel: "http://127.0.0.1:18080/k", initrd: "http://127.0.0.1:18080/r"))
        }
        expect(rehearsed, "http://127.0.0.1:18080/k", "http://127.0.0.1:18080/r")
        let without = try await script {
            $0.installer = addresses
            $0.rehearsal = RehearsalMap()
        }
        expect(without, "http://192.0.2.9/k", "http://192.0.2.9/r")
    }

    @Test("the newest 4096 boots of unknown addresses are remembered, and those of machines always")
    func forgottenBoots() async throws {
        try await TestSite.run(names: []) { site in
            let service = await site.daemon.service()
            let known = try await Self.token(service, MACAddress("02:00:00:00:00:09") ?? .zero)
            _ = try await service.inventory(token: known, ["cpu_count": 4])
            let oldest = try await Self.token(service)
            let minted = try await site.daemon.database.read {
                try $0.query("SELECT max(minted) FROM drydock_boots").first?.int64(0) ?? 0
            }
            try await site.daemon.database.write { connection in
                try connection.execute(
                    """
                    INSERT INTO drydock_boots (mac, token_hash, peer, minted, is_pooled)
                    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 4094)
                    SELECT printf('02:00:00:01:%02x:%02x', n / 256, n % 256), 'made up ' || n, '192.0.2.1', ? + n, 1
                    FROM numbers
                    """, [.int(minted)])
            }
            let next = try await Self.token(service, MACAddress("02:00:00:00:00:02") ?? .zero)
            // With this one they are 4096.
            try await service.requireToken(oldest)
            let last = try await Self.token(service, MACAddress("02:00:00:00:00:03") ?? .zero)
            let error = await #expect(throws: DrydockError.self) { try await service.requireToken(oldest) }
            #expect(error?.kind == .forbidden)
            for token in [known, next, last] { try await service.requireToken(token) }
            let count = try await site.daemon.database.read {
                try $0.query("SELECT count(*) FROM drydock_boots").first?.int(0)
            }
            #expect(count == 4096 + 1)
        }
    }

    @Test("of a boot token the sum is stored, and nothing in the state directory holds the token")
    func storedToken() async throws {
        try await TestSite.run(names: []) { site in
            let service = await site.daemon.service()
            let token = try await Self.token(service)
            #expect(token.count == 64 && token.allSatisfy(\.isHexDigit))
            _ = try await service.inventory(token: token, ["cpu_count": 4])
            let stored = try await site.daemon.database.read {
                try $0.query("SELECT token_hash FROM drydock_boots").map { try $0.text(0) }
            }
            let sum = Hash.sha256(Array(token.utf8)).hex
            #expect(stored == [sum])
            let files = try #require(FolderContents.names(in: site.daemon.folder))
                .filter { $0.hasPrefix("boatyard.db") }
            let contents = try files.flatMap { try FileContents.read("\(site.daemon.folder)/\($0)") }
            #expect(contents.firstRange(of: Array(sum.utf8)) != nil, "\(files)")
            #expect(contents.firstRange(of: Array(token.utf8)) == nil)
        }
    }

    @Test(
        "256 machines without a node are recorded, for one more the oldest goes, and a node of the design takes no place"
    )
    func unknownMachines() async throws {
        try await TestSite.run(names: ["berth-1"]) { site in
            let machine = try site.machine("berth-1")
            // It is played here.
            machine.daemon.withLock { $0 = nil }
            let service = await site.daemon.service()
            try await site.daemon.database.write { connection in
                try connection.execute(
                    """
                    INSERT INTO drydock_machines (id, mac, state, intent, power, created, updated)
                    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 254)
                    SELECT printf('01BTTMFVDKZFRJM80FGD7J1%03d', n), printf('02:00:00:01:00:%02x', n), ?1, ?2, ?3, ?4, ?4
                    FROM numbers
                    """,
                    [
                        .text(MachineState.new.rawValue), .text(MachineIntent.discover.rawValue),
                        .text(Machine.Power.on.rawValue), .int(Timestamp.now().adding(seconds: -60).microseconds),
                    ])
            }
            func inventory(_ last: Int, details: Int) async throws -> Value {
                let mac = try #require(MACAddress("02:00:00:00:00:0\(last)"))
                let data = String(repeating: "x", count: details)
                return try await service.inventory(
                    token: try await Self.token(service, mac),
                    ["cpu_count": 4, "details": [["generator": "lshw", "data": .string(data)]]])
            }
            func kept(_ answer: Value) async throws -> Value {
                let id = answer["machine"]?.stringValue ?? ""
                return try await site.daemon.database.read {
                    let rows = try $0.query("SELECT inventory FROM drydock_inventories WHERE machine = ?", [.text(id)])
                    return try rows.first.map { try Value(json: $0.text(0)) } ?? .null
                }
            }
            func unknown() async throws -> [String] {
                try await service.unknownMachines().map(\.mac.description)
            }
            let small = try await inventory(1, details: 60_000)
            let large = try await inventory(2, details: 64 << 10)
            #expect(small["node"] == .null)
            #expect(try await kept(small)["details"]?[0]?["generator"] == "lshw")
            #expect(try await kept(large) == ["cpu_count": 4])
            #expect(try await unknown().count == 256)
            _ = try await inventory(3, details: 1)
            #expect(try await unknown().count == 256)
            #expect(try await unknown().count { $0.hasPrefix("02:00:00:00:00:") } == 3)
            // One that is known already may say more.
            #expect(try await inventory(1, details: 1)["machine"] == small["machine"])

            let task = try await service.createTask(
                TaskRequest(
                    action: .prepareNodes, design: site.design, nodeFilter: Self.filter("berth-1"), createdBy: "tester")
            )
            while try await service.tasks().compactMap(\.waiting?.event).first != "the inventory of berth-1" {
                try Task.checkCancellation()
                await Task.yield()
            }
            let token = try await Self.token(service, machine.mac)
            let answer = try await service.inventory(token: token, ["bmc_address": .string(machine.bmcAddress)])
            #expect(answer["node"] == "berth-1")
            #expect(try await unknown().count == 256)
            #expect(try await site.daemon.ended(task.id).result.successes == ["berth-1"])
        }
    }

    private static func filter(_ node: String) -> Value {
        ["filter_set_type": "union", "filter_set": [["filter_type": "union", "node_names": [.string(node)]]]]
    }

    @Test("what an installer reports stands among the messages of the task that ordered its work")
    func reports() async throws {
        try await TestSite.run(names: ["berth-1"], faults: ["berth-1": .init(failsAt: .image)]) { site in
            try await site.deploy()
            let service = await site.daemon.service()
            let leaves = try await service.tasks().filter { task in
                task.action == .deployNode && task.messages.contains { $0.text.hasPrefix("Installer: ") }
            }
            #expect(leaves.map(\.retry) == [0, 1])
            let reports = leaves.map { $0.messages.filter { $0.text.hasPrefix("Installer: ") } }
            #expect(
                reports.map { $0.map(\.text) } == [
                    ["started", "partitioned", "failed: the disk is on fire"].map { "Installer: \($0)" },
                    ["started", "partitioned", "image", "configured", "bootdata", "installed", "booted"]
                        .map { "Installer: \($0)" },
                ])
            for message in reports.flatMap(\.self) {
                #expect(message.isError == message.text.hasPrefix("Installer: failed"))
                #expect(message.contextType == "node" && message.context == "berth-1")
            }
        }
    }

    @Test("a design without boot actions is deployed, and its plans have no boot data")
    func noBootActions() async throws {
        try await TestSite.run(
            names: ["berth-1"], edit: { $0.removeAll { $0["schema"] == "drydock/BootAction/v1" } }
        ) { site in
            try await site.deploy()
            let plan = try #require(try site.machine("berth-1").plan)
            #expect(plan["boot_data"] == .null)
            #expect(plan["boot_actions"] == [])
            #expect(try site.machine("berth-1").story.complaints.isEmpty)
        }
    }
}
