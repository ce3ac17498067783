import Cryptography
import IPMI
import Netboot
import OrderedCollections
import Primitives
import SiteDesign
import Store
import Synchronization
import TestSupport
import Testing

@testable import Drydock

@Suite("A machine that was told to boot from the network", .serialized)
struct NetworkBootTests {
    private static let start = Timestamp(microseconds: 1_000_000_000_000)

    private static func boot(
        orders: Int = 1, isTold: Bool = true, isHeard: Bool = false, isGone: Bool = false, rival: String? = nil
    ) -> NetworkBoot {
        NetworkBoot(
            orders: orders, limit: 2, isTold: isTold, signs: BootSigns(isHeard: isHeard, rival: rival), isGone: isGone,
            patience: 480, hearing: start.adding(seconds: 480), arrival: start.adding(seconds: 600))
    }

    private static let hearing = start.adding(seconds: 480)
    private static let arrival = start.adding(seconds: 600)

    private static let steps: [(boot: NetworkBoot, seconds: Double, step: NetworkBoot.Step)] = [
        (boot(orders: 0, isTold: false), 0, .order),
        // The daemon ended in the middle of the order.
        (boot(isTold: false), 10, .order),
        (boot(isTold: false, isHeard: true), 10, .waits(until: hearing)),
        (boot(), 479, .waits(until: hearing)),
        (boot(), 480, .order),
        (boot(orders: 2), 480, .fails),
        (boot(isHeard: true), 480, .waits(until: arrival)),
        (boot(isHeard: true), 600, .order),
        (boot(orders: 2, isHeard: true), 599, .waits(until: arrival)),
        (boot(orders: 2, isHeard: true), 600, .fails),
        (boot(isHeard: true, isGone: true), 10, .order),
        (boot(orders: 2, isHeard: true, isGone: true), 10, .fails),
        (boot(rival: "other"), 479, .waits(until: hearing)),
        (boot(rival: "other"), 480, .fails),
    ]

    @Test("what follows is decided by what was told, what was heard and the time")
    func steps() {
        for (place, one) in Self.steps.enumerated() {
            #expect(one.boot.step(at: Self.start.adding(seconds: one.seconds)) == one.step, "case \(place)")
        }
    }

    @Test("an order that the end of the daemon cut off is not counted twice, and those of another task do not count")
    func count() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            let notifier = Notifier<DrydockTopic>()
            let tasks = TaskStore(
                database: database, vault: Vault(keys: .init(Secret([UInt8](repeating: 7, count: 32)))),
                notifier: notifier, listener: .nobody, now: { Self.start })
            let boots = NetworkBootStore(database: database, now: { Self.start })
            var ids: [String] = []
            for _ in 0..<2 {
                ids.append(try await tasks.create(TaskRequest(action: .noop, design: "", createdBy: "")).id)
            }
            var counts: [Int?] = []
            func note() async throws { counts.append(try await boots.order(of: "n1")?.count) }
            try await note()
            for id in [ids[0], ids[0]] {
                try await boots.begin("n1", task: id)
                try await note()
            }
            try await boots.end("n1", task: ids[0])
            #expect(try await boots.order(of: "n1")?.told == Self.start)
            try await boots.begin("n1", task: ids[0])
            try await note()
            try await boots.begin("n1", task: ids[1])
            try await note()
            #expect(counts == [nil, 1, 1, 2, 1])
            await database.close()
        }
    }

    @Test(
        "of a node that boots from media only what its installer asks counts, and what it does not do is told as such")
    func media() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            let mac = try #require(MACAddress("52:54:00:20:01:11"))
            let machines = MachineStore(
                database: database, notifier: Notifier<DrydockTopic>(), now: { Self.start }, needsPin: false)
            let node = BaremetalNode(name: "n1", settings: HostSettings(), addressing: [], bootMAC: mac.description)
            try await machines.expect(["n1"], of: [ExpectedNode(node, bootMode: .uefi)])
            let timeline = TimelineStore(database: database, now: { Self.start })
            for (kind, step) in [
                (TimelineEvent.Kind.dhcp, TimelineStore.lease), (.dhcp, TimelineStore.systemLease), (.tftp, "sent"),
                (.download, "vmlinuz"), (.test, "begun"), (.attempt, "deploy_node"),
                (.failure, "deploy_node"),
            ] {
                try await timeline.record(kind, step, "it happened", mac: mac)
            }
            #expect(try await timeline.signs(of: "n1", since: Self.start, isByMedia: true) == BootSigns())
            let seen = try await timeline.signs(of: "n1", since: Self.start)
            #expect(seen.isHeard && seen.disk?.contains("it happened") == true)
            try await timeline.record(.script, "test", "is sent to the installer", mac: mac)
            #expect(try await timeline.signs(of: "n1", since: Self.start, isByMedia: true) == BootSigns(isHeard: true))
            await database.close()
        }
        func message(_ signs: BootSigns) -> String {
            var boot = Self.boot(orders: 2)
            (boot.isByMedia, boot.signs) = (true, signs)
            return NetworkBootFailure(
                node: "n1", mac: nil, bmcAddress: "10.0.0.1", boot: boot, awaited: "its inventory", power: .on,
                lastSeen: "", console: ""
            ).message
        }
        let told = "it was told 2 times to boot from the image in the drive of its BMC, and switched off and on"
        for (signs, start, remedy) in [
            (BootSigns(), "The installer of n1 has never asked for anything: \(told)", "boots from virtual media"),
            (BootSigns(isHeard: true), "n1 has started the installer of its image, but its inventory", "its screen"),
            (BootSigns(disk: "it ran"), "n1 has booted from its disk, not from the image", "choose the drive by hand"),
        ] {
            let text = message(signs)
            #expect(text.hasPrefix(start) && text.contains(told) && text.contains(remedy), "\(text)")
        }
    }

    @Test("a machine whose installer was there, and that was told nothing, is not told of as told")
    func notTold() {
        var boot = Self.boot(orders: 0)
        boot.signs = BootSigns(isHeard: true)
        let text = NetworkBootFailure(
            node: "n1", mac: nil, bmcAddress: "10.0.0.1", boot: boot, awaited: "the start of its work", power: .on,
            lastSeen: "", console: ""
        ).message
        #expect(
            text
                == "The installer of n1 was there and has fallen silent, and the start of its work did not come in time: it was not "
                + "told to boot from the network, as its installer was heard before. Look at its screen or console, then run the "
                + "action again.")
    }

    /// Prepares berth-1, of which something has to be heard within a second and a half.
    private func prepare(
        _ faults: TestMachine.Faults, _ body: (TestSite, DrydockTask, String) async throws -> Void
    ) async throws {
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": faults], configure: { $0.timeouts.networkBoot = 1.5 }
        ) { site in
            let task = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            try await body(site, task, site.daemon.lastTree)
        }
    }

    @Test("one that is silent is told again, and goes on")
    func again() async throws {
        try await prepare(.init(silentBoots: 1)) { site, task, tree in
            #expect(task.result.successes == ["berth-1"], "\(tree)")
            #expect(try site.machine("berth-1").story.powerOns == 2)
            let service = await site.daemon.service()
            let identify = try #require(
                try await service.children(of: task.id).first { $0.action == .identifyNode })
            let texts = try await service.children(of: identify.id).flatMap(\.messages).map(\.text)
            #expect(
                texts.contains(
                    "Nothing was heard of it after it was told to boot from the network: berth-1 is told again (2 of 2)."
                ),
                "\(texts)")
        }
    }

    @Test("one that stays silent fails after the second time, with what was tried, its power, and what to look at")
    func silent() async throws {
        try await prepare(.init(silentBoots: 99)) { site, task, tree in
            #expect(task.result.failures == ["berth-1"], "\(tree)")
            let story = try site.machine("berth-1").story
            #expect(story.powerOns == 2)
            #expect(story.bootDevices.filter { $0 == .pxe }.count == 2)
            for part in [
                "berth-1 has never asked for anything on the network: it was told 2 times to boot from the network",
                "none boots from 52:54:00:20:01:11", "Its BMC says that it is on.", "Last seen: ", "Check its cable",
            ] { #expect(tree.contains(part), "\(tree)") }
        }
    }

    @Test("one that starts the system on its disk is told as such, by what DHCP or that system says")
    func disk() async throws {
        let mac = try #require(MACAddress("52:54:00:20:01:11"))
        let lease = NetbootEvent(
            mac: mac, kind: .leasedToSystem, time: .now(), detail: "10.20.1.11, an operating system")
        let report: Value = ["phase": "booted", "message": "up", "sequence": 100]
        let cases: [(sign: String, does: @Sendable (DrydockService) async throws -> Void)] = [
            ("an operating system has asked for its address there (10.20.1.11", { try await $0.note(lease) }),
            (
                "a system that was installed earlier has spoken from 10.20.1.11",
                { service in
                    await #expect(throws: DrydockError.self) {
                        try await service.installEvent(token: "00", report, peer: "10.20.1.11:4000")
                    }
                }
            ),
        ]
        for (sign, does) in cases {
            try await prepare(.init(instead: does)) { _, task, tree in
                #expect(task.result.failures == ["berth-1"], "\(tree)")
                for part in ["berth-1 has booted from its disk, not from the network", sign, "boot order"] {
                    #expect(tree.contains(part), "\(tree)")
                }
            }
        }
    }

    @Test("one whose firmware is heard is waited for until its deadline")
    func heard() async throws {
        let mac = try #require(MACAddress("52:54:00:20:01:11"))
        let lease = NetbootEvent(mac: mac, kind: .leased, time: .now(), detail: "10.20.1.11, efi-x64")
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": .init(instead: { try await $0.note(lease) })],
            configure: {
                $0.timeouts.networkBoot = 1.5
                $0.timeouts.identifyNode = 2
                $0.networkBoots = 1
            }
        ) { site in
            let task = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.failures == ["berth-1"])
            #expect(try site.machine("berth-1").story.powerOns == 1)
            #expect(
                site.daemon.lastTree.contains(
                    "berth-1 has asked for a boot over the network, but its inventory did not come in time"),
                "\(site.daemon.lastTree)")
        }
    }

    @Test("an attempt to install a machine that comes into no installer ends after so many orders")
    func deployment() async throws {
        try await TestSite.run(
            names: ["berth-1"],
            configure: {
                $0.timeouts.networkBoot = 1.5
                $0.retries = 0
            }
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let machine = try site.machine("berth-1")
            machine.daemon.withLock { $0 = nil }
            machine.hang()
            let before = machine.story.powerOns
            let task = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.failures == ["berth-1"], "\(site.daemon.lastTree)")
            #expect(machine.story.powerOns == before + 2)
            #expect(
                site.daemon.lastTree.contains(
                    "An attempt to deploy berth-1 failed: berth-1 has never asked for anything on the network: it was told 2 "
                        + "times"), "\(site.daemon.lastTree)")
        }
    }
}
