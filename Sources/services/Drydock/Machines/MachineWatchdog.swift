import Logging
import MessageCatalog
import Primitives
import Store

/// Since when machines are at the same point of their work while no task deals with them.
///
/// A value that reads nothing. Times are seconds of a clock that nobody sets.
struct SilenceWatch: Sendable {
    /// A machine at work that no task deals with.
    struct Sight: Sendable, Hashable {
        var machine: ULID
        /// The name of its node.
        var node: String
        /// What it has come to.
        var work: MachineWork
        /// In seconds: how long it may be there.
        var limit: Double
    }

    /// In seconds: how long each is waited for at least from when it is first seen here, as machines could not reach a daemon that
    /// was away.
    let grace: Double
    private var since: [Sight: Double] = [:]

    init(grace: Double) { self.grace = grace }

    /// - Parameter sights: all that there are now, with the seconds for which they have been there as the database has it.
    /// - Returns: those that have been at the same point for too long.
    mutating func overdue(_ sights: [Sight: Double], at time: Double) -> Set<Sight> {
        since = since.filter { sights[$0.key] != nil }
        for (sight, age) in sights where since[sight] == nil {
            since[sight] = time - min(max(0, age), max(0, sight.limit - grace))
        }
        return Set(sights.keys.filter { time - (since[$0] ?? time) >= $0.limit })
    }
}

/// Ends the work of machines that no task deals with any more, as after a stop, and of which nothing is heard for as long as a task
/// would have waited; those that were erased to be installed are forgotten (`docs/reference/drydock.md` §13.24).
struct MachineWatchdog: Sendable {
    let tasks: TaskStore
    let machines: MachineStore
    let reservations: NodeReservations
    let timeouts: DrydockConfiguration.Timeouts
    let logger: Logger
    let now: @Sendable () -> Timestamp

    /// Returns at cancellation.
    func run() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        var watch = SilenceWatch(grace: timeouts.resumeGrace)
        while !Task.isCancelled {
            do {
                try await look(&watch, at: (clock.now - start) / .seconds(1))
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // Without room on the disk nothing can be written; the next look comes.
                logger.info(
                    .machinesNotWatched, "machines without a task are not looked at now",
                    metadata: ["error": "\(error.inWords)"])
            }
            try await Task.sleep(for: .seconds(60))
        }
    }

    func look(_ watch: inout SilenceWatch, at time: Double) async throws {
        let open = try await tasks.unattended()
        var sights: [SilenceWatch.Sight: Double] = [:]
        if !open.isEmpty {
            for machine in try await machines.all() {
                guard let node = machine.node, open[node] != nil, let work = machine.lifecycle.work,
                    let limit = limit(of: machine.lifecycle)
                else { continue }
                sights[.init(machine: machine.id, node: node, work: work, limit: limit)] =
                    now().seconds(since: machine.updated)
            }
        }
        for sight in watch.overdue(sights, at: time) {
            do {
                try await end(sight)
            } catch {
                try Task.checkCancellation()
                // The others are looked at all the same.
                logger.info(
                    .machinesNotWatched, "\(sight.node): its work cannot be ended now",
                    metadata: ["node": "\(sight.node)", "error": "\(error.inWords)"])
            }
        }
    }

    private func limit(of lifecycle: MachineLifecycle) -> Double? {
        switch lifecycle.state {
        case .new: lifecycle.isKept ? timeouts.destroyNode : nil
        case .deploying: timeouts.deployNode
        case .releasing, .diskErasing: timeouts.destroyNode
        default: nil
        }
    }

    /// Ends the work of a machine, unless a task has its node by now.
    private func end(_ sight: SilenceWatch.Sight) async throws {
        let order = ULID().description
        guard reservations.take(sight.node, forOrder: order, "the end of its work, of which nothing is heard") == nil
        else { return }
        defer { reservations.release(order) }
        guard try await machines.machine(sight.machine)?.lifecycle.work == sight.work else { return }
        let phase = sight.work.phase.map { "it has reported '\($0.rawValue)'" } ?? "it was given its plan"
        let reason =
            "no task deals with it, and nothing was heard of it for \(Int(sight.limit)) s after \(phase). "
            + Orchestrator.look(at: sight.node)
        do {
            if sight.work.phase == .erased {
                // Nobody has come to install it: it is treated as any other one that is erased.
                try await machines.apply(.erase(deployment: ULID()), to: sight.machine)
                return logger.warning(
                    .machineForgotten,
                    "\(sight.node): was erased, and is forgotten: no task has installed it since",
                    metadata: ["node": "\(sight.node)"])
            }
            _ = try await machines.apply(.expired(reason), to: sight.machine)
            logger.warning(
                .machineGivenUp, "\(sight.node): nobody waits for its work any more: \(reason)",
                metadata: ["node": "\(sight.node)"])
        } catch is LifecycleError {
            // It ended by itself in the same moment.
        }
    }
}
