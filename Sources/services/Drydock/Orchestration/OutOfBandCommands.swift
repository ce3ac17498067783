import Primitives
import SiteDesign

/// What is done to a node through its BMC, whatever the BMC speaks.
///
/// A command throws what a person can act upon; it gives up at its deadline.
package struct OutOfBandCommands: Sendable {
    package typealias Command = @Sendable (_ node: BaremetalNode, _ deadline: Timestamp) async throws -> Void
    package typealias NetworkBootCommand =
        @Sendable (_ node: BaremetalNode, _ mode: BootMode, _ deadline: Timestamp) async throws -> Void

    /// The out-of-band types of the design that can be commanded: `ipmi`, …
    package var types: Set<String>
    var setNetworkBootCommand: NetworkBootCommand
    var powerCycleCommand: Command
    var powerOffCommand: Command
    var powerQuery: @Sendable (_ node: BaremetalNode, _ deadline: Timestamp) async throws -> Machine.Power
    /// Commands to one BMC are given one after another.
    private let lanes = CommandLanes()

    package init(
        types: Set<String>, setNetworkBoot: @escaping NetworkBootCommand, powerCycle: @escaping Command,
        powerOff: @escaping Command,
        power: @escaping @Sendable (_ node: BaremetalNode, _ deadline: Timestamp) async throws -> Machine.Power
    ) {
        self.types = types
        setNetworkBootCommand = setNetworkBoot
        powerCycleCommand = powerCycle
        powerOffCommand = powerOff
        powerQuery = power
    }

    /// The next boot is from the network.
    func setNetworkBoot(_ node: BaremetalNode, _ mode: BootMode, deadline: Timestamp) async throws {
        try await lanes.inOrder(node.name) { try await setNetworkBootCommand(node, mode, deadline) }
    }

    /// Off, seen to be off, and on again.
    func powerCycle(_ node: BaremetalNode, deadline: Timestamp) async throws {
        try await lanes.inOrder(node.name) { try await powerCycleCommand(node, deadline) }
    }

    func powerOff(_ node: BaremetalNode, deadline: Timestamp) async throws {
        try await lanes.inOrder(node.name) { try await powerOffCommand(node, deadline) }
    }

    func power(_ node: BaremetalNode, deadline: Timestamp) async throws -> Machine.Power {
        try await lanes.inOrder(node.name) { try await powerQuery(node, deadline) }
    }
}

/// One queue for each node.
private actor CommandLanes {
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    func inOrder<T: Sendable>(_ lane: String, _ command: @Sendable () async throws -> T) async throws -> T {
        await enter(lane)
        defer { leave(lane) }
        return try await command()
    }

    private func enter(_ lane: String) async {
        guard waiting[lane] != nil else {
            waiting[lane] = []
            return
        }
        await withCheckedContinuation { waiting[lane]?.append($0) }
    }

    private func leave(_ lane: String) {
        guard let queue = waiting[lane], let next = queue.first else {
            waiting[lane] = nil
            return
        }
        waiting[lane] = Array(queue.dropFirst())
        next.resume()
    }
}
