import Netboot
import OrderedCollections
import Primitives

/// The mark of a machine that boots the installer, whatever is on its disks (`docs/reference/drydock.md` §3.34, §3.35).
struct MachineMark: Sendable, Hashable {
    /// What it boots the installer for.
    enum Purpose: Sendable, Hashable {
        /// To be logged in to.
        ///
        /// - Parameter keys: lines of `authorized_keys`.
        case rescue(keys: [String])
        /// To have its hardware tested.
        ///
        /// - Parameter plan: as the agent gets it.
        case test(ULID, plan: Value)

        var mode: InstallerBoot.Mode {
            switch self {
            case .rescue: .rescue
            case .test: .test
            }
        }
    }

    var machine: ULID
    /// When it was first asked for.
    var since: Timestamp
    var purpose: Purpose
    /// The operator's request that it stands for: a later one replaces it.
    var request: ULID
    /// Its end was asked for, and the BMC was perhaps not told.
    var isEnding = false

    /// The plan that the agent carries out (`docs/reference/node-protocol.md` 2.18.1, 2.18.2).
    func plan(of node: String) -> Value {
        switch purpose {
        case .rescue(let keys): ["kind": "rescue", "node": .string(node), "authorized_keys": Value(keys)]
        case .test(_, let plan): plan
        }
    }

    /// The keys that are let in; none for a test.
    var keys: [String] { if case .rescue(let keys) = purpose { keys } else { [] } }

    /// The test that is wanted; nil for a rescue.
    var test: ULID? { if case .test(let test, _) = purpose { test } else { nil } }
}

/// What came of an operator's request for a rescue, or for its end.
package struct RescueOutcome: Sendable, Hashable {
    package var node: String
    /// When the machine was marked; nil once the rescue has ended.
    package var since: Timestamp?
    /// How many keys are let in.
    package var keyCount: Int
    /// The IPv4 address that it is expected to have then; nil where that is not known, and once the rescue has ended.
    package var address: String?
    /// What was done, and what somebody has to do by hand: a sentence each.
    package var messages: [String]
    /// Whether somebody has to do something by hand.
    package var needsHuman: Bool
}
