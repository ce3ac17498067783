import IPMI
import Logging
import Primitives
import RehearsalMap
import SiteDesign

extension OutOfBandType {
    /// Every type of the design has its driver here.
    var driver: any OutOfBandDriver.Type {
        switch self {
        case .ipmi: IPMIDriver.self
        case .manual: ManualDriver.self
        }
    }
}

/// Where drivers come from. One for the whole process: it has the queues of the BMCs.
package struct OutOfBand: Sendable {
    /// Waits, or throws `CancellationError`.
    package typealias Pause = @Sendable (Duration) async throws -> Void

    private let context: DriverContext

    /// - Parameters:
    ///   - map: of a rehearsal: then no BMC is talked to but those that it names.
    ///   - maximumSessions: at a time, over all BMCs.
    ///   - pause: how the drivers wait between their commands; tests count instead.
    ///   - now: what deadlines are held against.
    package init(
        client: IPMIClient, timing: OutOfBandTiming, map: RehearsalMap? = nil, maximumSessions: Int,
        logger: Logger = Logger(label: "boatyard.oob"),
        pause: @escaping Pause = { try await Task.sleep(for: $0) },
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        context = DriverContext(
            client: client, timing: timing, map: map, queue: BMCQueue(maximumSessions: maximumSessions), pause: pause,
            now: now, logger: logger)
    }

    /// The driver of the target's type.
    ///
    /// - Throws: `BoatyardError` `oob.type` where there is no driver, else what the driver's initializer throws.
    package func driver(for target: BMCTarget) throws(BoatyardError) -> any OutOfBandDriver {
        guard let type = OutOfBandType(rawValue: target.type) else {
            throw BoatyardError(
                "oob.type",
                "Node \(target.node): no out-of-band driver for type \(target.type); "
                    + "there are \(OutOfBandType.names)")
        }
        return try type.driver.init(target, context)
    }
}

/// What the drivers of a process share.
package struct DriverContext: Sendable {
    let client: IPMIClient
    let timing: OutOfBandTiming
    let map: RehearsalMap?
    let queue: BMCQueue
    let pause: OutOfBand.Pause
    let now: @Sendable () -> Timestamp
    let logger: Logger

    /// - Parameters:
    ///   - bmc: what the turns are of: nodes that share a BMC share them.
    ///   - remedy: for a BMC that does not do in time what it is told.
    func turns(node: String, bmc: String, remedy: String) -> BMCTurns {
        BMCTurns(node: node, bmc: bmc, remedy: remedy, queue: queue, sleep: pause, now: now)
    }
}
