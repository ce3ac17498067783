import Primitives

/// What a machine is doing, what its firmware shall do next, and how far its installer has come: a value that only
/// `receive` changes.
///
/// | state | event | next | intent | effects |
/// |---|---|---|---|---|
/// | New | inventoried | New | discover | |
/// | New, Failed commissioning, Broken | commission | Commissioning | commission | |
/// | Commissioning | inventoried | Ready | commission | |
/// | Commissioning | failed, expired | Failed commissioning | commission | answer stop |
/// | Ready | rejected | Failed commissioning | commission | |
/// | Ready | allocate | Allocated | | |
/// | Allocated, Failed deployment | install | Deploying | deploy | offer plan |
/// | Deploying, nothing reported | started | Deploying | deploy | answer continue |
/// | Deploying, started | partitioned … bootdata | Deploying | deploy | answer continue |
/// | Deploying, started | installed | Deploying | local | answer reboot |
/// | Deploying, started | booted | Deployed | local | answer continue |
/// | Deploying, started, not installed | inventoried by another boot | Failed deployment | deploy | |
/// | Deploying | failed, expired | Failed deployment | deploy | answer stop, void boot |
/// | New, Commissioning, Failed commissioning, Ready, Broken | erase | | | forget |
/// | every other | erase | Releasing | erase | offer plan, void boot where the disk was booted |
/// | Releasing | started | Disk erasing | erase | answer continue |
/// | Disk erasing | inventoried by another boot | Failed disk erasing | erase | |
/// | Disk erasing, keeps its installer | erased | New | discover | answer continue, reset |
/// | what has not started anything since | erased again | as before | as before | answer continue |
/// | Disk erasing, every other | erased | Ready | discover | answer stop, forget |
/// | Releasing, Disk erasing | failed, expired | Failed disk erasing | erase | answer stop, void boot |
/// | New, Commissioning, Ready, Allocated | broke | Broken | discover | |
///
/// A repeated order for the work in hand and a repeated report change nothing; every other pair is refused.
package struct MachineLifecycle: Sendable, Hashable {
    /// What the machine is doing.
    package private(set) var state: MachineState
    /// What its firmware shall do at the next boot.
    package private(set) var intent: MachineIntent
    /// The installation or erasure that is in progress, or was last.
    package private(set) var work: MachineWork?
    /// Why the machine failed; nil while it has not.
    package private(set) var failure: MachineFailure?

    /// Why the machine failed, without secrets; nil while it has not.
    package var reason: String? { failure?.reason }

    /// Whether it is erased and waits in its installer for the installation that follows.
    package var isKept: Bool { state == .new && work?.phase == .erased }

    package init() {
        self.init(state: .new, intent: .discover, work: nil, failure: nil)
    }

    package init(state: MachineState, intent: MachineIntent, work: MachineWork?, failure: MachineFailure?) {
        self.state = state
        self.intent = intent
        self.work = work
        self.failure = failure
    }

    /// Changes as the table says.
    ///
    /// - Returns: what is to be done once the change is stored.
    /// - Throws: `LifecycleError` where the table has no such row. Nothing has changed then.
    package mutating func receive(_ event: MachineEvent) throws(LifecycleError) -> [MachineEffect] {
        switch event {
        case .commission: try commission()
        case .allocate: try allocate()
        case .install(let deployment): try install(deployment)
        case .erase(let deployment, let keepsInstaller): try erase(deployment, keepsInstaller: keepsInstaller)
        case .expired(let reason): try expire(reason)
        case .broke(let reason): try breakDown(reason)
        case .rejected(let reason): try reject(reason)
        case .inventoried(let boot): inventoried(by: boot)
        case .reported(let report): try receive(report)
        }
    }

    private mutating func commission() throws(LifecycleError) -> [MachineEffect] {
        switch state {
        case .new, .failedCommissioning, .broken:
            (state, intent, work, failure) = (.commissioning, .commission, nil, nil)
        case .commissioning: break
        default: throw lifecycleError("commission")
        }
        return []
    }

    private mutating func allocate() throws(LifecycleError) -> [MachineEffect] {
        switch state {
        case .ready: state = .allocated
        case .allocated: break
        default: throw lifecycleError("allocate")
        }
        return []
    }

    private mutating func install(_ deployment: ULID) throws(LifecycleError) -> [MachineEffect] {
        switch state {
        case .allocated, .failedDeployment:
            (state, intent, failure) = (.deploying, .deploy, nil)
            work = MachineWork(deployment: deployment)
            return []
        case .deploying where work?.deployment == deployment: return []
        default: throw lifecycleError("install")
        }
    }

    private mutating func erase(_ deployment: ULID, keepsInstaller: Bool) throws(LifecycleError) -> [MachineEffect] {
        switch state {
        case .new, .commissioning, .failedCommissioning, .ready, .broken: return [.forget]
        case .releasing, .diskErasing:
            guard var present = work, present.deployment == deployment else { throw lifecycleError("erase") }
            present.keepsInstaller = present.keepsInstaller && keepsInstaller
            work = present
            return []
        case .allocated, .deploying, .deployed, .failedDeployment, .failedDiskErasing:
            // The installed system holds the token of the installer that is gone.
            let isInstalled = intent == .local
            (state, intent, failure) = (.releasing, .erase, nil)
            work = MachineWork(deployment: deployment, keepsInstaller: keepsInstaller)
            return isInstalled ? [.voidBoot] : []
        }
    }

    private mutating func expire(_ reason: String) throws(LifecycleError) -> [MachineEffect] {
        switch state {
        case .commissioning: fail(reason)
        case .deploying, .releasing, .diskErasing:
            fail(reason)
            return [.voidBoot]
        default: throw lifecycleError("expire")
        }
        return []
    }

    private mutating func breakDown(_ reason: String) throws(LifecycleError) -> [MachineEffect] {
        switch state {
        case .new, .commissioning, .ready, .allocated, .broken:
            (state, intent, failure) = (.broken, .discover, MachineFailure(reason))
            return []
        default: throw lifecycleError("break")
        }
    }

    private mutating func reject(_ reason: String) throws(LifecycleError) -> [MachineEffect] {
        guard state == .ready else { throw lifecycleError("reject") }
        (state, intent, failure) = (.failedCommissioning, .commission, MachineFailure(reason))
        return []
    }

    private mutating func inventoried(by boot: BootIdentity) -> [MachineEffect] {
        switch state {
        case .commissioning: (state, failure) = (.ready, nil)
        case .deploying, .diskErasing:
            guard let work, let phase = work.phase, phase < .installed, work.boot != boot else { break }
            fail("the machine started again after it had reported '\(phase.rawValue)'")
        default: break
        }
        return []
    }

    private mutating func fail(_ reason: String, isPermanent: Bool = false) {
        switch state {
        case .commissioning: state = .failedCommissioning
        case .deploying: (state, intent) = (.failedDeployment, .deploy)
        case .releasing, .diskErasing: (state, intent) = (.failedDiskErasing, .erase)
        default: return
        }
        failure = MachineFailure(reason, isPermanent: isPermanent)
    }

    private func lifecycleError(_ event: String) -> LifecycleError { LifecycleError(state: state, event: event) }
}

extension MachineLifecycle {
    private mutating func receive(_ report: InstallerReport) throws(LifecycleError) -> [MachineEffect] {
        if state == .commissioning, report.phase == .failed {
            fail(report.message)
            return [.answer(.stop)]
        }
        // The answer was lost, and it was given its next work meanwhile.
        if report.phase == .erased, work?.phase == nil, state != .releasing { return [.answer(.continue)] }
        guard var work else { throw lifecycleError(report.phase.rawValue) }
        if let started = work.boot, started != report.boot { throw lifecycleError(report.phase.rawValue) }
        if let last = work.sequence, report.sequence <= last {
            let isNews = report.phase == .failed || work.phase.map { $0 < report.phase } ?? true
            guard isAtWork, isNews else { return [.answer(standingAnswer)] }
            // Its numbers have begun anew, or another one reports in its name: taken as a repetition it would be lost.
            throw LifecycleError(
                state: state, event: report.phase.rawValue,
                detail: " as report \(report.sequence), which is not above the last one, \(last)")
        }
        // The attempt has ended: whoever still reports shall change nothing more.
        guard isAtWork else { return [.answer(standingAnswer)] }
        guard report.phase == .started || report.phase == .failed || work.phase != nil else {
            throw lifecycleError(report.phase.rawValue)
        }
        guard report.phase.belongs(to: state) else { throw lifecycleError(report.phase.rawValue) }
        if report.phase == .started, work.phase != nil { return [.answer(.stop)] }
        work.sequence = report.sequence
        if report.phase != .failed, work.phase.map({ $0 < report.phase }) ?? true { work.phase = report.phase }
        if report.phase == .started {
            work.boot = report.boot
            work.keepsInstaller = work.keepsInstaller && report.takesNextPlan
        }
        self.work = work
        switch report.phase {
        case .failed:
            fail(report.message, isPermanent: report.isPermanent)
            return [.answer(.stop), .voidBoot]
        case .started where state == .releasing: state = .diskErasing
        case .installed: intent = .local
        case .booted: (state, intent, failure) = (.deployed, .local, nil)
        case .erased where work.keepsInstaller:
            (state, intent, failure) = (.new, .discover, nil)
            return [.answer(.continue), .reset]
        case .erased:
            (state, intent, failure, self.work) = (.ready, .discover, nil, nil)
            return [.answer(.stop), .forget]
        default: break
        }
        return [.answer(standingAnswer)]
    }

    /// Whether an installer is to install or erase the machine now.
    private var isAtWork: Bool { [.deploying, .releasing, .diskErasing].contains(state) }

    /// What an installer that reports nothing new is told.
    private var standingAnswer: AgentInstruction {
        switch state {
        case .deploying: work?.phase == .installed ? .reboot : .continue
        case .deployed, .diskErasing: .continue
        case .new: isKept ? .continue : .stop
        default: .stop
        }
    }
}
