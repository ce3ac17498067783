import OutOfBand
import Primitives
import SiteDesign

extension OutOfBandCommands {
    /// The commands of the real drivers.
    package init(_ outOfBand: OutOfBand) {
        @Sendable func driver(_ node: BaremetalNode, _ mode: BootMode = .bios) throws -> any OutOfBandDriver {
            try outOfBand.driver(
                for: BMCTarget(
                    node: node.name, type: node.outOfBandType ?? "none", address: node.outOfBandAddress,
                    account: node.outOfBandAccount, credential: node.outOfBandCredential, usesUEFI: mode == .uefi))
        }
        self.init(
            types: OutOfBand.types,
            setNetworkBoot: { node, mode, deadline in
                try await Self.before(deadline, node) { _ = try await driver(node, mode).setNextBootToNetwork() }
            },
            powerCycle: { node, deadline in
                try await Self.before(deadline, node) { _ = try await driver(node).powerCycle() }
            },
            powerOff: { node, deadline in
                try await Self.before(deadline, node) { _ = try await driver(node).powerOff() }
            },
            power: { node, deadline in
                try await Self.before(deadline, node) {
                    switch try await driver(node).powerState() {
                    case .on: Machine.Power.on
                    case .off: Machine.Power.off
                    case .unknown: Machine.Power.unknown
                    }
                }
            })
    }

    /// A driver ends by its own retries; the task that it works for may have less time.
    private static func before<T: Sendable>(
        _ deadline: Timestamp, _ node: BaremetalNode, _ command: @escaping @Sendable () async throws -> T
    ) async throws -> T {
        try await withThrowingTaskGroup(of: T?.self) { group in
            group.addTask { try await command() }
            group.addTask {
                try await Task.sleep(for: .seconds(max(0, min(deadline.seconds(since: .now()), 86400))))
                return nil
            }
            defer { group.cancelAll() }
            guard let result = try await group.next(), let result else {
                throw DrydockError(
                    .unreachable,
                    "The BMC of \(node.name) at \(node.outOfBandAddress ?? "no address") did not do what it was told in "
                        + "time. Check its network and its account.")
            }
            return result
        }
    }
}
