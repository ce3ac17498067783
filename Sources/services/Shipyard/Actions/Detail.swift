import Primitives

/// How much an answer tells beside what it always does (`docs/reference/shipyard.md` §1.2).
package struct Detail: Sendable, Hashable {
    /// 0 to 5, as `verbosity` asks for it.
    package let verbosity: Int
    /// Whether the caller may know of Drydock's tasks.
    package let readsTasks: Bool

    package init(verbosity: Int, readsTasks: Bool = false) {
        self.verbosity = verbosity
        self.readsTasks = readsTasks
    }

    /// Of the record of a step: why it ended as it did, and what it waits for. Of a run: what it was started with.
    var hasReasons: Bool { verbosity >= 1 }
    /// The same of the steps that are listed with an action.
    var listsReasons: Bool { verbosity >= 2 }
    /// The Drydock tasks that a step started.
    var hasTasks: Bool { verbosity >= 3 && readsTasks }
    /// Of the steps that are listed with an action: when they ran, and at which try.
    var listsTimes: Bool { verbosity >= 4 }
    /// Of notes on the steps that are listed with an action: never more than the summary, as upstream.
    var listedNotes: Int { min(verbosity, 1) }
}
