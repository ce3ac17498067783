import Logging
import Netboot
import Primitives
import Store

/// The answer to an installer that asks for its plan.
package enum InstallPlanResult: Sendable, Hashable {
    case plan(Value)
    /// There is no work for the machine yet. The installer asks again.
    case nothingYet
    /// The work of the plan has begun. The plan is not given out again.
    case alreadyStarted
}

/// What the machine that asks for a plan is.
package enum MachineRole: Sendable, Hashable {
    /// The machine of a node, with the node's name.
    case node(String)
    /// Recorded, and no node.
    case unknown
    /// Not recorded: another unknown machine has taken its place, or it has sent no inventory.
    case unrecorded

    /// The name of the node whose machine it is; nil for others.
    package var node: String? {
        if case .node(let name) = self { name } else { nil }
    }
}

/// Talks to machines: what to boot, who they are, what to do (`docs/reference/node-protocol.md` §1 and §2).
struct InstallerService: Sendable {
    let machines: MachineStore
    let bootData: BootDataService
    let configuration: DrydockConfiguration
    let notifier: Notifier<DrydockTopic>
    let log: InstallerLog
    let now: @Sendable () -> Timestamp

    /// The longest that a request for a plan is held.
    static let longestWait = Duration.seconds(60)

    func bootScript(mac: MACAddress, peer: String) async throws -> String {
        if let machine = try await machines.machine(mac: mac), machine.lifecycle.intent == .local {
            return IPXEScript.localDisk(try await machines.bootMode(node: machine.node))
        }
        let host = Self.host(of: peer)
        let token = try await machines.mintToken(for: mac, peer: host)
        log.record("a machine boots the installer", from: host, metadata: ["mac": "\(mac)", "peer": "\(peer)"])
        return try InstallerBoot(
            source: configuration.presentInstaller, nodeURL: configuration.nodeURL(), mac: mac, token: token
        ).script()
    }

    func plan(token: String, wait: Duration) async throws -> InstallPlanResult {
        // As exactly as whoever judges its silence needs it.
        let found = try await machines.boot(token: token, freshness: configuration.timeouts.installerSilence / 10)
        guard found.boot.identified != nil else {
            throw DrydockError(.conflict, "The inventory comes before the plan.")
        }
        guard let machine = found.machine else { return .nothingYet }
        // Its sign of life is news to whoever decides whether the machine must be cycled.
        notifier.notify(.machine(machine.id))
        let wait = min(max(wait, .zero), Self.longestWait)
        let deadline = now().adding(seconds: Double(wait.components.seconds))
        return try await notifier.first(of: .machine(machine.id), left: { deadline.seconds(since: now()) }) {
            try await standingPlan(of: found.boot.identity)
        } ?? .nothingYet
    }

    /// What the machine is that a token was given to.
    func role(token: String) async throws -> MachineRole {
        let identity = MachineStore.hash(token)
        return try await machines.database.read { connection in
            guard let boot = try MachineStore.boot(identity, connection) else { throw MachineStore.voidToken }
            let machines = try MachineStore.select(connection, "mac = ?", [.text(boot.mac.description)])
            guard let machine = machines.first else { return .unrecorded }
            return machine.node.map { .node($0) } ?? .unknown
        }
    }

    private func standingPlan(of boot: BootIdentity) async throws -> InstallPlanResult? {
        let machine = try await machines.database.read { connection in
            guard let boot = try MachineStore.boot(boot, connection) else { throw MachineStore.voidToken }
            return try MachineStore.select(connection, "mac = ?", [.text(boot.mac.description)]).first
        }
        guard let machine, let work = machine.lifecycle.work else { return nil }
        switch machine.state {
        case .deploying, .releasing, .diskErasing:
            guard work.phase == nil else { return .alreadyStarted }
            return .plan(try await bootData.plan(of: work.deployment, for: boot))
        default: return nil
        }
    }

    /// - Returns: the body of the answer.
    /// - Throws: `DrydockError` `.forbidden` for the token, `.invalid` for the body, `.conflict` where the lifecycle
    ///   refuses the report.
    func event(token: String, _ body: Value) async throws -> Value {
        guard let phase = body["phase"]?.stringValue.flatMap(InstallerPhase.init),
            let sequence = body["sequence"]?.intValue, sequence >= 0
        else {
            throw DrydockError(
                .invalid, "An event has a 'phase' and a 'sequence' number; see docs/reference/node-protocol.md.")
        }
        let message = String((body["message"]?.stringValue ?? "").prefix(4096))
        let identity = MachineStore.hash(token)
        let report = InstallerReport(phase, sequence: sequence, message: message, boot: identity)
        let time = now()
        let outcome = try await machines.database.write { connection in
            guard let boot = try MachineStore.boot(identity, connection) else { throw MachineStore.voidToken }
            guard boot.identified != nil,
                let machine = try MachineStore.select(connection, "mac = ?", [.text(boot.mac.description)]).first
            else { throw DrydockError(.conflict, "The inventory comes before any event.") }
            try connection.execute(
                "UPDATE drydock_boots SET seen = ? WHERE token_hash = ?",
                [.int(time.microseconds), .text(identity.tokenHash)])
            let before = machine.lifecycle
            do {
                let outcome = try MachineStore.apply(.reported(report), to: machine, at: time, connection)
                if outcome.machine.lifecycle != before {
                    try Self.note(report, of: machine, deployment: before.work?.deployment, at: time, connection)
                }
                return outcome
            } catch let error as LifecycleError {
                throw DrydockError(.conflict, "\(error).")
            }
        }
        machines.announce(outcome.machine)
        for case .answer(let answer) in outcome.effects { return ["next": .string(answer.rawValue)] }
        return ["next": .string(AgentInstruction.continue.rawValue)]
    }

    /// What an installer reports stands among the messages of the task that ordered its work.
    private static func note(
        _ report: InstallerReport, of machine: Machine, deployment: ULID?, at time: Timestamp, _ connection: Connection
    ) throws {
        guard let deployment, let node = machine.node,
            let task = try DeploymentStore.select(connection, "id = ?", [.text(deployment.description)]).first?.task,
            try TaskStore.find(connection, "id = ?", [.text(task)]) != nil
        else { return }
        let text = report.message.isEmpty ? "" : ": \(report.message)"
        let message = TaskMessage(
            "Installer: \(report.phase.rawValue)\(text)", isError: report.phase == .failed, contextType: "node",
            context: node, time: time)
        try TaskStore.append(message, to: task, repeating: true, connection)
    }

    /// The host of `203.0.113.7:51944`.
    static func host(of peer: String) -> String {
        guard let colon = peer.lastIndex(of: ":") else { return peer }
        return String(peer[..<colon])
    }
}
