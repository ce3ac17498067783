import Logging
import MessageCatalog
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
    let buildData: BuildDataStore
    let configuration: DrydockConfiguration
    let notifier: Notifier<DrydockTopic>
    let log: InstallerLog
    let formerSystems: FormerSystems
    let now: @Sendable () -> Timestamp

    /// The longest that a request for a plan is held.
    static let longestWait = Duration.seconds(60)

    func bootScript(mac: MACAddress, peer: String) async throws -> String {
        switch try await boot(mac: mac, peer: peer) {
        case .disk(let mode): IPXEScript.localDisk(mode)
        case .installer(let boot): try boot.script()
        }
    }

    /// What a machine boots; a token is made for the installer.
    func boot(mac: MACAddress, peer: String) async throws -> MachineBoot {
        let mode = try await machines.mark(mac: mac)?.purpose.mode ?? .install
        if mode == .install, let machine = try await machines.machine(mac: mac), machine.lifecycle.intent == .local {
            try await noteBootFromNetwork(of: machine, peer: peer)
            return .disk(try await machines.bootMode(node: machine.node))
        }
        let host = Self.host(of: peer)
        let token = try await machines.mintToken(for: mac, peer: host, mode: mode)
        if let node = try await machines.nodeAskedForByMany(mac) { try await note(.script, of: node, peer: host) }
        log.record(
            .machineBoots, "a machine boots the installer", from: host, metadata: ["mac": "\(mac)", "peer": "\(peer)"])
        return .installer(
            try await InstallerBoot(
                source: installerSource(), nodeURL: configuration.nodeURL(), mac: mac, token: token,
                consoles: machines.consoles(mac: mac), mode: mode))
    }

    /// The image of an installer for a machine's BMC, whose use is noted.
    func media(of generation: String, mac: MACAddress) async throws -> InstallerMedia? {
        let generations = configuration.netbootFolder.generations
        let parameters = InstallerBoot.mediaParameters(
            nodeURL: configuration.nodeURL(), mac: mac, consoles: try await machines.consoles(mac: mac))
        guard let media = try generations.media(of: generation, parameters: parameters) else { return nil }
        generations.noteUse(of: generation, at: now())
        return media
    }

    /// Where the installer comes from now: an installer of this host by its generation, whose use is noted.
    private func installerSource() -> InstallerSource {
        let source = configuration.presentInstaller
        let folder = configuration.netbootFolder
        guard case .files = source, let current = folder.generations.current else { return source }
        folder.generations.noteUse(of: current, at: now())
        let url = configuration.nodeURL()
        return .addresses(
            kernel: url + folder.location(of: .kernel, in: current),
            ramdisk: url + folder.location(of: .ramdisk, in: current))
    }

    /// Tells in the task that a machine boots from the network although it was installed a moment ago: it may never
    /// come to its disk.
    private func noteBootFromNetwork(of machine: Machine, peer: String) async throws {
        try await TimelineStore(database: machines.database, now: now).record(
            .script, "disk", "is sent to its disk", mac: machine.mac)
        guard machine.state == .deploying, machine.lifecycle.work?.phase == .installed, let node = machine.node,
            let deployment = machine.lifecycle.work?.deployment
        else { return }
        let time = now()
        try await machines.database.write { connection in
            guard
                let task = try DeploymentStore.task(of: deployment, connection),
                try TaskStore.exists(task, connection)
            else { return }
            let first =
                "\(node) has booted from the network again after its installation \(deployment), and was sent to its disk."
            let told = try connection.query(
                "SELECT min(time) FROM drydock_task_messages WHERE task = ? AND text = ?", [.text(task), .text(first)]
            ).first?.optionalInt64(0)
            let isAgain = told.map { time.microseconds - $0 >= Self.secondBoot } ?? false
            let text =
                isAgain
                ? "\(node) keeps booting from the network after its installation: its firmware does not start the disk, unless "
                    + "somebody else asks in its name. Look at its screen, and at the order of its boot devices. The last request "
                    + "came from \(peer)."
                : first
            try TaskStore.append(
                TaskMessage(text, isError: isAgain, contextType: "node", context: node, time: time), to: task,
                connection)
        }
    }

    /// In microseconds: what asks again earlier is the same boot.
    private static let secondBoot: Int64 = 30_000_000

    func plan(token: String, wait: Duration, peer: String?) async throws -> InstallPlanResult {
        // As exactly as whoever judges its silence needs it.
        let found = try await machines.boot(
            token: token, freshness: configuration.timeouts.installerSilence / 10, peer: peer)
        guard found.boot.identified != nil else {
            throw DrydockError(.conflict, "The inventory comes before the plan.")
        }
        guard let machine = found.machine else { return .nothingYet }
        // Its sign of life is news to whoever decides whether the machine must be cycled.
        notifier.notify(.machine(machine.id))
        let wait = min(max(wait, .zero), Self.longestWait)
        let deadline = now().adding(seconds: Double(wait.components.seconds))
        let result = try await notifier.first(of: .machine(machine.id), left: { deadline.seconds(since: now()) }) {
            try await standingPlan(of: found.boot.identity)
        }
        if case .plan(let plan) = result {
            let host = peer.map(Self.host)
            try await TimelineStore(database: machines.database, now: now).record(
                .plan, plan["kind"]?.stringValue ?? "", "is given its plan", mac: machine.mac)
            if let host, try await machines.isAnother(host, thanHasPlanOf: found.boot.identity), let node = machine.node
            {
                try await note(.planElsewhere, of: node, peer: host)
            }
        }
        if result == .alreadyStarted, let node = machine.node {
            try await note(.plan, of: node, peer: peer)
        }
        return result ?? .nothingYet
    }

    /// Records an alarm of a node, and says so once.
    private func note(_ secret: LateUse.Secret, of node: String, peer: String?) async throws {
        let time = now()
        let isFirst = try await machines.database.write {
            try MachineStore.note(secret, of: node, peer: peer, at: time, $0)
        }
        guard isFirst else { return }
        log.record(
            secret == .script ? .scriptFromManyAddresses : .secretUsedLate,
            secret == .script ? "a boot script is asked for from many addresses" : "a secret was used after its part",
            from: peer ?? "unknown", at: .warning, message: secret.message(node),
            metadata: ["node": "\(node)", "peer": "\(peer ?? "unknown")"])
    }

    /// What the machine is that a token was given to.
    func role(token: String) async throws -> MachineRole {
        let identity = MachineStore.hash(token)
        return try await machines.database.read { connection in
            guard let boot = try MachineStore.boot(identity, connection) else { throw MachineStore.voidToken }
            let machines = try MachineStore.select(connection, "mac = ?", [.text(boot.mac.description)])
            // Before its inventory a boot is nobody's: anyone may have asked for its script.
            guard boot.identified != nil, let machine = machines.first else { return .unrecorded }
            return machine.node.map { .node($0) } ?? .unknown
        }
    }

    private func standingPlan(of boot: BootIdentity) async throws -> InstallPlanResult? {
        let found = try await machines.database.read { connection -> (machine: Machine, mark: MachineMark?)? in
            guard let boot = try MachineStore.boot(boot, connection) else { throw MachineStore.voidToken }
            let machine = try MachineStore.select(connection, "mac = ?", [.text(boot.mac.description)]).first
            return try machine.map { ($0, try MachineStore.activeMark(of: $0, connection)) }
        }
        guard let machine = found?.machine else { return nil }
        if let mark = found?.mark, let node = machine.node { return .plan(mark.plan(of: node)) }
        guard let work = machine.lifecycle.work else { return nil }
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
    func event(token: String, _ body: Value, peer: String?) async throws -> Value {
        do {
            return try await taken(token: token, body, peer: peer)
        } catch let error as DrydockError {
            if error.kind == .forbidden, body["phase"]?.stringValue == InstallerPhase.booted.rawValue {
                formerSystems.note(peer, at: now())
            }
            throw error
        }
    }

    private func taken(token: String, _ body: Value, peer: String?) async throws -> Value {
        guard let phase = body["phase"]?.stringValue.flatMap(InstallerPhase.init),
            let sequence = body["sequence"]?.intValue, Self.sequences.contains(sequence)
        else {
            throw DrydockError(
                .invalid,
                "An event has a 'phase' and a 'sequence', a whole number from 0 to \(Self.sequences.upperBound); see "
                    + "docs/reference/node-protocol.md.")
        }
        let message = Self.shown(
            try Self.member("message", of: body, expected: "a text") { $0.stringValue } ?? "", limit: 4096)
        let identity = MachineStore.hash(token)
        let report = InstallerReport(
            phase, sequence: sequence, message: message,
            isPermanent: try Self.member("permanent", of: body, expected: "true or false") { $0.boolValue } ?? false,
            takesNextPlan: try Self.member("takes_next_plan", of: body, expected: "true or false") { $0.boolValue }
                ?? false,
            boot: identity)
        let time = now()
        let outcome = try await machines.database.write { connection -> Outcome in
            guard let boot = try MachineStore.boot(identity, connection) else { throw MachineStore.voidToken }
            guard boot.identified != nil,
                let machine = try MachineStore.select(connection, "mac = ?", [.text(boot.mac.description)]).first
            else { throw DrydockError(.conflict, "The inventory comes before any event.") }
            // Whoever did not get the answer reports the same again.
            guard boot.ended == nil || phase == .booted && sequence == machine.lifecycle.work?.sequence else {
                if let node = machine.node {
                    try MachineStore.note(.token, of: node, peer: peer, at: time, connection)
                }
                return .isOver
            }
            try connection.execute(
                "UPDATE drydock_boots SET seen = ? WHERE token_hash = ?",
                [.int(time.microseconds), .text(identity.tokenHash)])
            let before = machine.lifecycle
            do {
                let outcome = try MachineStore.apply(.reported(report), to: machine, at: time, connection)
                // A report that is older than what is known, or repeats it, changes nothing, and ends nothing.
                if outcome.machine.lifecycle != before {
                    if phase == .booted { try MachineStore.endBoot(identity, at: time, connection) }
                    try Self.note(report, of: machine, deployment: before.work?.deployment, at: time, connection)
                    try TimelineStore.record(
                        .phase, phase.rawValue, message, mac: machine.mac, at: time, connection)
                }
                return .taken(outcome.machine, outcome.effects)
            } catch let error as LifecycleError {
                throw DrydockError(.conflict, "\(error).")
            }
        }
        guard case .taken(let machine, let effects) = outcome else { throw MachineStore.voidToken }
        machines.announce(machine)
        for case .answer(let answer) in effects { return ["next": .string(answer.rawValue)] }
        return ["next": .string(AgentInstruction.continue.rawValue)]
    }

    /// The numbers that reports may have.
    static let sequences = 0...Int(Int32.max)

    /// A member that may be left out or null.
    ///
    /// - Throws: `DrydockError` `.invalid`, which names it.
    static func member<T>(
        _ name: String, of body: Value, expected: String, _ read: (Value) -> T?
    ) throws(DrydockError) -> T? {
        guard let value = body[name], !value.isNull else { return nil }
        guard let member = read(value) else {
            throw DrydockError(
                .invalid, "'\(name)' cannot be read; expected is \(expected). See docs/reference/node-protocol.md.")
        }
        return member
    }

    private enum Outcome: Sendable {
        case taken(Machine, [MachineEffect])
        /// The token is over.
        case isOver
    }

    /// How many reports of a node are kept as messages of one task, beside its failures: an installation has seven phases.
    static let keptReports: Int64 = 300

    /// What an installer reports stands among the messages of the task that ordered its work. In place of the first report that has no
    /// room there, a message tells that the rest is left out.
    private static func note(
        _ report: InstallerReport, of machine: Machine, deployment: ULID?, at time: Timestamp, _ connection: Connection
    ) throws {
        guard let deployment, let node = machine.node,
            let task = try DeploymentStore.task(of: deployment, connection),
            try TaskStore.exists(task, connection)
        else { return }
        let isFailure = report.phase == .failed
        let kept = isFailure ? 0 : try told(.report, of: node, in: task, connection)
        guard kept <= keptReports else { return }
        let text = report.message.isEmpty ? "" : ": \(report.message)"
        let message = TaskMessage(
            kept < keptReports
                ? "Installer: \(report.phase.rawValue)\(text)"
                : "The installer of \(node) has reported more than \(keptReports) events: from here on only a failure is told here.",
            isError: isFailure, contextType: "node", context: node, time: time, extra: Told.report.extra)
        try TaskStore.append(message, to: task, repeating: true, connection)
    }

    /// What an installer has told that became a message of a task, as `extra` of that has it.
    enum Told: String {
        /// That it has come to a phase.
        case report
        /// That one of its operations failed.
        case operation

        static let key = "installer"

        var extra: Value { [Self.key: .string(rawValue)] }
    }

    /// How many messages about a node a task has of what its installer has told so.
    static func told(_ what: Told, of node: String, in task: String, _ connection: Connection) throws -> Int64 {
        try connection.query(
            """
            SELECT count(*) FROM drydock_task_messages
                WHERE task = ? AND context_type = 'node' AND context = ? AND extra ->> ? = ?
            """, [.text(task), .text(node), .text(Told.key), .text(what.rawValue)]
        ).first?.int64(0) ?? 0
    }

    /// What is kept of a text that a machine sends: without secrets, and no longer than `limit` characters.
    static func shown(_ text: String, limit: Int) -> String {
        // A value that is cut off, or whose name is, is a secret none the less.
        String(LogRedactor.redact(String(text.prefix(limit + longestSecret))).prefix(limit))
    }

    /// In characters: how much behind what is kept of a text is looked at.
    private static let longestSecret = 16 << 10

    /// The host of `203.0.113.7:51944`.
    static func host(of peer: String) -> String {
        guard let colon = peer.lastIndex(of: ":") else { return peer }
        return String(peer[..<colon])
    }
}
