import Primitives

/// A node of the design or a machine that is nobody's, with what went wrong with it and what is waited for.
package struct NodeOverview: Sendable, Hashable {
    /// Why the newest task that dealt with a node failed for it.
    package struct Problem: Sendable, Hashable {
        package var task: String
        package var action: TaskAction
        package var message: String
    }

    package var status: MachineStatus
    package var problem: Problem?
    /// What a task that deals with the node waits for now.
    package var wait: TaskWait?
    /// Who disagrees with who the node is, the latest first.
    package var conflicts: [MachineConflict] = []
    /// The revision that a deployed machine was installed with; nil where it is not deployed, or with no revision of ours.
    package var revision: Int?

    /// Nodes in the order of their names, then the machines that are nobody's.
    static func all(
        machines: [MachineStatus], designed: [ExpectedNode], problems: [String: Problem],
        waits: [String: TaskWait], conflicts: [String: [MachineConflict]] = [:], revisions: [String: Int] = [:]
    ) -> [NodeOverview] {
        let present = Set(machines.compactMap(\.node))
        let missing = designed.filter { !present.contains($0.node) }.map { MachineStatus($0) }
        let nodes = (machines.filter { $0.node != nil } + missing).map { status in
            NodeOverview(
                status: status, problem: problems[status.hostname], wait: waits[status.hostname],
                conflicts: conflicts[status.hostname] ?? [], revision: revisions[status.hostname])
        }
        return nodes.sorted { $0.status.hostname < $1.status.hostname }
            + machines.filter { $0.node == nil }.map { NodeOverview(status: $0) }
    }
}
