import Deckhand
import Drydock
import IPMI
import Logging
import NIOPosix
import OrderedCollections
import OutOfBand
import Primitives
import RehearsalMap
import Simulator
import Store
import Synchronization
import TestSupport
import Testing

/// The example site: its documents in a real Deckhand, a machine with a real BMC for every node of it.
struct TestSite {
    let daemon: TestDaemon
    let machines: [TestMachine]
    let design: String

    static let names = ["berth-1", "berth-2", "berth-3", "berth-4"]

    func machine(_ node: String) throws -> TestMachine {
        guard let machine = machines.first(where: { $0.node == node }) else {
            throw Trouble("no machine \(node)")
        }
        return machine
    }

    /// - Parameters:
    ///   - faults: of a machine, by its node.
    ///   - manualPause: after which it is taken as done what a person is asked to do.
    ///   - pause: how the drivers of the BMCs wait.
    ///   - log: what the service logs is kept there, or nowhere.
    static func run(
        names: [String] = names, faults: [String: TestMachine.Faults] = [:],
        edit: (inout [Value]) -> Void = { _ in },
        configure: @escaping @Sendable (inout DrydockConfiguration) -> Void = { _ in },
        console: BMCConfiguration.ConsoleProtection? = .either,
        manualPause: Duration? = .seconds(60),
        pause: @escaping OutOfBand.Pause = { try await Task.sleep(for: $0) }, log: RecordedLog? = nil,
        _ body: (TestSite) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            var documents = try ExampleSite.documents()
            edit(&documents)
            var machines: [TestMachine] = []
            var endpoints: [String: BMCEndpoint] = [:]
            for document in documents where document["schema"] == "drydock/BaremetalNode/v1" {
                guard let name = document["metadata"]?["name"]?.stringValue,
                    let mac = document["data"]?["metadata"]?["boot_mac"]?.stringValue.flatMap({ MACAddress($0) }),
                    let bmc = document["data"]?["addressing"]?[0]?["address"]?.stringValue, names.contains(name)
                else { continue }
                let machine = TestMachine(node: name, mac: mac, bmcAddress: bmc, faults: faults[name] ?? .init())
                endpoints[bmc] = try await machine.plugIn(
                    user: "operator", password: "anchors-aweigh",
                    redfish: document["data"]?["oob"]?["type"] == "redfish", console: console)
                machines.append(machine)
            }
            let daemon = try TestDaemon(
                folder: folder, outOfBand: outOfBand(endpoints, manualPause, pause), log: log, configure: configure)
            for machine in machines { machine.daemon.withLock { $0 = daemon } }
            let revision = try await daemon.documents.put(bucket: "site", documents: documents).revision ?? 0
            daemon.start()
            let site = TestSite(
                daemon: daemon, machines: machines,
                design: "deckhand+http://127.0.0.1:9000/api/v1.0/revisions/\(revision)/rendered-documents")
            do {
                try await body(site)
            } catch {
                await site.end()
                throw error
            }
            await site.end()
        }
    }

    /// A site of berth-1 alone, to which its boot actions bring `assets`.
    static func run(
        assets: [Value], configure: @escaping @Sendable (inout DrydockConfiguration) -> Void = { _ in },
        _ body: (TestSite) async throws -> Void
    ) async throws {
        try await run(
            names: ["berth-1"],
            edit: { $0.changeData(of: "drydock/BootAction/v1") { $0["assets"] = .array(assets) } },
            configure: configure,
            body)
    }

    /// Prepares and deploys berth-1.
    func deploy(_ design: String? = nil) async throws {
        for action in [TaskAction.prepareNodes, .deployNodes] {
            let task = try await daemon.run(action, design ?? self.design, nodes: ["berth-1"])
            #expect(task.result.successes == ["berth-1"], "\(daemon.lastTree)")
        }
    }

    /// As far as the daemon knows, the machines that it has installed are still to take their boot data, which ends with that
    /// (`docs/reference/node-protocol.md` 2.3.1).
    func expectBootData() async throws {
        try await daemon.database.write {
            try $0.execute(
                "UPDATE drydock_machines SET phase = 'configured' WHERE phase IN ('bootdata', 'installed', 'booted')")
        }
    }

    private func end() async {
        for machine in machines { await machine.unplug() }
        await daemon.stop()
    }

    /// The real drivers, whose rehearsal map leads to the BMCs at `endpoints`.
    private static func outOfBand(
        _ endpoints: [String: BMCEndpoint], _ manualPause: Duration?, _ pause: @escaping OutOfBand.Pause
    ) -> OutOfBand {
        let client = IPMIClient(
            group: MultiThreadedEventLoopGroup.singleton,
            configuration: IPMIConfiguration(
                suites: [.suite17], retry: RetrySchedule(firstTimeout: .milliseconds(500), attempts: 3)))
        let timing = OutOfBandTiming(
            attempts: 1, pauseBetweenAttempts: .zero, pauseBeforeReadBack: .zero, polls: 100,
            pauseBetweenPolls: .milliseconds(20), manualPause: manualPause)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return OutOfBand(
            client: client, timing: timing,
            map: RehearsalMap(bmc: endpoints.mapValues { "\($0.host):\($0.port)" }), maximumSessions: 64,
            logger: logger, pause: pause)
    }
}

extension [Value] {
    /// Changes the data of every document of a schema, or of those of that name.
    mutating func changeData(of schema: String, name: String? = nil, _ change: (inout Value.Object) -> Void) {
        for place in indices where self[place]["schema"]?.stringValue == schema {
            guard case .object(var document) = self[place], case .object(var data) = document["data"],
                name == nil || self[place]["metadata"]?["name"]?.stringValue == name
            else { continue }
            change(&data)
            document["data"] = .object(data)
            self[place] = .object(document)
        }
    }
}
