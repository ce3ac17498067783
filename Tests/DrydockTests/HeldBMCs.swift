import OutOfBand
import Primitives
import SiteDesign
import Synchronization

/// BMCs of which a test decides when they answer, one command after the other.
final class HeldBMCs: OutOfBandDrivers {
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

    let types = OutOfBand.types

    func acknowledge(node: String) -> String? { nil }

    func driver(for node: BaremetalNode) -> any OutOfBandDriver { Driver(bmcs: self, node: node.name) }

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

    private struct Driver: OutOfBandDriver {
        let bmcs: HeldBMCs
        let node: String

        func powerState(until deadline: Timestamp) async throws -> PowerState {
            try await bmcs.pass()
            return .on
        }

        func setNextBoot(
            from source: BootSource, _ mode: BootMode, until deadline: Timestamp
        ) async throws -> OutOfBandOutcome {
            try await done("boots from the \(source.rawValue) next")
        }

        func powerOff(until deadline: Timestamp) async throws -> OutOfBandOutcome { try await done("is off") }

        func powerOn(until deadline: Timestamp) async throws -> OutOfBandOutcome { try await done("is on") }

        func powerCycle(until deadline: Timestamp) async throws -> OutOfBandOutcome {
            try await done("was off and is on")
        }

        private func done(_ what: String) async throws -> OutOfBandOutcome {
            try await bmcs.pass()
            return OutOfBandOutcome(message: "Node \(node) \(what).")
        }
    }
}
