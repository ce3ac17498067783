import Installation
import Primitives
import SiteDesign

/// The newest test of a machine's hardware (`docs/reference/drydock.md` §3.35).
package struct HardwareTest: Sendable, Hashable {
    /// How a test ended.
    package enum Outcome: String, Sendable, Hashable, CaseIterable {
        /// Without a finding that is an error.
        case passed
        case failed
        /// Nothing was reported in time.
        case overdue
        /// An operator has ended it, or the machine was given other work.
        case stopped
    }

    package var id: ULID
    var machine: ULID
    package var mode: HardwareTestMode
    /// The digest of what the design expected of the machine.
    var expectations: String
    /// The id of the task that wants it; nil where an operator does.
    package var task: String?
    package var since: Timestamp
    /// When it counts as overdue.
    package var deadline: Timestamp
    /// When it ended; nil while it has not.
    package var ended: Timestamp?
    /// How it ended; nil while it has not.
    package var outcome: Outcome?
    /// What it has found, in the order of the checks; empty unless it has passed or failed, and in lists of nodes.
    package private(set) var findings: [HardwareFinding] = []
    /// How many findings are errors.
    package private(set) var errorCount = 0
    /// How many are warnings.
    package private(set) var warningCount = 0
    /// Why it was stopped, or what was seen last; empty otherwise.
    package var reason = ""

    /// Whether it has shown that the machine is as a design expects.
    ///
    /// - Parameters:
    ///   - mode: how thoroughly the machine has to be tested.
    ///   - expectations: the digest of what the design expects now.
    func shows(_ mode: HardwareTestMode, _ expectations: String) -> Bool {
        outcome == .passed && self.mode.covers(mode) && self.expectations == expectations
    }

    /// When it counts as overdue for a daemon that was started at `started`. Machines could not reach it before: they have `grace`
    /// seconds from then on, or the whole time of the test where that is shorter.
    func deadline(after started: Timestamp, grace: Double) -> Timestamp {
        guard since < started else { return deadline }
        return max(deadline, started.adding(seconds: min(grace, deadline.seconds(since: since))))
    }

    /// The id under which its results are filed as build data.
    var filedUnder: String { task ?? id.description }

    /// The mode's name, as clients write it.
    package var modeName: String { mode.rawValue }
    /// The findings as clients get them.
    package var findingValues: [Value] { findings.map(\.value) }

    /// Whether a commissioning waits for it.
    var isOfCommissioning: Bool { ended == nil && task != nil }

    /// The reason of one that an operator has ended.
    static let endedByOperator = "an operator has ended it"

    /// Whether an operator has ended it, who does not want it again.
    var isEndedByOperator: Bool { outcome == .stopped && reason == Self.endedByOperator }

    /// Why nothing may have come back although nothing is wrong with the machine.
    static let oldInstaller =
        "Its installer may have been built before there were tests, and start for none: 'boatyard netboot build' makes a "
        + "new one."

    /// What a machine may report: more than its parts could have.
    static let findingLimit = 4096

    /// Takes what it has found.
    mutating func take(_ findings: [HardwareFinding]) {
        self.findings = findings
        errorCount = findings.count(.error)
        warningCount = findings.count(.warning)
    }

    /// Takes the numbers alone.
    mutating func take(errors: Int, warnings: Int) {
        errorCount = errors
        warningCount = warnings
    }
}

/// What came of an operator's request for a test, or for its end.
package struct HardwareTestOrder: Sendable, Hashable {
    /// The name of the node.
    package var node: String
    package var test: HardwareTest
    /// What was done, and what somebody has to do by hand: a sentence each.
    package var messages: [String]
    /// Whether somebody has to do something by hand.
    package var needsHuman: Bool
}
