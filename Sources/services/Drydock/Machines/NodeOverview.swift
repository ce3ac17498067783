import Primitives

/// A node of the design, or a machine that is no node, with its last problem and what it waits for.
package struct NodeOverview: Sendable, Hashable {
    /// Why the newest task that has ended for a node failed for it.
    package struct Problem: Sendable, Hashable {
        /// The id of the task.
        package var task: String
        /// What the task was to do.
        package var action: TaskAction
        package var message: String
        /// The code of the error that the message is of: `bmc.certificate`; nil where it has none.
        var code: String?
        /// When the task last changed.
        var updated: Timestamp

        /// The member of a message's `extra` that has the code.
        static let codeKey = "code"

        /// A BMC that was not trusted, and is by now, needs no remedy any more.
        mutating func take(_ observation: PowerObservation?) {
            guard code == PowerLook.Failure.certificate, let observation,
                observation.failure == nil, let observed = observation.observed, observed > updated
            else { return }
            message = "Its BMC was not trusted, as it showed another certificate; it is by now: run the action again."
        }
    }

    /// What `GET nodes` shows of it.
    package var status: MachineStatus
    /// Whether the design still has it. Where no design can be read every node counts as one of it.
    package var isDesigned = false
    /// The rack that the design puts it into; nil for none.
    package var rack: String?
    /// Why the newest task failed for the node; nil where it succeeded or there was none.
    package var problem: Problem?
    /// What a running task waits for on behalf of the node; nil where none does.
    package var wait: TaskWait?
    /// What its machine has begun and not ended, in the words of a wait, where no task deals with it any more.
    package var unattended: String?
    /// Who disagrees with who the node is, the latest first.
    package var conflicts: [MachineConflict] = []
    /// Secrets of its installation that were used after their part was over, the latest first.
    package var lateUses: [LateUse] = []
    /// The revision that a deployed machine was installed with; nil where it is not deployed, or with no revision of ours.
    package var revision: Int?
    /// The revision that is committed; nil where none is, and for a machine that is no node.
    package var committedRevision: Int?
    /// In what it is not as it should be.
    package var drift: [NodeDrift] = []
    /// When its machine was marked for rescue; nil where it is not.
    package var rescuedSince: Timestamp?
    /// The newest test of its machine; nil where there was none.
    package var test: HardwareTest?
    /// Whether it was installed, its machine was erased since, and is not being installed again.
    package var isErased = false

    /// Whether it is switched for its rescue or its test.
    var isMarked: Bool { rescuedSince != nil || test.map { $0.ended == nil } ?? false }

    /// The nodes of the design sorted by name, then the machines that are no node.
    static func all(
        machines: [MachineStatus], designed: [ExpectedNode], problems: [String: Problem],
        waits: [String: TaskWait], unattended: [String: String] = [:], conflicts: [String: [MachineConflict]] = [:],
        lateUses: [String: [LateUse]] = [:], revisions: [String: Int] = [:],
        rescues: [String: Timestamp] = [:], tests: [String: HardwareTest] = [:]
    ) -> [NodeOverview] {
        let present = Set(machines.compactMap(\.node))
        let names = Set(designed.map(\.node))
        let missing = designed.filter { !present.contains($0.node) }.map { MachineStatus($0) }
        let nodes = (machines.filter { $0.node != nil } + missing).map { status in
            NodeOverview(
                status: status, isDesigned: names.isEmpty || names.contains(status.hostname),
                problem: problems[status.hostname], wait: waits[status.hostname],
                unattended: unattended[status.hostname], conflicts: conflicts[status.hostname] ?? [],
                lateUses: lateUses[status.hostname] ?? [],
                revision: revisions[status.hostname], rescuedSince: rescues[status.hostname],
                test: tests[status.hostname])
        }
        return nodes.sorted { $0.status.hostname < $1.status.hostname }
            + machines.filter { $0.node == nil }.map { NodeOverview(status: $0) }
    }
}
