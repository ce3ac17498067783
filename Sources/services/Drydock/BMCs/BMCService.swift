import Logging
import MessageCatalog
import OrderedCollections
import OutOfBand
import Primitives
import SiteDesign

/// Asks the BMCs of nodes and tells them what to do, as operators want it (`docs/reference/drydock.md` §14.14).
struct BMCService: Sendable {
    let tasks: TaskStore
    let machines: MachineStore
    let designs: DesignLibrary
    let outOfBand: any OutOfBandDrivers
    let power: PowerStore
    let memory: BMCMemory
    let reservations: NodeReservations
    /// In seconds: for what is told to a BMC.
    let timeout: Double
    let logger: Logger
    let now: @Sendable () -> Timestamp

    /// In seconds: clients wait three minutes for an answer.
    private static let longestWait = 150.0

    /// - Parameters:
    ///   - user: who asks, for those who wait for the same BMC meanwhile; nil where that is not known.
    ///   - committed: the revision that is committed; nil where there is none.
    /// - Throws: `DrydockError`: `.missing` for an unknown node; `.conflict` where the design gives no BMC that could be asked,
    ///   or where a task works on the node and the request is an order; `.unreachable` where the BMC did not do what it was
    ///   told, `.refused` where it never will.
    func answer(
        _ request: BMCRequest, node name: String, user: String? = nil, committed: Int?
    ) async throws -> Value {
        let node = try await node(name, committed: committed)
        let driver = try driver(of: node)
        let requester = user.map { "operator \($0.prefix(64))" } ?? "an operator"
        guard request.isOrder else {
            return try await BMCRequester.$words.withValue("\(requester) (\(request.name))") {
                try await ask(request, node, driver)
            }
        }
        if case .power(let change) = request, change != .on { try await requireNoTest(of: name) }
        // A task of its own: a client that goes away must not leave a machine switched off.
        let order = UUIDv4().description
        let origin = user.map { "an order of \($0.prefix(64))" } ?? "an operator's order"
        let words = "\(origin) (\(request.name), since \(now().formatted(.isoSeconds)))"
        if let holder = reservations.take(name, forOrder: order, words) {
            let told = try await tasks.told(holder)
            throw DrydockError(
                .conflict,
                "\(name) belongs to \(told.words), which has not ended: its BMC is told nothing else until then. \(told.remedy)"
            )
        }
        let work = Task {
            defer { reservations.release(order) }
            return try await BMCRequester.$words.withValue("\(requester) (\(request.name))") {
                try await ask(request, node, driver)
            }
        }
        return try await work.value
    }

    /// A machine that is tested would lose what it has found. One that was told to be tested and has not begun may be switched:
    /// without its BMC it waits for that.
    private func requireNoTest(of name: String) async throws {
        guard let machine = try await machines.machine(node: name),
            let test = try await machines.test(of: machine.id), test.ended == nil,
            let seen = try await machines.latestBoot(of: machine.mac)?.seen, seen >= test.since
        else { return }
        throw DrydockError(
            .conflict,
            "\(name) is being tested (\(test.modeName)) since \(test.since.formatted(.isoSeconds)), and has until "
                + "\(test.deadline.formatted(.isoSeconds)): to switch it would break that off. Wait, or end the test first: "
                + "boatyard test \(name) --end")
    }

    private func ask(
        _ request: BMCRequest, _ node: BaremetalNode, _ driver: any OutOfBandDriver
    ) async throws -> Value {
        let deadline = now().adding(seconds: min(timeout, Self.longestWait))
        if request.isOrder {
            logger.notice(
                .bmcOrdered,
                "\(node.name): an operator orders of the BMC: \(request.name)",
                metadata: ["node": "\(node.name)", "wanted": "\(request.name)"])
        }
        let isPowered = if case .power = request { true } else { false }
        if isPowered { try await machines.notePowered(node.name) }
        let answer: Value
        do {
            answer = try await driver.answer(request, until: deadline)
        } catch let error as BoatyardError {
            try await power.heard(.failure(error), of: node.name)
            throw DrydockError(outOfBand: error, error.message)
        }
        if let power = answer["power"]?.stringValue.flatMap({ Machine.Power(rawValue: $0) }) {
            try await self.power.heard(.success(power), of: node.name)
        }
        if isPowered { try await machines.notePowered(node.name) }
        if request.isOrder {
            let timeline = TimelineStore(database: machines.database, now: now)
            try await timeline.record(.power, "operator", request.name, node: node.name)
        }
        guard case .object(var members) = answer else { return answer }
        members.updateValue(.string(node.name), forKey: "node", insertingAt: 0)
        return .object(members)
    }

    /// What is known of the BMC of a node, without asking it.
    func report(node name: String, committed: Int?) async throws -> Value {
        let node = try await node(name, committed: committed)
        let driver = try driver(of: node)
        var object: Value.Object = [
            "node": .string(name), "type": .string(node.outOfBandType ?? "none"),
            "bmc": driver.memoryPlace.map { .string($0.address) } ?? .null,
        ]
        object["known"] = driver.memoryPlace.flatMap { memory.record($0.name)?.report } ?? .null
        return .object(object)
    }

    /// Forgets what is known of the BMC of a node, the certificate that it is known by among it.
    ///
    /// - Returns: whether anything was known.
    func forget(node name: String, committed: Int?) async throws -> Bool {
        let node = try await node(name, committed: committed)
        guard let record = try driver(of: node).memoryPlace else { return false }
        let wasKnown = memory.forget(record.name)
        try await power.forgetLastingFailure(by: name)
        logger.notice(
            .bmcForgotten,
            "\(name): what was known of its BMC is forgotten",
            metadata: ["node": "\(name)", "bmc": "\(record.address)"])
        return wasKnown
    }

    /// The node as the committed documents have it, of which an operator asks; where they do not, as the design has it that
    /// machines were worked on with last.
    ///
    /// - Parameter committed: the revision that is committed; nil where there is none.
    func node(_ name: String, committed: Int?) async throws -> BaremetalNode {
        if let committed, let node = try? await designs.compiled(revision: committed).site?.node(named: name) {
            return node
        }
        guard let design = try await tasks.newestWorkedDesign() else { throw Self.unknown(name) }
        let site: EffectiveSite?
        do {
            site = try await designs.compiled(design.reveal()).site
        } catch {
            try Task.checkCancellation()
            throw DrydockError(
                .conflict,
                "The design that machines were worked on with last, \(design), cannot be read: \(error.inWords)")
        }
        guard let node = site?.node(named: name) else { throw Self.unknown(name) }
        return node
    }

    private static func unknown(_ name: String) -> DrydockError {
        DrydockError(
            .missing,
            "There is no node '\(name)' in the committed documents, nor in the design that machines were worked on with last: "
                + "boatyard get nodes lists them."
        )
    }

    func driver(of node: BaremetalNode) throws -> any OutOfBandDriver {
        do {
            return try outOfBand.driver(for: node)
        } catch {
            throw DrydockError(.conflict, error.message)
        }
    }
}

extension DrydockError {
    /// Of what was asked of a BMC. A failure that its driver has no kind for may go better at another try.
    init(outOfBand error: BoatyardError, _ message: String) {
        let isUnknown = error.kind == .failed
        self.init(error.code == "oob.request" ? .conflict : isUnknown ? .unreachable : error.kind, message)
    }
}

/// BMCs, as operators ask for them.
extension DrydockService {
    /// Asks the BMC of a node, or tells it what to do.
    ///
    /// - Parameters:
    ///   - user: who asks, for those who wait for the same BMC meanwhile; nil where that is not known.
    ///   - committed: the revision that is committed; nil where there is none.
    /// - Returns: `node`, and what `IPMIAnswers.answer` returns.
    /// - Throws: `DrydockError`: `.missing`, `.conflict` where a task works on the node, `.unreachable` or `.refused` for the
    ///   BMC.
    package func askBMC(
        of node: String, _ request: BMCRequest, user: String? = nil, committed: Int? = nil
    ) async throws -> Value {
        try await bmcs.answer(request, node: node, user: user, committed: committed)
    }

    /// Whether the firmware of a node boots by UEFI.
    ///
    /// - Parameter committed: the revision that is committed; nil where there is none.
    package func bootsByUEFI(_ node: String, committed: Int? = nil) async throws -> Bool {
        if let committed, let site = try? await self.site(revision: committed), let node = site.node(named: node) {
            return site.hardwareProfile(of: node)?.bootMode == .uefi
        }
        return try await machineStore.bootMode(node: node) == .uefi
    }

    /// What is known of the BMC of a node: `node`, `type`, `bmc`, `known`, which is null where nothing is.
    ///
    /// - Throws: `DrydockError`: `.missing`, `.conflict` where the design gives no BMC.
    package func bmcReport(of node: String, committed: Int? = nil) async throws -> Value {
        try await bmcs.report(node: node, committed: committed)
    }

    /// Forgets what is known of the BMC of a node: the certificate that it shows next is taken.
    ///
    /// - Returns: whether anything was known.
    /// - Throws: as `bmcReport`.
    package func forgetBMC(of node: String, committed: Int? = nil) async throws -> Bool {
        try await bmcs.forget(node: node, committed: committed)
    }

    /// Loads what is known of BMCs. Called once, before anything is asked of one.
    package func loadBMCs() async throws { try await bmcStore.load() }
}
