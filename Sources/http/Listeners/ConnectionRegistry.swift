import NIOCore
import Synchronization

/// The open connections of a listener: how many there are, of whom, and which has to go where others need its place.
final class ConnectionRegistry: Sendable {
    private struct State {
        var connections: [ObjectIdentifier: ConnectionStanding] = [:]
        /// Those that have not shown who they are, by where they come from.
        var anonymous: [ConnectionStanding.Origin: Int] = [:]
        /// Those that have, by a sum of what they showed.
        var known: [Int: Int] = [:]
        /// What each showed.
        var proofs: [ObjectIdentifier: Int] = [:]
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

    var count: Int { state.withLock { $0.connections.count } }

    /// What to do with a connection that was just accepted.
    enum Admission {
        case welcome
        /// It may stay, and another one of its address has to go.
        case instead(of: ConnectionStanding)
        /// Its address has all the places that one may have, and is being served on each.
        case refused
    }

    /// Admits a connection of which nobody knows yet whose it is; it counts from now on unless it is refused.
    func admit(_ standing: ConnectionStanding, now: NIODeadline) -> Admission {
        let key = ObjectIdentifier(standing.channel)
        let admission = state.withLock { state -> Admission in
            let count = state.anonymous[standing.origin, default: 0]
            var admission = Admission.welcome
            let half = max(1, limits.connections / 2)
            if count >= min(half, limits.anonymousForEachAddress) {
                let isFull = count >= half
                let patience = isFull ? TimeAmount.zero : limits.idlePatience
                let oldest = Self.oldest(state, now - patience) { !$0.isKnown && $0.origin == standing.origin }
                if let oldest { admission = .instead(of: oldest) } else if isFull { return .refused }
            }
            state.connections[key] = standing
            state.anonymous[standing.origin] = count + 1
            return admission
        }
        if case .refused = admission { return admission }
        standing.channel.closeFuture.whenComplete { [self] _ in remove(standing) }
        return admission
    }

    /// The connection that goes where all places are taken: one that has not shown who it is before one that has, and of
    /// these the one that we have waited for longest. Nil where all are being served, or have been a moment ago.
    func dispensable(now: NIODeadline) -> ConnectionStanding? {
        state.withLock { state in
            let time = now - limits.idlePatience
            return Self.oldest(state, time) { !$0.isKnown } ?? Self.oldest(state, time) { _ in true }
        }
    }

    private static func oldest(
        _ state: State, _ time: NIODeadline, where isMeant: (ConnectionStanding) -> Bool
    ) -> ConnectionStanding? {
        var oldest: (standing: ConnectionStanding, since: NIODeadline)?
        for standing in state.connections.values where isMeant(standing) && standing.channel.isActive {
            guard let since = standing.waitingSince, since <= time else { continue }
            if oldest.map({ since < $0.since }) ?? true { oldest = (standing, since) }
        }
        return oldest?.standing
    }

    /// The client of a connection has shown who it is. It stays anonymous where many others have shown the same.
    ///
    /// - Parameter proof: a sum of what was shown.
    func recognize(_ standing: ConnectionStanding, by proof: Int) {
        guard !standing.isKnown else { return }
        let key = ObjectIdentifier(standing.channel)
        state.withLock { state in
            guard state.connections[key] != nil, state.known[proof, default: 0] < max(1, limits.connections / 4),
                standing.becomeKnown()
            else { return }
            state.known[proof, default: 0] += 1
            state.proofs[key] = proof
            Self.subtract(from: &state.anonymous, standing.origin)
        }
    }

    private static func subtract<Key: Hashable>(from counts: inout [Key: Int], _ key: Key) {
        counts[key, default: 1] -= 1
        if counts[key] == 0 { counts[key] = nil }
    }

    private func remove(_ standing: ConnectionStanding) {
        let key = ObjectIdentifier(standing.channel)
        let promise = state.withLock { state -> EventLoopPromise<Void>? in
            guard state.connections.removeValue(forKey: key) != nil else { return nil }
            if let proof = state.proofs.removeValue(forKey: key) {
                Self.subtract(from: &state.known, proof)
            } else {
                Self.subtract(from: &state.anonymous, standing.origin)
            }
            return state.connections.isEmpty ? state.whenEmpty.take() : nil
        }
        promise?.succeed()
    }

    /// Of a connection that was admitted.
    func standing(of channel: any Channel) -> ConnectionStanding? {
        state.withLock { $0.connections[ObjectIdentifier(channel)] }
    }

    /// Ends idle connections, lets requests finish, and closes whatever is left after `timeout`.
    func drain(timeout: TimeAmount, on eventLoop: any EventLoop) async {
        draining.store(true, ordering: .relaxed)
        let promise = eventLoop.makePromise(of: Void.self)
        let channels = state.withLock { state -> [any Channel] in
            if !state.connections.isEmpty { state.whenEmpty = promise }
            return state.connections.values.map(\.channel)
        }
        if channels.isEmpty { promise.succeed() }
        for channel in channels { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
        let alarm = eventLoop.scheduleTask(in: timeout) { [self] in
            state.withLock { $0.whenEmpty.take() }?.succeed()
        }
        try? await promise.futureResult.get()
        alarm.cancel()
        for channel in state.withLock({ $0.connections.values.map(\.channel) }) { channel.close(promise: nil) }
    }
}
