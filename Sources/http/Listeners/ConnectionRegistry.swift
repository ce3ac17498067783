import API
import NIOCore
import Synchronization

/// The open connections of a listener: how many there are, of whom, and which has to go where others need its place.
final class ConnectionRegistry: Sendable {
    private struct State {
        var table = ConnectionTable()
        var whenEmpty: EventLoopPromise<Void>?
    }

    private let limits: ConnectionLimits
    private let state = Mutex(State())
    private let draining = Atomic(false)
    private let streams = Atomic(0)

    init(limits: ConnectionLimits) { self.limits = limits }

    /// The daemon stops: answers end their connections.
    var isDraining: Bool { draining.load(ordering: .relaxed) }

    /// Runs `body` as one of at most `limit` streams; nil where there are as many already.
    func withStream<T>(limit: Int, _ body: () async throws -> T) async rethrows -> T? {
        defer { streams.subtract(1, ordering: .relaxed) }
        guard streams.add(1, ordering: .relaxed).newValue <= limit else { return nil }
        return try await body()
    }

    /// What becomes of a connection that was just accepted.
    struct Admission: Equatable {
        /// Its address has all the places that one may have, and is being served on each.
        var isRefused = false
        /// How many others of its address are asked to go for it.
        var displaced = 0
    }

    /// Admits a connection of which nobody knows yet whose it is; it counts from now on unless it is refused.
    func admit(_ standing: ConnectionStanding, now: NIODeadline) -> Admission {
        let half = max(1, limits.connections / 2)
        let most = min(half, limits.anonymousForEachAddress)
        let (isAdmitted, leaving) = state.withLock { state -> (Bool, [ConnectionStanding]) in
            let count = state.table.anonymousCount(of: standing.origin)
            var leaving: [ConnectionStanding] = []
            if count >= most {
                let isFull = count >= half
                let patience = isFull ? TimeAmount.zero : limits.idlePatience
                // Two for one, so that an address that has more comes down to what it may have.
                leaving = state.table.dismiss(
                    min(2, count + 1 - most), of: standing.origin, waitingSince: now - patience)
                if leaving.isEmpty, isFull { return (false, []) }
            }
            state.table.insert(standing)
            return (true, leaving)
        }
        guard isAdmitted else { return Admission(isRefused: true) }
        standing.channel.closeFuture.whenComplete { [self] _ in remove(standing) }
        for other in leaving { close(other) }
        return Admission(displaced: leaving.count)
    }

    /// Asks connections to go where so many are open that few places are left for newcomers: at most as many as are
    /// needed, and none of which we have waited for less than `ConnectionLimits.idlePatience`.
    ///
    /// - Returns: how many go, and how many more would have to.
    func closeIdle(now: NIODeadline) -> (displaced: Int, missing: Int) {
        let limit = limits.connections - limits.forNewcomers
        let (leaving, missing) = state.withLock { state -> ([ConnectionStanding], Int) in
            let excess = state.table.staying - limit
            guard excess > 0 else { return ([], 0) }
            let leaving = state.table.dismiss(excess, waitingSince: now - limits.idlePatience)
            return (leaving, excess - leaving.count)
        }
        for other in leaving { close(other) }
        return (leaving.count, missing)
    }

    /// Asks one connection to go whatever the places: the process has no descriptor left.
    func freeDescriptor(now: NIODeadline) {
        for other in state.withLock({ $0.table.dismiss(1, waitingSince: now - limits.idlePatience) }) { close(other) }
    }

    /// Closes a connection that was chosen to go, unless its client has done its part meanwhile. That is seen on its own
    /// thread, which may not have looked at its socket for a while.
    private func close(_ standing: ConnectionStanding) {
        standing.channel.eventLoop.execute { [self] in
            // It is there as long as the connection is open.
            let handler = try? standing.channel.pipeline.syncOperations.handler(type: ConnectionHandler.self)
            if let handler, !handler.mayGo(now: .now()) {
                state.withLock { $0.table.keep(standing) }
            } else {
                standing.channel.close(promise: nil)
            }
        }
    }

    /// Notes who the client of a connection is. The connection still counts with its address where `principal` has as many
    /// as one may have.
    func recognize(_ standing: ConnectionStanding, as principal: Principal) {
        guard !standing.isKnown else { return }
        state.withLock { state in
            guard state.table.connections[ObjectIdentifier(standing.channel)] != nil,
                state.table.count(of: principal) < most(of: principal), standing.becomeKnown()
            else { return }
            state.table.recognize(standing, as: principal)
        }
    }

    /// How many connections a principal may have besides those that count with an address.
    private func most(of principal: Principal) -> Int {
        let quarter = max(1, limits.connections / 4)
        return switch principal {
        case .user: quarter
        case .node: min(quarter, limits.forEachNode)
        }
    }

    private func remove(_ standing: ConnectionStanding) {
        let promise = state.withLock { state -> EventLoopPromise<Void>? in
            guard state.table.remove(standing) else { return nil }
            return state.table.connections.isEmpty ? state.whenEmpty.take() : nil
        }
        promise?.succeed()
    }

    /// Of a connection that was admitted.
    func standing(of channel: any Channel) -> ConnectionStanding? {
        state.withLock { $0.table.connections[ObjectIdentifier(channel)] }
    }

    /// From now on every answer ends its connection and says so.
    func startDraining() { draining.store(true, ordering: .relaxed) }

    /// Ends idle connections, lets requests finish, and closes whatever is left after `timeout`.
    func drain(timeout: TimeAmount, on eventLoop: any EventLoop) async {
        startDraining()
        let promise = eventLoop.makePromise(of: Void.self)
        let channels = state.withLock { state -> [any Channel] in
            if !state.table.connections.isEmpty { state.whenEmpty = promise }
            return state.table.connections.values.map(\.channel)
        }
        if channels.isEmpty { promise.succeed() }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        let alarm = eventLoop.scheduleTask(in: timeout) { [self] in
            state.withLock { $0.whenEmpty.take() }?.succeed()
        }
        try? await promise.futureResult.get()
        alarm.cancel()
        for channel in state.withLock({ $0.table.connections.values.map(\.channel) }) { channel.close(promise: nil) }
    }
}
