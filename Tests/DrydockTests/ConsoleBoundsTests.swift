import Logging
import OutOfBand
import Primitives
import SiteDesign
import Store
import Synchronization
import TestSupport
import Testing

@testable import Drydock

/// BMCs that have consoles and nothing else, and count them.
private final class CountedConsoles: Sendable {
    struct Count: Sendable {
        var opened: Set<String> = []
        var attempts = 0
        var open = 0
        var most = 0
        var reads = 0
    }

    enum Machine: Sendable {
        case quiet
        /// Writes this as often as it is asked.
        case floods([UInt8])
        /// Its BMC ends the console as soon as it is read.
        case ends
    }

    private let machine: Machine
    private let state = Mutex(Count())
    private let notifier = Notifier<Anything>()

    init(_ machine: Machine = .quiet) { self.machine = machine }

    var count: Count { state.withLock { $0 } }

    func driver(_ node: String) -> any OutOfBandDriver { Driver(bmcs: self, node: node) }

    func wait(until isDone: @escaping @Sendable (Count) -> Bool) async throws {
        _ = try await notifier.first(of: .anything, within: 3600) { isDone(self.count) ? true : nil }
    }

    private func change(_ body: (inout Count) -> Void) {
        state.withLock { body(&$0) }
        notifier.notify()
    }

    private struct Console: MachineConsole {
        let bmcs: CountedConsoles
        let line = AsyncStream<[UInt8]>.makeStream()

        func read() async throws -> [UInt8]? {
            try Task.checkCancellation()
            bmcs.change { $0.reads += 1 }
            switch bmcs.machine {
            case .quiet:
                for await bytes in line.stream { return bytes }
                try Task.checkCancellation()
                return nil
            case .floods(let bytes): return bytes
            case .ends: throw ConsoleTrouble("The BMC has ended it.", passes: true)
            }
        }

        func write(_ characters: [UInt8]) {}

        func sendBreak() {}

        /// As with a real BMC, that takes a while.
        func close() async {
            line.continuation.finish()
            for _ in 0..<100 { await Task.yield() }
            bmcs.change { $0.open -= 1 }
        }
    }

    private struct Driver: OutOfBandDriver {
        let bmcs: CountedConsoles
        let node: String

        var hasConsole: Bool { true }

        func openConsole(takesOver: Bool, until deadline: Timestamp) -> any MachineConsole {
            bmcs.change {
                $0.opened.insert(node)
                $0.attempts += 1
                $0.open += 1
                $0.most = max($0.most, $0.open)
            }
            return Console(bmcs: bmcs)
        }

        func powerState(until deadline: Timestamp) -> PowerState { .unknown }

        func setNextBoot(from source: BootSource, _ mode: BootMode, until deadline: Timestamp) throws
            -> OutOfBandOutcome
        {
            throw Trouble("not asked for")
        }

        func powerOff(until deadline: Timestamp) throws -> OutOfBandOutcome { throw Trouble("not asked for") }

        func powerOn(until deadline: Timestamp) throws -> OutOfBandOutcome { throw Trouble("not asked for") }

        func powerCycle(until deadline: Timestamp) throws -> OutOfBandOutcome { throw Trouble("not asked for") }
    }
}

@Suite("Bounds of consoles")
struct ConsoleBoundsTests {
    private func with(
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        _ body: (ConsoleService, ConsoleFiles) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { (folder) async throws -> Void in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            let files = ConsoleFiles(stateDirectory: folder)
            let service = ConsoleService(
                files: files, stores: true, timeline: TimelineStore(database: database, now: { .now() }),
                logger: Logger(label: "test"), pause: pause, now: { .now() })
            do {
                try await body(service, files)
            } catch {
                await database.close()
                throw error
            }
            await database.close()
        }
    }

    private static func watch(
        _ node: String, _ service: ConsoleService, _ bmcs: CountedConsoles, _ body: () async throws -> Void
    ) async throws {
        try await service.watching(node, by: bmcs.driver(node), append: { _, _ in }, body)
    }

    @Test("of many machines at work no more than 64 have their consoles read, and each place goes on to the next")
    func places() async throws {
        try await with { (service, _) async throws -> Void in
            let bmcs = CountedConsoles()
            try await withThrowingDiscardingTaskGroup { group in
                for number in 0..<300 {
                    group.addTask {
                        let node = "n\(number)"
                        try await Self.watch(node, service, bmcs) {
                            try await bmcs.wait { $0.opened.count >= ConsoleService.places && $0.opened.contains(node) }
                        }
                    }
                }
            }
            try await bmcs.wait { $0.open == 0 }
            #expect(bmcs.count.opened.count == 300)
            #expect(bmcs.count.most == ConsoleService.places)
        }
    }

    @Test("a machine that writes without end fills neither the disk nor memory, and its console is given back")
    func flood() async throws {
        try await with { (service, files) async throws -> Void in
            let line = Array("\u{1b}[1;1H\(String(repeating: "0123456789", count: 12))\u{8}\r\n".utf8)
            let bmcs = CountedConsoles(.floods((0..<2000).flatMap { _ in line }))
            // One who follows and takes nothing.
            let following = await service.console(of: "n1").follow()
            try await Self.watch("n1", service, bmcs) { try await bmcs.wait { $0.reads > 3 } }
            try await bmcs.wait { $0.open == 0 }
            #expect(following.tail.isEmpty)
            let text = try await ConsoleFiles.onThread { try files.text(of: "n1", boot: 0) } ?? []
            #expect(!text.isEmpty && text.count <= 2 * ConsoleFiles.half)
            #expect(await service.lastWords(of: "n1").utf8.count < 1000)
            let late = await service.console(of: "n1").follow()
            #expect(late.tail.count <= NodeConsole.tailSize)
        }
    }

    @Test("a console is given back where the work with its machine is cancelled, and where the daemon ends")
    func cancelled() async throws {
        try await with { (service, _) async throws -> Void in
            let bmcs = CountedConsoles()
            let work = Task {
                try await Self.watch("n1", service, bmcs) { try await bmcs.wait { $0.attempts == .max } }
            }
            try await bmcs.wait { $0.open == 1 }
            work.cancel()
            await #expect(throws: CancellationError.self) { try await work.value }
            try await bmcs.wait { $0.open == 0 }
            try await service.console(of: "n1").enter(bmcs.driver("n1"), takesOver: false)
            #expect(bmcs.count.open == 1)
            let ending = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                await service.end()
            }
            await ending.value
            #expect(bmcs.count.open == 0)
        }
    }

    @Test("a BMC that ends its console again and again is asked again ever more rarely")
    func endings() async throws {
        let pauses = Mutex<[Duration]>([])
        try await with(pause: { duration in
            try Task.checkCancellation()
            pauses.withLock { $0.append(duration) }
        }) { (service, _) async throws -> Void in
            let bmcs = CountedConsoles(.ends)
            try await Self.watch("n1", service, bmcs) { try await bmcs.wait { $0.attempts > 20 } }
            try await bmcs.wait { $0.open == 0 }
        }
        let all = pauses.withLock { $0 }
        #expect(all.prefix(8).allSatisfy { $0 == .seconds(1) })
        #expect(all.count > 8 && all.dropFirst(8).allSatisfy { $0 == .seconds(10) })
    }
}
