import Primitives

/// The words that `GET nodes` publishes (`docs/reference/drydock.md` §3).
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

/// What the firmware of a machine is told when it asks for its boot script.
package enum MachineIntent: String, Sendable, Hashable, CaseIterable {
    case discover
    case commission
    case deploy
    case erase
    /// The machine is installed: boot the disk.
    case local
}

/// How far an installer has come, in the order in which it reports (`docs/reference/node-protocol.md` §2).
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

/// Which boot of a machine: the hash of the token that its boot script carried.
package struct BootIdentity: Sendable, Hashable {
    /// SHA-256, lower-case hexadecimal.
    package let tokenHash: String

    package init(tokenHash: String) { self.tokenHash = tokenHash }
}

/// An installation or an erasure.
package struct MachineWork: Sendable, Hashable {
    package let deployment: ULID
    /// The furthest phase reported; nil until the installer has started.
    package var phase: InstallerPhase?
    /// The highest sequence number reported.
    package var sequence: Int?
    /// The boot that started it: no other may go on with it.
    package var boot: BootIdentity?

    package init(
        deployment: ULID, phase: InstallerPhase? = nil, sequence: Int? = nil, boot: BootIdentity? = nil
    ) {
        self.deployment = deployment
        self.phase = phase
        self.sequence = sequence
        self.boot = boot
    }
}

package struct InstallerReport: Sendable, Hashable {
    package var phase: InstallerPhase
    package var sequence: Int
    package var message: String
    package var boot: BootIdentity

    package init(_ phase: InstallerPhase, sequence: Int, message: String = "", boot: BootIdentity) {
        self.phase = phase
        self.sequence = sequence
        self.message = message
        self.boot = boot
    }
}

/// What happens to a machine: orders of the orchestrator, and what its installer says.
package enum MachineEvent: Sendable, Hashable {
    case commission
    case allocate
    case install(deployment: ULID)
    case erase(deployment: ULID)
    /// The deadline of what the machine is doing has passed.
    case expired(String)
    /// The machine cannot be commanded.
    case broke(String)
    case inventoried(BootIdentity)
    case reported(InstallerReport)
}

/// What an installer does after a report.
package enum AgentInstruction: String, Sendable, Hashable {
    case `continue`
    case reboot
    case stop
}

/// What a transition asks for, once it is durable.
package enum MachineEffect: Sendable, Hashable {
    /// The token of the present boot is worth nothing any more.
    case voidBoot
    case answer(AgentInstruction)
    /// Remove the machine's record: it must be discovered anew.
    case forget
}

/// The lifecycle has no transition for this.
package struct LifecycleError: TypedError, Hashable {
    package var state: MachineState
    package var event: String

    package var kind: ErrorKind { .conflict }
    package var code: String { "drydock.lifecycle" }
    package var message: String { "a machine that is '\(state.rawValue)' cannot take '\(event)'" }
}
