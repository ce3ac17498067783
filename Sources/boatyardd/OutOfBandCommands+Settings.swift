import Drydock
import IPMI
import Logging
import NIOPosix
import OutOfBand
import Primitives
import Settings
import SiteDesign

extension OutOfBandCommands {
    /// Commands by the drivers of the design's out-of-band types.
    init(_ settings: Settings.OutOfBand, rehearsal: RehearsalMap?, logger: Logger) {
        let outOfBand = OutOfBand(
            client: IPMIClient(group: MultiThreadedEventLoopGroup.singleton, logger: logger),
            timing: rehearsal == nil ? OutOfBandTiming(settings) : .rehearsal, map: rehearsal,
            maximumSessions: settings.sessions, logger: logger)
        self.init(
            types: OutOfBand.types,
            setNetworkBoot: { node, deadline in
                let driver = try outOfBand.driver(for: BMCTarget(node))
                _ = try await within(deadline, node) { try await driver.setNextBootToNetwork() }
            },
            powerCycle: { node, deadline in
                let driver = try outOfBand.driver(for: BMCTarget(node))
                _ = try await within(deadline, node) { try await driver.powerCycle() }
            },
            powerOff: { node, deadline in
                let driver = try outOfBand.driver(for: BMCTarget(node))
                _ = try await within(deadline, node) { try await driver.powerOff() }
            },
            power: { node, deadline in
                let driver = try outOfBand.driver(for: BMCTarget(node))
                return Machine.Power(try await within(deadline, node) { try await driver.powerState() })
            })
    }
}

/// Gives a command up at its deadline.
private func within<T: Sendable>(
    _ deadline: Timestamp, _ node: BaremetalNode, _ command: @escaping @Sendable () async throws -> T
) async throws -> T {
    let patience = Duration.seconds(max(0, deadline.seconds(since: .now())))
    return try await withThrowingTaskGroup(of: T?.self) { tasks in
        tasks.addTask { try await command() }
        tasks.addTask {
            try await Task.sleep(for: patience)
            return nil
        }
        defer { tasks.cancelAll() }
        guard let first = try await tasks.next(), let result = first else {
            throw BoatyardError(
                "oob.timeout",
                "Node \(node.name): its controller did not do what it was told within \(patience.components.seconds) "
                    + "seconds; look at the controller at \(node.outOfBandAddress ?? "its address")")
        }
        return result
    }
}

extension BMCTarget {
    init(_ node: BaremetalNode) {
        self.init(
            node: node.name, type: node.outOfBandType ?? "", address: node.outOfBandAddress,
            account: node.outOfBandAccount, credential: node.outOfBandCredential)
    }
}

extension Machine.Power {
    init(_ state: PowerState) {
        self =
            switch state {
            case .on: .on
            case .off: .off
            case .unknown: .unknown
            }
    }
}

extension OutOfBandTiming {
    init(_ settings: Settings.OutOfBand) {
        self.init(
            attempts: settings.attempts, pauseBetweenAttempts: .seconds(settings.attemptInterval),
            polls: settings.powerStatePolls, pauseBetweenPolls: .seconds(settings.powerStateInterval),
            manualPause: .seconds(settings.manualPause))
    }

    /// Virtual machines switch at once.
    static let rehearsal = OutOfBandTiming(
        pauseBetweenAttempts: .milliseconds(500), pauseBeforeReadBack: .milliseconds(20), polls: 100,
        pauseBetweenPolls: .milliseconds(50), manualPause: .seconds(1))
}
