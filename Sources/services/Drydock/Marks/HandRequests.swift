import OutOfBand
import Primitives
import SiteDesign
import Store
import Synchronization

/// What people are asked to do by hand at machines that are marked, or were, and have no BMC: one request for each node. Those of tasks
/// are waits of theirs (`TaskRun.command`).
final class HandRequests: Sendable {
    private struct Request {
        var number: Int
        var since: Timestamp
        var deadline: Timestamp
        var work: Task<Void, Never>
    }

    private let state = Mutex<(count: Int, open: [String: Request])>((0, [:]))

    /// Asks for something in the place of what was asked for at this node before.
    ///
    /// - Parameters:
    ///   - deadline: when nobody is asked any more.
    ///   - work: asks; is cancelled where something else is asked for.
    func begin(
        _ node: String, since: Timestamp, until deadline: Timestamp, _ work: @escaping @Sendable () async -> Void
    ) {
        state.withLock { state in
            state.open[node]?.work.cancel()
            state.count += 1
            let number = state.count
            let task = Task {
                await work()
                self.state.withLock { if $0.open[node]?.number == number { $0.open[node] = nil } }
            }
            state.open[node] = Request(number: number, since: since, deadline: deadline, work: task)
        }
    }

    /// Asks nobody for anything any more.
    func end() { state.withLock { for request in $0.open.values { request.work.cancel() } } }

    /// By node: what is waited for.
    ///
    /// - Parameter asked: what people are asked for now, by node: `switch node n1 off and on again`.
    func waits(_ asked: [String: String]) -> [String: TaskWait] {
        state.withLock { state in
            state.open.reduce(into: [:]) { waits, entry in
                guard let action = asked[entry.key] else { return }
                waits[entry.key] = TaskWait(
                    event: TaskWait.byHand(action, at: entry.key), since: entry.value.since,
                    deadline: entry.value.deadline, then: "nobody is asked any more", isIdle: true)
            }
        }
    }
}

extension MarkedMachines {
    /// In seconds: how long a person is asked.
    private static let longestRequest = 3600.0
    /// In seconds: how often it is looked whether a task wants the node.
    private static let lookInterval = 5.0

    /// Has a person do what a BMC would be told, one after another, until the machine is heard of, or something else is wanted of it.
    ///
    /// - Parameter mark: for which it is asked; nil once that is gone, as long as there is no other.
    func askByHand(_ orders: [BMCOrder], at bmc: BMC, for mark: MachineMark?, machine: ULID) {
        let since = now()
        let deadline = since.adding(seconds: Self.longestRequest)
        hands.begin(bmc.node.name, since: since, until: deadline) {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.ask(orders, bmc, until: deadline) }
                group.addTask { await self.awaitNews(of: bmc.node.name, machine, since, mark) }
                await group.next()
                group.cancelAll()
            }
        }
    }

    private func ask(_ orders: [BMCOrder], _ bmc: BMC, until deadline: Timestamp) async {
        let timeline = TimelineStore(database: machines.database, now: now)
        for order in orders {
            do {
                let mode = try await machines.bootMode(node: bmc.node.name)
                let outcome = try await order.give(to: bmc.driver, mode, image: { nil }, until: deadline)
                if order == .powerCycle { try await machines.notePowered(bmc.node.name) }
                try await timeline.record(.power, order.step, outcome.message, node: bmc.node.name)
            } catch {
                guard !Task.isCancelled else { return }
                try? await timeline.record(.power, order.step, error.inWords, node: bmc.node.name)
                return
            }
        }
    }

    /// Returns once nobody needs to do anything any more, or the task is cancelled.
    private func awaitNews(of node: String, _ machine: ULID, _ since: Timestamp, _ mark: MachineMark?) async {
        let timeline = TimelineStore(database: machines.database, now: now)
        while !Task.isCancelled {
            let seen = machines.notifier.count
            do {
                let signs = try await timeline.signs(of: node, since: since)
                let present = try await machines.database.read { try MachineStore.mark(of: machine, $0) }
                guard !signs.isHeard, signs.disk == nil, present?.request == mark?.request,
                    !reservations.isReserved(node)
                else { return }
                try await machines.notifier.wait(for: .node(node), after: seen, atMost: Self.lookInterval)
            } catch {
                return
            }
        }
    }
}
