import Logging
import MessageCatalog
import OutOfBand
import Primitives
import SiteDesign
import Store

/// Looks at the power of the nodes of the design in the background, where no task works on them
/// (`docs/reference/drydock.md` §13.23).
struct PowerSweep: Sendable {
    let store: PowerStore
    let tasks: TaskStore
    let designs: DesignLibrary
    let outOfBand: any OutOfBandDrivers
    let reservations: NodeReservations
    /// What drivers have learnt of BMCs: which firmware they have, once a day.
    let memory: BMCMemory
    /// In seconds: the shortest time between two looks at a node; nil looks at none.
    let interval: Double?
    let logger: Logger
    let now: @Sendable () -> Timestamp
    /// From 0 up to 1.
    var random: @Sendable () -> Double = { .random(in: 0..<1) }

    /// How many BMCs are asked at a time: most sessions are left to tasks.
    static let width = 16
    /// How many nodes are looked at in a round.
    private static let round = 256
    /// In seconds: how long a BMC is asked.
    private static let patience = 10.0
    /// In seconds: how often it is looked whether there is another design.
    private static let longestPause = 60.0
    /// In seconds: after what went wrong apart from the BMCs.
    private static let longestRest = 600.0

    /// What is looked at now.
    private struct Site {
        var design: DesignAddress
        var nodes: [String: BaremetalNode]
    }

    /// Returns at cancellation.
    func run() async throws {
        guard let interval, interval > 0 else { return }
        let clock = ContinuousClock()
        let start = clock.now
        func time() -> Double { (clock.now - start).inSeconds }
        var schedule = SweepSchedule(shortest: interval, random: random)
        var site: Site?
        var isUnreadableUntil = 0.0
        // A moment of its own for those that are due together.
        let pause = min(5, interval / 4)
        while !Task.isCancelled {
            do {
                if time() >= isUnreadableUntil {
                    let present = try await self.present(site)
                    // Other accounts, other addresses.
                    if present?.design != site?.design {
                        schedule = SweepSchedule(shortest: interval, random: random)
                        schedule.follow(present.map { Set($0.nodes.keys) } ?? [], at: time())
                    }
                    site = present
                }
                if let site { try await look(site, &schedule, time) }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // The database has no room, or the design cannot be had now.
                isUnreadableUntil = time() + Self.longestRest
                logger.info(
                    .powerNotWatched, "the power of nodes is not looked at now", metadata: ["error": "\(error.inWords)"]
                )
            }
            let left = schedule.next.map { $0 - time() } ?? interval
            try await Task.sleep(for: .seconds(min(max(left, pause), Self.longestPause)))
        }
    }

    /// The design that machines were worked on with last: what only looks at designs does not decide which BMCs are shown the
    /// account. It is read again only where it is another one.
    private func present(_ site: Site?) async throws -> Site? {
        guard let design = try await tasks.newestWorkedDesign() else { return nil }
        if site?.design == design { return site }
        guard let found = try await designs.compiled(design.reveal()).site else {
            return Site(design: design, nodes: site?.nodes ?? [:])
        }
        var nodes: [String: BaremetalNode] = [:]
        for node in found.nodes {
            // Whom nobody but a person can ask, and what the design does not say how to reach, is left alone.
            guard let driver = try? outOfBand.driver(for: node), !driver.needsHuman else { continue }
            nodes[node.name] = node
        }
        try await store.keep(Set(found.nodes.map(\.name)))
        return Site(design: design, nodes: nodes)
    }

    private func look(_ site: Site, _ schedule: inout SweepSchedule, _ time: () -> Double) async throws {
        let known = try await store.all()
        let commands = await store.commands
        // A command of a task or an operator has shown that the account is good again.
        schedule.resume(known.filter { $0.value.failure == nil }.keys, at: time())
        var due: [BaremetalNode] = []
        for name in schedule.due(at: time(), limit: Self.round) {
            guard let node = site.nodes[name] else { continue }
            if reservations.isReserved(name) { schedule.postpone(name, at: time()) } else { due.append(node) }
        }
        guard !due.isEmpty else { return }
        let looks = try await withThrowingTaskGroup(of: PowerLook.self) { group in
            var looks: [PowerLook] = []
            for (place, node) in due.enumerated() {
                if place >= Self.width, let look = try await group.next() { looks.append(look) }
                // A BMC that was away may have been updated.
                let before = known[node.name]
                let asksFirmware = before?.observed == nil || before?.failure != nil
                group.addTask {
                    try await BMCRequester.$words.withValue("the look at the power of all nodes") {
                        try await look(at: node, asksFirmware: asksFirmware)
                    }
                }
            }
            for try await look in group { looks.append(look) }
            return looks
        }
        // Of a node that a task has taken meanwhile the task knows better.
        let free = looks.filter { !reservations.isReserved($0.node) }
        let noted: Result<Set<String>, any Error>
        do { noted = .success(try await store.note(free, after: commands)) } catch { noted = .failure(error) }
        // A database that is full must not have BMCs asked more often.
        let news = (try? noted.get()) ?? []
        for look in looks {
            if case .failure(let failure) = look.result {
                // An account that is refused is not tried again: BMCs lock it.
                if failure.isOfAccount { schedule.rest(look.node) } else { schedule.failed(look.node, at: time()) }
            } else {
                schedule.answered(look.node, isChanged: news.contains(look.node), at: time())
            }
        }
        _ = try noted.get()
    }

    private func look(at node: BaremetalNode, asksFirmware: Bool) async throws -> PowerLook {
        let deadline = now().adding(seconds: Self.patience)
        do {
            let driver = try outOfBand.driver(for: node)
            let power: Machine.Power =
                switch try await driver.powerState(until: deadline) {
                case .on: .on
                case .off: .off
                case .unknown: .unknown
                }
            var firmware: String?
            if asksFirmware { firmware = try? await driver.firmware(until: deadline) }
            firmware = firmware ?? driver.memoryPlace.flatMap { memory.record($0.name)?.firmware }
            return PowerLook(node: node.name, result: .success(power), firmware: firmware)
        } catch {
            try Task.checkCancellation()
            return PowerLook(node: node.name, result: .failure(.init(error)))
        }
    }
}

extension Duration {
    fileprivate var inSeconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
