import OutOfBand
import Primitives
import SiteDesign

/// What is done to a node through its BMC, whatever the BMC speaks.
///
/// A command returns what it has to say to those who read its task. It throws what a person can act upon, gives up at
/// its deadline, and throws `CancellationError` where its task is cancelled.
package protocol OutOfBandCommands: Sendable {
    /// The next boot is from the network, in the way of firmware of that `mode`.
    func setNetworkBoot(_ node: BaremetalNode, _ mode: BootMode, deadline: Timestamp) async throws -> OutOfBandOutcome

    /// Off, seen to be off, and on again.
    func powerCycle(_ node: BaremetalNode, deadline: Timestamp) async throws -> OutOfBandOutcome

    func powerOff(_ node: BaremetalNode, deadline: Timestamp) async throws -> OutOfBandOutcome

    /// Waits for no other command to end.
    func power(_ node: BaremetalNode, deadline: Timestamp) async throws -> Machine.Power
}

extension OutOfBand: OutOfBandCommands {
    package func setNetworkBoot(
        _ node: BaremetalNode, _ mode: BootMode, deadline: Timestamp
    ) async throws -> OutOfBandOutcome {
        try await driver(for: BMCTarget(node, mode)).setNextBootToNetwork(until: deadline)
    }

    package func powerCycle(_ node: BaremetalNode, deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await driver(for: BMCTarget(node)).powerCycle(until: deadline)
    }

    package func powerOff(_ node: BaremetalNode, deadline: Timestamp) async throws -> OutOfBandOutcome {
        try await driver(for: BMCTarget(node)).powerOff(until: deadline)
    }

    package func power(_ node: BaremetalNode, deadline: Timestamp) async throws -> Machine.Power {
        switch try await driver(for: BMCTarget(node)).powerState(until: deadline) {
        case .on: .on
        case .off: .off
        case .unknown: .unknown
        }
    }
}

extension BMCTarget {
    fileprivate init(_ node: BaremetalNode, _ mode: BootMode = .bios) {
        self.init(
            node: node.name, type: node.outOfBandType ?? "none", address: node.outOfBandAddress,
            account: node.outOfBandAccount, credential: node.outOfBandCredential, usesUEFI: mode == .uefi)
    }
}
