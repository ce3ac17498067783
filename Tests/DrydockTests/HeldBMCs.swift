import Drydock
import OutOfBand
import Primitives
import SiteDesign
import Synchronization

/// BMCs of which a test decides when they answer, one command after the other.
final class HeldBMCs: OutOfBandCommands {
    private struct State {
        var entered = 0
        var allowed = 0
        var left = 0
        var most = 0
    }

    private let state = Mutex(State())
    private let notifier = Notifier<Anything>()
    private let failure: (any Error)?

    /// - Parameter failure: what every command ends with; nil where they succeed.
    init(failure: (any Error)? = nil) { self.failure = failure }

    /// Commands that have begun.
    var entered: Int { state.withLock { $0.entered } }
    /// Commands that have ended.
    var left: Int { state.withLock { $0.left } }
    /// Commands that went on at the same time, at most.
    var most: Int { state.withLock { $0.most } }

    /// Lets the first `count` commands end, in the order in which they began.
    func allow(_ count: Int) {
        state.withLock { $0.allowed = max($0.allowed, count) }
        notifier.notify()
    }

    /// Returns once so many commands have begun.
    func waitUntilEntered(_ count: Int) async throws {
        _ = try await notifier.first(of: .anything, within: 3600) { self.entered >= count ? true : nil }
    }

    /// Returns once so many commands have ended.
    func waitUntilLeft(_ count: Int) async throws {
        _ = try await notifier.first(of: .anything, within: 3600) { self.left >= count ? true : nil }
    }

    private func pass() async throws {
        let number = state.withLock { state in
            state.entered += 1
            state.most = max(state.most, state.entered - state.left)
            return state.entered
        }
        notifier.notify()
        _ = try await notifier.first(of: .anything, within: 3600) {
            self.state.withLock { $0.allowed >= number ? true : nil }
        }
        state.withLock { $0.left += 1 }
        notifier.notify()
        if let failure { throw failure }
    }

    func setNetworkBoot(
        _ node: BaremetalNode, _ mode: BootMode, deadline: Timestamp
    ) async throws -> OutOfBandOutcome {
        try await pass()
        return OutOfBandOutcome(message: "Node \(node.name) boots from the network next.")
    }

    func powerCycle(_ node: BaremetalNode, deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await pass()
        return OutOfBandOutcome(message: "Node \(node.name) went off and is on again.")
    }

    func powerOff(_ node: BaremetalNode, deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await pass()
        return OutOfBandOutcome(message: "Node \(node.name) is off.")
    }

    func power(_ node: BaremetalNode, deadline: Timestamp) async throws -> Machine.Power {
        try await pass()
        return .on
    }
}
