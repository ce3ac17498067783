import Cryptography
import Deckhand
import Drydock
import DrydockFake
import Logging
import Netboot
import OrderedCollections
import OutOfBand
import Primitives
import SiteDesign
import Store
import TestSupport
import Testing

@testable import Shipyard
@testable import SiteActions

/// What the real Drydock does for Shipyard, and the one of the tests must do as well.
@Suite struct ProvisionerContractTests {
    enum Kind: CaseIterable, Sendable { case real, fake }

    /// A provisioner, and a design of four nodes whose preparation does not end: no machine ever boots.
    private func with(_ kind: Kind, _ body: (any SiteProvisioner, String) async throws -> Void) async throws {
        guard kind == .real else {
            let fake = FakeProvisioner(nodes: Self.names)
            fake.hold([.prepareNodes])
            return try await body(fake, "deckhand+http://127.0.0.1/api/v1.0/revisions/1/rendered-documents")
        }
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db",
                migrations: (DeckhandSchema.migrations + DrydockMigration.all).withoutGaps)
            let key = Secret([UInt8](repeating: 5, count: 32))
            let documents = try DocumentService(database: database, masterKey: key)
            let revision = try await documents.put(bucket: "site", documents: ExampleSite.documents()).revision ?? 0
            var configuration = DrydockConfiguration(
                stateDirectory: folder, nodeURL: { "http://192.0.2.1:8080" },
                internalURL: { "http://192.0.2.1:9000/api/v1.0" },
                timeouts: DrydockConfiguration.Timeouts(
                    drydock: 300, identifyNode: 600, configureHardware: 1800, deployNode: 2700,
                    bootActionFinalStatus: 900, destroyNode: 1800))
            configuration.installer = .addresses(
                kernel: "http://192.0.2.1:8080/vmlinuz", ramdisk: "http://192.0.2.1:8080/initrd")
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let service = DrydockService(
                DrydockDependencies(
                    database: database, documents: documents, configuration: configuration,
                    outOfBand: ObedientBMCs(), keys: Keyring(key), logger: logger))
            let running = Task { try await service.run() }
            let result: Result<Void, any Error>
            do {
                let host = "deckhand+http://127.0.0.1/api/v1.0"
                result = .success(try await body(service, "\(host)/revisions/\(revision)/rendered-documents"))
            } catch {
                result = .failure(error)
            }
            running.cancel()
            _ = await running.result
            await database.close()
            try result.get()
        }
    }

    private static let names = ["berth-1", "berth-2", "berth-3", "berth-4"]

    private func filter(_ names: String...) -> Value { NodeSelector.filter(names: names) }

    private func kind(of body: () async throws -> some Sendable) async -> ErrorKind? {
        do {
            _ = try await body()
            return nil
        } catch {
            return (error as? DrydockError)?.kind
        }
    }

    @Test("a task is made once for a key, and is there with its end", arguments: Kind.allCases)
    func keys(kind: Kind) async throws {
        try await with(kind) { (provisioner, design) async throws -> Void in
            let request = TaskRequest(action: .verifySite, design: design, createdBy: "shipyard", key: "a/1")
            let task = try await provisioner.createTask(request)
            #expect(UUIDv4(task.id) != nil)
            #expect(task.action == .verifySite)
            #expect(task.createdBy == "shipyard")
            #expect(try await provisioner.createTask(request).id == task.id)
            var other = request
            other.key = "a/2"
            #expect(try await provisioner.createTask(other).id != task.id)
            let ended = try await provisioner.awaitTask(task.id, until: .now().adding(seconds: 60))
            #expect(ended.status == .complete)
            #expect(ended.result.status == .success)
            #expect(try await provisioner.task(task.id)?.isComplete == true)
            #expect(try await provisioner.createTask(request).isComplete)
        }
    }

    @Test("what cannot be done is refused before there is a task", arguments: Kind.allCases)
    func invalidRequests(kind: Kind) async throws {
        try await with(kind) { (provisioner, design) async throws -> Void in
            func errorKind(_ action: TaskAction, _ filter: Value) async -> ErrorKind? {
                await self.kind {
                    try await provisioner.createTask(
                        TaskRequest(
                            action: action, design: design, nodeFilter: filter, createdBy: "shipyard", key: "a/1"))
                }
            }
            #expect(await errorKind(.deployNode, .null) == .invalid)
            #expect(await errorKind(.prepareNodes, filter("berth-1", "berht-2")) == .invalid)
            #expect(await errorKind(.prepareNodes, ["filter_set_type": "either"]) == .invalid)
            #expect(await errorKind(.prepareNodes, filter("berth-1")) == nil)
        }
    }

    @Test("a task that has not ended is answered as it is at the deadline", arguments: Kind.allCases)
    func deadline(kind: Kind) async throws {
        try await with(kind) { (provisioner, design) async throws -> Void in
            let task = try await provisioner.createTask(
                TaskRequest(
                    action: .prepareNodes, design: design, nodeFilter: filter("berth-2"), createdBy: "shipyard",
                    key: "a/1"))
            let later = try await provisioner.awaitTask(task.id, until: .now().adding(seconds: 0.2))
            #expect(!later.isComplete)
            #expect(later.result.status == .incomplete)
            #expect(try await provisioner.awaitTask(task.id, until: .now().adding(seconds: -1)).id == task.id)
        }
    }

    @Test(
        "of a task that runs it is told which nodes it has done with, at once or at the deadline",
        arguments: Kind.allCases)
    func progress(kind: Kind) async throws {
        try await with(kind) { (provisioner, design) async throws -> Void in
            let task = try await provisioner.createTask(
                TaskRequest(action: .prepareNodes, design: design, createdBy: "shipyard", key: "a/1"))
            let later = try await provisioner.awaitTask(task.id, beyond: [], until: .now().adding(seconds: 0.2))
            #expect(!later.isComplete)
            #expect(later.result.successes == [])
            let other = try await provisioner.createTask(
                TaskRequest(action: .verifySite, design: design, createdBy: "shipyard", key: "a/2"))
            let ended = try await provisioner.awaitTask(other.id, beyond: [], until: .now().adding(seconds: 60))
            #expect(ended.isComplete)
            let unknown = await self.kind {
                try await provisioner.awaitTask(UUIDv4().description, beyond: [], until: .now().adding(seconds: 60))
            }
            #expect(unknown == .missing)
        }
    }

    @Test("tasks are terminated by the beginning of their keys, as failures", arguments: Kind.allCases)
    func termination(kind: Kind) async throws {
        try await with(kind) { (provisioner, design) async throws -> Void in
            func make(_ key: String, _ action: TaskAction = .prepareNodes) async throws -> String {
                try await provisioner.createTask(
                    TaskRequest(action: action, design: design, createdBy: "shipyard", key: key)
                ).id
            }
            let ended = try await make("a/step/1//verify_site", .verifySite)
            _ = try await provisioner.awaitTask(ended, until: .now().adding(seconds: 60))
            let mine = try await make("a/step/1//prepare_nodes")
            let other = try await make("a/step/11//prepare_nodes")
            try await provisioner.terminateTasks(keyPrefix: "a/step/1/", reason: "enough")
            let task = try await provisioner.awaitTask(mine, until: .now().adding(seconds: 60))
            #expect(task.status == .terminated)
            #expect(task.result.status == .failure)
            #expect(task.messages.contains { $0.isError && $0.text == "enough" })
            #expect(try await provisioner.task(ended)?.status == .complete)
            #expect(try await provisioner.task(other)?.isComplete == false)
        }
    }

    @Test("an unknown task is nil, has no build data, and cannot be waited for", arguments: Kind.allCases)
    func unknown(kind: Kind) async throws {
        try await with(kind) { (provisioner, _) async throws -> Void in
            let id = UUIDv4().description
            #expect(try await provisioner.task(id) == nil)
            #expect(try await provisioner.buildData(task: id) == [])
            let found = await self.kind {
                try await provisioner.awaitTask(id, until: .now().adding(seconds: 60))
            }
            #expect(found == .missing)
        }
    }

    @Test("a filter picks nodes in the order of the design, and what is none is refused", arguments: Kind.allCases)
    func nodeNames(kind: Kind) async throws {
        try await with(kind) { (provisioner, design) async throws -> Void in
            func names(_ filter: Value) async throws -> [String] {
                try await provisioner.nodeNames(design: design, filter: filter)
            }
            #expect(try await names(.null) == Self.names)
            #expect(try await names(filter("berth-3", "berth-1", "berth-9")) == ["berth-1", "berth-3"])
            #expect(try await names(NodeSelector.filter([])) == Self.names)
            let malformed = await self.kind { try await names(["filter_set": []]) }
            #expect(malformed == .invalid)
            #expect(try await provisioner.nodes() == [])
        }
    }

    @Test("tasks are found by the beginning of their keys, the oldest first", arguments: Kind.allCases)
    func keyedTasks(kind: Kind) async throws {
        try await with(kind) { (provisioner, design) async throws -> Void in
            var ids: [String] = []
            for key in ["a/step/2//x", "a/step/1//y", "a/step2/1//x", "b/step/1//x"] {
                let request = TaskRequest(action: .verifySite, design: design, createdBy: "shipyard", key: key)
                ids.append(try await provisioner.createTask(request).id)
            }
            let step = try await provisioner.tasks(keyPrefix: "a/step/")
            #expect(Array(step.keys) == ["a/step/2//x", "a/step/1//y"])
            #expect(step.values.map(\.id) == Array(ids[...1]))
            #expect(try await provisioner.tasks(keyPrefix: "a/").count == 3)
            #expect(try await provisioner.tasks(keyPrefix: "c/").isEmpty)
        }
    }

    @Test("every node of a site has a status under its full name before its machine is seen", arguments: Kind.allCases)
    func siteNodes(kind: Kind) async throws {
        try await with(kind) { (provisioner, design) async throws -> Void in
            let nodes = try await provisioner.siteNodes(design: design)
            #expect(nodes.compactMap(\.node) == Self.names)
            #expect(nodes.allSatisfy { $0.hostname.hasPrefix("\($0.node ?? "?").") })
            #expect(nodes.allSatisfy { $0.statusName == "Missing" && $0.power == .unknown })
        }
    }

    @Test("a good design is valid, and a reference that nobody reads is refused", arguments: Kind.allCases)
    func designs(kind: Kind) async throws {
        try await with(kind) { (provisioner, design) async throws -> Void in
            let status = try await provisioner.validateDesign(design)
            #expect(status.isSuccess)
            #expect(status.status == .success)
            #expect(status.errorCount == 0)
            let unreadable = await self.kind { try await provisioner.validateDesign("gopher://x") }
            #expect(unreadable == .invalid)
        }
    }
}

/// BMCs that do at once what they are told; their nodes send nothing.
private struct ObedientBMCs: OutOfBandDrivers {
    let types = OutOfBand.types

    func acknowledge(node: String) -> String? { nil }

    func driver(for node: BaremetalNode) -> any OutOfBandDriver { ObedientBMC(node: node.name) }
}

private struct ObedientBMC: OutOfBandDriver {
    let node: String

    func powerState(until deadline: Timestamp) -> PowerState { .on }

    func setNextBoot(from source: BootSource, _ mode: BootMode, until deadline: Timestamp) -> OutOfBandOutcome {
        OutOfBandOutcome(message: "Node \(node) boots from the \(source.rawValue) next.")
    }

    func powerOff(until deadline: Timestamp) -> OutOfBandOutcome { OutOfBandOutcome(message: "Node \(node) is off.") }

    func powerOn(until deadline: Timestamp) -> OutOfBandOutcome { OutOfBandOutcome(message: "Node \(node) is on.") }

    func powerCycle(until deadline: Timestamp) -> OutOfBandOutcome {
        OutOfBandOutcome(message: "Node \(node) was off and is on.")
    }
}
