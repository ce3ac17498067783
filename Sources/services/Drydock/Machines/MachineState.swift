import Primitives

/// The state of a machine, in the words of `GET nodes` (`docs/reference/drydock.md` §3).
package enum MachineState: String, Sendable, Hashable, CaseIterable {
    case new = "New"
    case commissioning = "Commissioning"
    case failedCommissioning = "Failed commissioning"
    case ready = "Ready"
    case allocated = "Allocated"
    case deploying = "Deploying"
    case deployed = "Deployed"
    case failedDeployment = "Failed deployment"
    case releasing = "Releasing"
    case diskErasing = "Disk erasing"
    case failedDiskErasing = "Failed disk erasing"
    case broken = "Broken"
}

/// What the boot script of a machine makes it do: `local` boots the disk, all others boot the installer.
package enum MachineIntent: String, Sendable, Hashable, CaseIterable {
    case discover
    case commission
    case deploy
    case erase
    /// The machine is installed: boot the disk.
    case local
}

/// How far an installer has come, in the order in which phases are reported (`docs/reference/node-protocol.md` §2).
package enum InstallerPhase: String, Sendable, Hashable, CaseIterable, Comparable {
    case started
    case partitioned
    case image
    case configured
    case bootdata
    case installed
    case booted
    case erased
    case failed

    package static func < (left: InstallerPhase, right: InstallerPhase) -> Bool { left.rank < right.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    /// Whether a machine in `state` may report this.
    func belongs(to state: MachineState) -> Bool {
        switch self {
        case .started, .failed: true
        case .erased: state == .diskErasing
        default: state == .deploying
        }
    }
}

/// Identifies one boot of a machine by the hash of the token that its boot script carried.
package struct BootIdentity: Sendable, Hashable {
    /// The SHA-256 sum of the token, lower-case hexadecimal.
    package let tokenHash: String

    package init(tokenHash: String) { self.tokenHash = tokenHash }
}

/// The installation or erasure of a machine.
package struct MachineWork: Sendable, Hashable {
    /// The id of the deployment.
    package let deployment: ULID
    /// The furthest phase that was reported; nil until the installer has started.
    package var phase: InstallerPhase?
    /// The highest sequence number that was reported.
    package var sequence: Int?
    /// The boot that reported `started`. No other boot may report after that.
    package var boot: BootIdentity?
    /// Whether the machine stays in its installer once it is erased, for the installation that follows.
    package var keepsInstaller: Bool

    package init(
        deployment: ULID, phase: InstallerPhase? = nil, sequence: Int? = nil, boot: BootIdentity? = nil,
        keepsInstaller: Bool = false
    ) {
        self.deployment = deployment
        self.keepsInstaller = keepsInstaller
        self.phase = phase
        self.sequence = sequence
        self.boot = boot
    }
}

/// Why a machine failed.
package struct MachineFailure: Sendable, Hashable {
    /// A clause without secrets, which names what was seen and the remedy.
    package let reason: String
    /// Whether another attempt with the same plan would fail in the same way.
    package let isPermanent: Bool

    /// - Parameter reason: secrets in it are masked.
    package init(_ reason: String, isPermanent: Bool = false) {
        self.init(stored: LogRedactor.redact(reason).asClause, isPermanent: isPermanent)
    }

    /// - Parameter reason: one that is kept already.
    init(stored reason: String, isPermanent: Bool) {
        self.reason = reason
        self.isPermanent = isPermanent
    }
}

/// An event that an installer reports.
package struct InstallerReport: Sendable, Hashable {
    /// What the installer has done.
    package var phase: InstallerPhase
    /// The number of the report, from 0, which rises within an installation or erasure.
    package var sequence: Int
    package var message: String
    /// Of `failed`: whether another attempt with the same plan would fail in the same way.
    package var isPermanent: Bool
    /// Of `started`: whether the installer asks for another plan where `erased` is answered `continue`.
    package var takesNextPlan: Bool
    /// The boot that reports.
    package var boot: BootIdentity

    package init(
        _ phase: InstallerPhase, sequence: Int, message: String = "", isPermanent: Bool = false,
        takesNextPlan: Bool = false, boot: BootIdentity
    ) {
        self.isPermanent = isPermanent
        self.takesNextPlan = takesNextPlan
        self.phase = phase
        self.sequence = sequence
        self.message = message
        self.boot = boot
    }
}

/// An event of a machine: an order of the orchestrator, or a report of its installer.
package enum MachineEvent: Sendable, Hashable {
    case commission
    case allocate
    case install(deployment: ULID)
    /// `keepsInstaller` as in `MachineWork`.
    case erase(deployment: ULID, keepsInstaller: Bool = false)
    /// The deadline of the machine's work has passed.
    case expired(String)
    /// The BMC of the machine cannot be commanded.
    case broke(String)
    /// The machine has not passed the test of its hardware that the design asks for.
    case rejected(String)
    case inventoried(BootIdentity)
    case reported(InstallerReport)
}

/// What an installer is told to do after a report.
package enum AgentInstruction: String, Sendable, Hashable {
    case `continue`
    case reboot
    case stop
}

/// What has to be done after a transition, once it is stored.
package enum MachineEffect: Sendable, Hashable {
    /// The token of the machine's newest boot becomes void.
    case voidBoot
    case answer(AgentInstruction)
    /// The record of the machine is removed. The machine has to be discovered again.
    case forget
    /// What its test has found, and who else says to be its node, is removed, as of a machine that is forgotten.
    case reset
}

/// The lifecycle has no transition for an event.
package struct LifecycleError: TypedError, Hashable {
    /// The state of the machine.
    package var state: MachineState
    /// The event, such as `install`.
    package var event: String
    /// What of the event does not fit, to stand behind it; empty where that is its kind.
    package var detail = ""

    /// Always `conflict`.
    package var kind: ErrorKind { .conflict }
    /// Always `drydock.lifecycle`.
    package var code: String { "drydock.lifecycle" }
    package var message: String { "a machine that is '\(state.rawValue)' cannot take '\(event)'\(detail)" }
}
