import Logging
import Primitives
import Store

/// Since when machines are at the same point of their work while no task deals with them.
///
/// A value that reads nothing. Times are seconds of a clock that nobody sets.
struct SilenceWatch: Sendable {
    /// A machine at work that no task deals with.
    struct Sight: Sendable, Hashable {
        var machine: ULID
        /// What it has come to.
        var work: MachineWork
        /// In seconds: how long it may be there.
        var limit: Double
    }

    private var since: [Sight: Double] = [:]

    /// - Parameter sights: all that there are now.
    /// - Returns: those that have been at the same point for too long.
    mutating func overdue(_ sights: Set<Sight>, at time: Double) -> Set<Sight> {
        since = since.filter { sights.contains($0.key) }
        for sight in sights where since[sight] == nil { since[sight] = time }
        return sights.filter { time - (since[$0] ?? time) >= $0.limit }
    }
}

/// Ends the work of machines that no task deals with any more, as after a stop, and of which nothing is heard for as long as a task
/// would have waited (`docs/reference/drydock.md` §13.24).
struct MachineWatchdog: Sendable {
    let tasks: TaskStore
    let machines: MachineStore
    let timeouts: DrydockConfiguration.Timeouts
    let logger: Logger

    /// Returns at cancellation.
    func run() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        var watch = SilenceWatch()
        while !Task.isCancelled {
            do {
                try await look(&watch, at: (clock.now - start) / .seconds(1))
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // Without room on the disk nothing can be written; the next look comes.
                logger.info("machines without a task are not looked at now", metadata: ["error": "\(error.inWords)"])
            }
            try await Task.sleep(for: .seconds(60))
        }
    }

    func look(_ watch: inout SilenceWatch, at time: Double) async throws {
        let open = try await tasks.unattended()
        var sights: Set<SilenceWatch.Sight> = []
        if !open.isEmpty {
            for machine in try await machines.all() {
                guard let node = machine.node, open[node] != nil, let work = machine.lifecycle.work else { continue }
                switch machine.state {
                case .deploying: sights.insert(.init(machine: machine.id, work: work, limit: timeouts.deployNode))
                case .releasing, .diskErasing:
                    sights.insert(.init(machine: machine.id, work: work, limit: timeouts.destroyNode))
                default: break
                }
            }
        }
        for sight in watch.overdue(sights, at: time) {
            let phase = sight.work.phase.map { "it has reported '\($0.rawValue)'" } ?? "it was given its plan"
            let reason = "no task deals with it, and nothing was heard of it for \(Int(sight.limit)) s after \(phase)"
            do {
                let machine = try await machines.apply(.expired(reason), to: sight.machine).machine
                logger.warning(
                    "the work of a machine is over: \(reason)", metadata: ["node": "\(machine.node ?? "none")"])
            } catch is LifecycleError {
                // It ended by itself in the same moment.
            }
        }
    }
}
