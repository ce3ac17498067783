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

    var count: Int { state.withLock { $0.table.connections.count } }

    /// What to do with a connection that was just accepted.
    enum Admission {
        case welcome
        /// It may stay, and another one of its address has to go.
        case replacing(ConnectionStanding)
        /// Its address has all the places that one may have, and is being served on each.
        case refused
    }

    /// Admits a connection of which nobody knows yet whose it is; it counts from now on unless it is refused.
    func admit(_ standing: ConnectionStanding, now: NIODeadline) -> Admission {
        let admission = state.withLock { state -> Admission in
            let count = state.table.anonymousCount(of: standing.origin)
            var admission = Admission.welcome
            let half = max(1, limits.connections / 2)
            if count >= min(half, limits.anonymousForEachAddress) {
                let isFull = count >= half
                let patience = isFull ? TimeAmount.zero : limits.idlePatience
                let oldest = state.table.oldestAnonymous(of: standing.origin, waitingSince: now - patience)
                if let oldest { admission = .replacing(oldest) } else if isFull { return .refused }
            }
            state.table.insert(standing)
            return admission
        }
        if case .refused = admission { return admission }
        standing.channel.closeFuture.whenComplete { [self] _ in remove(standing) }
        return admission
    }

    /// The connection to close where all places are taken: one whose client has not shown who it is before one whose
    /// client has, and of these the one that we have waited for longest. Nil where all are being served, or have been a
    /// moment ago.
    func evictionCandidate(now: NIODeadline) -> ConnectionStanding? {
        state.withLock { state in
            let time = now - limits.idlePatience
            return state.table.oldestAnonymous(waitingSince: time) ?? state.table.oldest(waitingSince: time)
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

    /// Ends idle connections, lets requests finish, and closes whatever is left after `timeout`.
    func drain(timeout: TimeAmount, on eventLoop: any EventLoop) async {
        draining.store(true, ordering: .relaxed)
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
