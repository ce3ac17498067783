import Primitives
import TestSupport
import Testing

@testable import Drydock

@Suite("A machine's lifecycle")
struct MachineLifecycleTests {
    private static let first = BootIdentity(tokenHash: "aa")
    private static let second = BootIdentity(tokenHash: "bb")
    private static let deployment = ULID()

    /// A machine that has gone through `events`.
    private func machine(_ events: MachineEvent...) throws -> MachineLifecycle {
        var machine = MachineLifecycle()
        for event in events { _ = try machine.receive(event) }
        return machine
    }

    private static func report(
        _ phase: InstallerPhase, _ sequence: Int, by boot: BootIdentity = first
    ) -> MachineEvent {
        .reported(InstallerReport(phase, sequence: sequence, message: "m", boot: boot))
    }

    private static let toReady: [MachineEvent] = [.commission, .inventoried(first)]
    private static let toDeploying = toReady + [.allocate, .install(deployment: deployment)]
    private static let toDeployed =
        toDeploying + [report(.started, 1), report(.installed, 2), report(.booted, 3)]
    private static let toReleasing = toDeployed + [.erase(deployment: deployment)]
    private static let toErasing =
        toDeployed + [
            .erase(deployment: deployment, keepsInstaller: true),
            .reported(InstallerReport(.started, sequence: 1, takesNextPlan: true, boot: first)),
        ]

    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var events: [MachineEvent]
        var event: MachineEvent
        var state: MachineState
        var intent: MachineIntent
        var effects: [MachineEffect]
        var testDescription: String { name }
    }

    static let table: [Row] = [
        Row(
            name: "a discovered machine stays new", events: [], event: .inventoried(first), state: .new,
            intent: .discover, effects: []),
        Row(
            name: "a new machine is commissioned", events: [], event: .commission, state: .commissioning,
            intent: .commission, effects: []),
        Row(
            name: "its inventory makes it ready", events: [.commission], event: .inventoried(first), state: .ready,
            intent: .commission, effects: []),
        Row(
            name: "commissioning can fail", events: [.commission], event: .expired("x"), state: .failedCommissioning,
            intent: .commission, effects: []),
        Row(
            name: "the installer can fail while commissioning", events: [.commission], event: report(.failed, 1),
            state: .failedCommissioning, intent: .commission, effects: [.answer(.stop)]),
        Row(
            name: "commissioning can be tried again", events: [.commission, .expired("x")], event: .commission,
            state: .commissioning, intent: .commission, effects: []),
        Row(
            name: "a ready machine that does not pass its test is not", events: toReady, event: .rejected("x"),
            state: .failedCommissioning, intent: .commission, effects: []),
        Row(
            name: "a ready machine is allocated", events: toReady, event: .allocate, state: .allocated,
            intent: .commission, effects: []),
        Row(
            name: "an allocated machine gets a plan", events: toReady + [.allocate],
            event: .install(deployment: deployment), state: .deploying, intent: .deploy, effects: []),
        Row(
            name: "the installer starts", events: toDeploying, event: report(.started, 1), state: .deploying,
            intent: .deploy, effects: [.answer(.continue)]),
        Row(
            name: "an installed machine boots its disk", events: toDeploying + [report(.started, 1)],
            event: report(.installed, 2), state: .deploying, intent: .local, effects: [.answer(.reboot)]),
        Row(
            name: "a booted machine is deployed",
            events: toDeploying + [report(.started, 1), report(.installed, 2)], event: report(.booted, 3),
            state: .deployed, intent: .local, effects: [.answer(.continue)]),
        Row(
            name: "an installer that fails ends the attempt", events: toDeploying + [report(.started, 1)],
            event: report(.failed, 2), state: .failedDeployment, intent: .deploy,
            effects: [.answer(.stop), .voidBoot]),
        Row(
            name: "a deadline ends the attempt and voids the boot", events: toDeploying, event: .expired("x"),
            state: .failedDeployment, intent: .deploy, effects: [.voidBoot]),
        Row(
            name: "another boot in the middle of an installation ends the attempt",
            events: toDeploying + [report(.started, 1)], event: .inventoried(second), state: .failedDeployment,
            intent: .deploy, effects: []),
        Row(
            name: "the same boot may send its inventory again", events: toDeploying + [report(.started, 1)],
            event: .inventoried(first), state: .deploying, intent: .deploy, effects: []),
        Row(
            name: "a boot before the start changes nothing", events: toDeploying, event: .inventoried(second),
            state: .deploying, intent: .deploy, effects: []),
        Row(
            name: "a failed deployment is tried again", events: toDeploying + [.expired("x")],
            event: .install(deployment: ULID()), state: .deploying, intent: .deploy, effects: []),
        Row(
            name: "a deployed machine is released", events: toDeployed, event: .erase(deployment: ULID()),
            state: .releasing, intent: .erase, effects: [.voidBoot]),
        Row(
            name: "a machine that was never installed is only forgotten", events: toReady,
            event: .erase(deployment: deployment), state: .ready, intent: .commission, effects: [.forget]),
        Row(
            name: "the erasure starts", events: toReleasing, event: report(.started, 1), state: .diskErasing,
            intent: .erase, effects: [.answer(.continue)]),
        Row(
            name: "an erased machine is forgotten", events: toReleasing + [report(.started, 1)],
            event: report(.erased, 2), state: .ready, intent: .discover, effects: [.answer(.stop), .forget]),
        Row(
            name: "an erased machine that keeps its installer is new and waits for the next plan",
            events: toErasing, event: report(.erased, 2), state: .new, intent: .discover,
            effects: [.answer(.continue), .reset]),
        Row(
            name: "whoever did not hear that reports it again",
            events: toErasing + [report(.erased, 2)], event: report(.erased, 2), state: .new, intent: .discover,
            effects: [.answer(.continue)]),
        Row(
            name: "also once it has been given its next work",
            events: toErasing + [report(.erased, 2), .commission, .inventoried(first), .allocate]
                + [.install(deployment: ULID())],
            event: report(.erased, 2), state: .deploying, intent: .deploy, effects: [.answer(.continue)]),
        Row(
            name: "one that nobody installs is forgotten", events: toErasing + [report(.erased, 2)],
            event: .erase(deployment: ULID()), state: .new, intent: .discover, effects: [.forget]),
        Row(
            name: "one whose erasure somebody else joins who does not install it is forgotten",
            events: toErasing + [.erase(deployment: deployment)], event: report(.erased, 2), state: .ready,
            intent: .discover, effects: [.answer(.stop), .forget]),
        Row(
            name: "one whose installer takes no other plan is forgotten",
            events: toDeployed + [.erase(deployment: deployment, keepsInstaller: true), report(.started, 1)],
            event: report(.erased, 2), state: .ready, intent: .discover, effects: [.answer(.stop), .forget]),
        Row(
            name: "an erasure can fail", events: toReleasing, event: .expired("x"), state: .failedDiskErasing,
            intent: .erase, effects: [.voidBoot]),
        Row(
            name: "another boot in the middle of an erasure ends it",
            events: toReleasing + [report(.started, 1)], event: .inventoried(second), state: .failedDiskErasing,
            intent: .erase, effects: []),
        Row(
            name: "a failed erasure is tried again", events: toReleasing + [.expired("x")],
            event: .erase(deployment: ULID()), state: .releasing, intent: .erase, effects: []),
        Row(
            name: "a machine that cannot be commanded is broken", events: toReady, event: .broke("x"), state: .broken,
            intent: .discover, effects: []),
        Row(
            name: "a broken machine is commissioned anew", events: [.broke("x")], event: .commission,
            state: .commissioning, intent: .commission, effects: []),
    ]

    @Test("the table of transitions holds", arguments: table)
    func transition(row: Row) throws {
        var machine = MachineLifecycle()
        for event in row.events { _ = try machine.receive(event) }
        let effects = try machine.receive(row.event)
        #expect(machine.state == row.state)
        #expect(machine.intent == row.intent)
        #expect(effects == row.effects)
    }

    @Test(
        "an order that does not fit is refused and changes nothing",
        arguments: [
            ([MachineEvent.allocate], []), ([.install(deployment: deployment)], []),
            ([.install(deployment: deployment)], toReady), ([.allocate], [.commission]),
            ([.commission], toDeployed), ([.install(deployment: ULID())], toDeploying),
            ([.install(deployment: ULID())], toDeployed), ([.expired("x")], toDeployed),
            ([.broke("x")], toDeploying), ([.erase(deployment: ULID())], toReleasing),
            ([report(.partitioned, 1)], toDeploying), ([report(.booted, 1)], toDeploying),
            ([report(.erased, 2)], toDeploying + [report(.started, 1)]), ([report(.started, 1)], []),
            ([report(.started, 1)], toReady), ([report(.installed, 2)], toReleasing + [report(.started, 1)]),
            ([report(.image, 2, by: second)], toDeploying + [report(.started, 1)]),
        ] as [([MachineEvent], [MachineEvent])])
    func refused(events: [MachineEvent], before: [MachineEvent]) throws {
        var machine = MachineLifecycle()
        for event in before { _ = try machine.receive(event) }
        let unchanged = machine
        for event in events {
            #expect(throws: LifecycleError.self) { _ = try machine.receive(event) }
        }
        #expect(machine == unchanged)
    }

    @Test("a repeated report is answered as it was and changes nothing")
    func repeated() throws {
        var machine = try machine(
            .commission, .inventoried(Self.first), .allocate, .install(deployment: Self.deployment))
        var sequence = 0
        for phase in [InstallerPhase.started, .partitioned, .image, .configured, .bootdata, .installed, .booted] {
            sequence += 1
            let effects = try machine.receive(Self.report(phase, sequence))
            let unchanged = machine
            #expect(try machine.receive(Self.report(phase, sequence)) == effects)
            #expect(machine == unchanged)
        }
        #expect(machine.state == .deployed)
    }

    @Test("a second installer that says it starts is told to stop")
    func secondStart() throws {
        var machine = try machine(
            .commission, .inventoried(Self.first), .allocate, .install(deployment: Self.deployment),
            Self.report(.started, 1))
        #expect(try machine.receive(Self.report(.started, 2)) == [.answer(.stop)])
        #expect(machine.state == .deploying)
    }

    @Test("who still reports after the attempt has ended is told to stop")
    func late() throws {
        var machine = try machine(
            .commission, .inventoried(Self.first), .allocate, .install(deployment: Self.deployment),
            Self.report(.started, 1), .expired("too late"))
        #expect(try machine.receive(Self.report(.image, 2)) == [.answer(.stop)])
        #expect(machine.state == .failedDeployment)
        #expect(machine.reason == "too late")
    }

    @Test("a reason is kept without its full stop, as sentences go on behind it")
    func clause() throws {
        let machine = try machine(
            .commission, .inventoried(Self.first), .allocate, .install(deployment: Self.deployment),
            Self.report(.started, 1), .expired("n1 has no disk sda. Look whether it is connected."))
        #expect(machine.reason == "n1 has no disk sda. Look whether it is connected")
    }

    @Test("only the installer's own word makes a failure permanent, and the next attempt forgets it")
    func permanent() throws {
        let failed = InstallerReport(.failed, sequence: 2, message: "no room", isPermanent: true, boot: Self.first)
        var machine = try machine(
            .commission, .inventoried(Self.first), .allocate, .install(deployment: Self.deployment),
            Self.report(.started, 1), .reported(failed))
        #expect(machine.failure == MachineFailure("no room", isPermanent: true))
        _ = try machine.receive(.install(deployment: ULID()))
        #expect(machine.failure == nil)
        _ = try machine.receive(.expired("too late"))
        #expect(machine.failure == MachineFailure("too late"))
    }

    @Test("a retried deployment forgets how far the one before had come")
    func retried() throws {
        var machine = try machine(
            .commission, .inventoried(Self.first), .allocate, .install(deployment: Self.deployment),
            Self.report(.started, 5), .expired("x"), .install(deployment: ULID()))
        #expect(machine.work?.phase == nil)
        #expect(try machine.receive(Self.report(.started, 1, by: Self.second)) == [.answer(.continue)])
    }

    @Test("any order of any events leaves a machine in a known state")
    func random() throws {
        var generator = SplitMix(seed: 20_261_121)
        let deployments = [ULID(), ULID()]
        for _ in 0..<300 {
            var machine = MachineLifecycle()
            for _ in 0..<60 {
                let phase = InstallerPhase.allCases.randomElement(using: &generator) ?? .started
                let boot = [Self.first, Self.second].randomElement(using: &generator) ?? Self.first
                let deployment = deployments.randomElement(using: &generator) ?? deployments[0]
                let event =
                    [
                        MachineEvent.commission, .allocate, .install(deployment: deployment),
                        .erase(deployment: deployment, keepsInstaller: Bool.random(using: &generator)), .expired("x"),
                        .broke("x"), .inventoried(boot),
                        Self.report(phase, Int.random(in: 0...9, using: &generator), by: boot),
                    ].randomElement(using: &generator) ?? .commission
                let before = machine
                let effects = try? machine.receive(event)
                if effects == nil { #expect(machine == before) }
                if machine.state == .deploying { #expect(machine.work != nil) }
                if machine.intent == .local { #expect([.deploying, .deployed].contains(machine.state)) }
                // Nobody who has begun is begun again.
                if let work = before.work, work.phase != nil, before.work?.deployment == machine.work?.deployment,
                    machine.state == before.state, case .install = event
                {
                    #expect(machine.work?.phase != nil)
                }
            }
        }
    }
}
