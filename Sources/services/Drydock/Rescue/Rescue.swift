import Primitives

/// The mark of a machine that boots the installer to be logged in to, whatever is on its disks
/// (`docs/reference/drydock.md` §3.34).
struct Rescue: Sendable, Hashable {
    var machine: ULID
    /// When it was first asked for.
    var since: Timestamp
    /// Lines of `authorized_keys`.
    var keys: [String]
    /// The operator's request that it stands for: a later one replaces it.
    var request: ULID
    /// Its end was asked for, and the BMC was perhaps not told.
    var isEnding = false

    /// The plan that the agent carries out (`docs/reference/node-protocol.md` 2.18.1).
    func plan(of node: String) -> Value {
        ["kind": "rescue", "node": .string(node), "authorized_keys": Value(keys)]
    }
}

/// What came of an operator's request for a rescue, or for its end.
package struct RescueOutcome: Sendable, Hashable {
    package var node: String
    /// When the machine was marked; nil once the rescue has ended.
    package var since: Timestamp?
    /// How many keys are let in.
    package var keyCount: Int
    /// What was done, and what somebody has to do by hand: a sentence each.
    package var messages: [String]
    /// Whether somebody has to do something by hand.
    package var needsHuman: Bool
}
