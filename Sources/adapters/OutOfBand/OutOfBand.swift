import IPMI
import Logging
import OrderedCollections
import Primitives
import RehearsalMap
import SiteDesign

/// Where drivers come from.
package protocol OutOfBandDrivers: Sendable {
    /// Those for which there are drivers.
    var types: OutOfBandTypes { get }

    /// The driver of the node's out-of-band type.
    ///
    /// - Throws: `BoatyardError`: `oob.type` where there is no driver, `oob.parameters` where the design lacks what the
    ///   driver needs, `oob.rehearsal` where the rehearsal's map does not name the BMC.
    func driver(for node: BaremetalNode) throws(BoatyardError) -> any OutOfBandDriver

    /// The same drivers, each of whose commands has one attempt: for whoever asks again later anyway.
    var withoutRepetition: any OutOfBandDrivers { get }

    /// Takes as done what an operator was asked to do at a node.
    ///
    /// - Returns: what that was: `switch node n1 off and on again`; nil where nothing is asked.
    func acknowledge(node: String) -> String?

    /// What operators are asked to do now, by the names of nodes: `switch node n1 off and on again`.
    var askedOfOperators: [String: String] { get }
}

extension OutOfBandDrivers {
    package var askedOfOperators: [String: String] { [:] }

    package var withoutRepetition: any OutOfBandDrivers { self }
}

/// Makes the drivers of nodes. A process has one, with the queues of the BMCs.
package struct OutOfBand: OutOfBandDrivers {
    /// Waits for so long, or throws `CancellationError`.
    package typealias Pause = @Sendable (Duration) async throws -> Void

    /// All drivers: a new one has its line here.
    private static let drivers: [any NodeDriver.Type] = [
        IPMIDriver.self,
        LibvirtDriver.self,
        ManualDriver.self,
        RedfishDriver.self,
    ]

    package static let types = OutOfBandTypes(drivers.map { $0.type })

    private var context: DriverContext

    /// Makes the drivers' common part.
    ///
    /// - Parameters:
    ///   - map: in a rehearsal, the only BMCs that are talked to; nil outside of one.
    ///   - maximumSessions: how many commands are under way at once, over all BMCs, and how many sessions orders
    ///     keep open between theirs.
    ///   - memory: what is known of BMCs. The clients of IPMI and Redfish are given the same.
    ///   - pause: how drivers wait between commands.
    ///   - now: the present time, which deadlines are compared with.
    package init(
        client: IPMIClient, redfish: RedfishClient = .shared, timing: OutOfBandTiming, map: RehearsalMap? = nil,
        maximumSessions: Int, memory: BMCMemory = BMCMemory(),
        logger: Logger = Logger(label: "boatyard.oob"),
        pause: @escaping Pause = { try await Task.sleep(for: $0) },
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        context = DriverContext(
            client: client, redfish: redfish, memory: memory, timing: timing, map: map,
            queue: BMCQueue(maximumSessions: maximumSessions), sessions: OrderSessions(limit: maximumSessions),
            pause: pause, now: now, logger: logger)
    }

    /// The driver of the target's type.
    ///
    /// - Throws: `BoatyardError` `oob.type` where there is none; what the driver's initializer throws.
    package func driver(for node: BaremetalNode) throws(BoatyardError) -> any OutOfBandDriver {
        let type = node.outOfBandType ?? "none"
        guard let driver = Self.drivers.first(where: { $0.type == type }) else {
            throw BoatyardError(
                "oob.type",
                "Node \(node.name): no out-of-band driver for type \(type); there are \(types.list)")
        }
        if let problem = node.outOfBandProblems.first {
            throw BoatyardError("oob.parameters", "\(problem.message). \(problem.remedy)")
        }
        let made = try driver.init(node, context)
        // A rehearsal touches no guest: a simulated BMC is switched in its place.
        guard context.map != nil, type == LibvirtDriver.type else { return made }
        return try IPMIDriver(substitute: node.name, context)
    }

    package var types: OutOfBandTypes { Self.types }

    package var withoutRepetition: any OutOfBandDrivers {
        var drivers = self
        drivers.context.timing.attempts = 1
        return drivers
    }

    package func acknowledge(node: String) -> String? { context.requests.acknowledge(node) }

    package var askedOfOperators: [String: String] { context.requests.asked }
}

/// A driver that is made for a node by the type in its design.
protocol NodeDriver: OutOfBandDriver {
    /// `oob.type` of the design: `ipmi`.
    static var type: String { get }

    /// - Throws: `oob.parameters` where the design lacks what the driver needs; what else the driver's own says.
    init(_ node: BaremetalNode, _ context: DriverContext) throws(BoatyardError)
}

/// What the drivers of a process share.
struct DriverContext: Sendable {
    let client: IPMIClient
    let redfish: RedfishClient
    let memory: BMCMemory
    var timing: OutOfBandTiming
    let map: RehearsalMap?
    let queue: BMCQueue
    let requests = OperatorRequests()
    let sessions: OrderSessions
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
