import Logging
import MessageCatalog
import Primitives

/// Something that has happened to a machine of a node, for the journal: `journalctl BOATYARD_NODE=n1` tells the same story as its
/// timeline does, and the states that it came to.
struct MachineNews: Sendable {
    enum What: Sendable {
        /// An event of its timeline.
        case event(TimelineEvent.Kind, step: String, message: String)
        /// Its state has changed, or it has become the machine of the node (`isNew`).
        case state(MachineState, isNew: Bool, reason: String?)
    }

    let node: String
    let mac: MACAddress
    let what: What

    func tell(_ logger: Logger) {
        let fields: Logger.Metadata = ["node": "\(node)", "mac": "\(mac)"]
        switch what {
        case .event(let kind, let step, let message):
            guard let entry = Self.entry(of: kind, step) else { return }
            // What a task says of its node names it.
            let own = message.hasPrefix("Node \(node) ") ? String(message.dropFirst("Node \(node) ".count)) : message
            let text =
                switch kind {
                case .phase: "\(step): \(own)"
                case .signal: "boot action \(own)"
                case .plan: "\(own) (\(step))"
                default: own
                }
            logger.log(
                level: Self.level(of: entry, step), entry, "\(node): \(text)",
                metadata: fields.merging(["event": "\(kind.rawValue)", "point": "\(step)"]) { $1 })
        case .state(let state, let isNew, let reason):
            let why = reason.map { ": \(LogRedactor.redact($0))" } ?? ""
            let text = isNew ? "the machine at \(mac) is this node; it is \(state.rawValue)" : "is \(state.rawValue)"
            logger.log(
                level: Self.level(of: state), .machineState, "\(node): \(text)\(why)",
                metadata: fields.merging(["state": "\(state.rawValue)"]) { $1 })
        }
    }

    /// - Returns: nil for what has a line of its own where it is noticed: DHCP, TFTP, inventories, consoles, operators' orders.
    private static func entry(of kind: TimelineEvent.Kind, _ step: String) -> CatalogEntry? {
        switch kind {
        case .dhcp, .tftp, .inventory, .console: nil
        case .power: .machinePower
        case .script: .machineScript
        case .download: .machineDownload
        case .plan: .machinePlan
        case .operation: step.hasSuffix(" failed") ? .machineOperationFailed : .machineOperation
        case .phase: .machinePhase
        case .signal: .machineSignal
        case .attempt: .machineAttempt
        case .failure: .machineFailed
        case .rescue: step == "begun" ? nil : .machineMark
        case .test: ["begun", "overdue"].contains(step) ? nil : .machineTest
        }
    }

    private static func level(of entry: CatalogEntry, _ step: String) -> Logger.Level {
        switch entry {
        case .machineOperationFailed, .machineFailed: .warning
        case .machinePower where step == "lost": .warning
        case .machinePhase where step == InstallerPhase.failed.rawValue: .warning
        case .machineAttempt: .notice
        default: .info
        }
    }

    private static func level(of state: MachineState) -> Logger.Level {
        switch state {
        case .failedCommissioning, .failedDeployment, .failedDiskErasing, .broken: .warning
        case .deployed: .notice
        case .new, .commissioning, .ready, .allocated, .deploying, .releasing, .diskErasing: .info
        }
    }
}
