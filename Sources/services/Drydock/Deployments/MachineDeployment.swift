import OrderedCollections
import Primitives

/// One installation or erasure of one machine.
struct MachineDeployment: Sendable, Hashable {
    enum Kind: String, Sendable, Hashable {
        case install
        case erase
    }

    let id: ULID
    var node: String
    var machine: ULID
    var kind: Kind
    /// The leaf task that ordered it; signals of boot actions become its messages.
    var task: String
    var design: DesignAddress
    var created: Timestamp
    /// How often the machine was sent into the installer for it.
    var bootAttempts: Int
    var lastAttempt: Timestamp?
    /// Names of the rendered archives below `bootdata/`; nil until first asked for.
    var files: String?
    var units: String?
    /// The boot that was given the plan; nil before any was.
    var holder: BootIdentity?
}

/// A boot action of one deployment of a node, and its status (`docs/reference/drydock.md` §15).
package struct BootActionRecord: Sendable, Hashable {
    /// What the node has signalled. `unreported` is the status of boot actions that do not signal.
    package enum Status: String, Sendable, Hashable {
        case incomplete
        case unreported
        case success
        case failure
    }

    /// The id by which the node signals.
    package let id: ULID
    /// The name of the node.
    package var node: String
    /// The name of the boot action in the design.
    package var name: String
    /// What has become of the boot action.
    package var status: Status
    var deployment: ULID
}

extension MachineDeployment {
    /// The revision of our own Deckhand that a design's reference names; nil for any other design.
    static func revision(of design: String) -> Int? {
        guard case .revision(let number)? = try? DesignReference(design) else { return nil }
        return number
    }
}

extension BootActionRecord {
    /// `boot action ready of n1 and ready of n2 to report`, by machine, the first ones.
    static func awaited(_ actions: [BootActionRecord]) -> String {
        let names = actions.prefix(8).map { "\($0.name) of \($0.node)" }
        let rest = actions.count > 8 ? " and \(actions.count - 8) more" : ""
        return "boot action \(names.joined(separator: ", "))\(rest) to report"
    }

    /// What is said of one that has failed: what it said itself, its errors before all else.
    ///
    /// - Parameter messages: of the task that ordered its deployment; what it has said is among them.
    func failureText(_ messages: [TaskMessage]) -> String {
        let own = messages.filter {
            $0.contextType == "bootaction" && $0.context == id.description && !$0.text.isEmpty
        }
        let errors = own.filter(\.isError)
        let texts = (errors.isEmpty ? own : errors).suffix(3).map { String($0.text.prefix(500)) }
        let report = texts.isEmpty ? "" : ": \(texts.joined(separator: "; "))"
        return "Boot action \(name) failed\(report). Its journal on the machine says more."
    }

    /// The message that tells of its node that it has failed. Its `extra` names it, so that the node is known to have failed
    /// before its task has ended.
    func failure(_ text: String, at time: Timestamp) -> TaskMessage {
        TaskMessage(
            text, isError: true, contextType: "node", context: node, time: time,
            extra: [Self.failureKey: .string(name)])
    }

    static let failureKey = "boot_action"
}
