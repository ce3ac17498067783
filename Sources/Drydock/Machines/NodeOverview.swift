import OrderedCollections
import Primitives

/// A node of the design or a machine that is nobody's, with what went wrong with it.
package struct NodeOverview: Sendable, Hashable {
    /// Why the newest task that dealt with a node failed for it.
    package struct Problem: Sendable, Hashable {
        package var task: String
        package var action: TaskAction
        package var message: String

        var value: Value {
            ["task": .string(task), "action": .string(action.rawValue), "message": .string(message)]
        }
    }

    /// As `GET nodes` publishes a machine; a node whose machine has not come forward has the status `Missing`.
    package var members: Value.Object
    package var problem: Problem?

    package var value: Value { .object(members.merging(["problem": problem?.value ?? .null]) { $1 }) }

    init(_ machine: MachineStatus, problem: Problem?) {
        members = machine.value.objectValue ?? [:]
        self.problem = problem
    }

    init(_ node: ExpectedNode, problem: Problem?) {
        members = [
            "hostname": .string(node.node), "memory": 0, "cpu_count": 0, "status_name": "Missing",
            "boot_mac": Value(node.bootMAC?.description), "power_state": "unknown",
            "power_address": Value(node.bmcAddress), "boot_ip": nil,
        ]
        self.problem = problem
    }

    /// Nodes in the order of their names, then the machines that are nobody's.
    static func all(
        machines: [MachineStatus], designed: [ExpectedNode], problems: [String: Problem]
    ) -> [NodeOverview] {
        let present = Set(machines.compactMap(\.machine.node))
        var nodes = machines.filter { $0.machine.node != nil }.map {
            NodeOverview($0, problem: problems[$0.hostname])
        }
        nodes += designed.filter { !present.contains($0.node) }.map { NodeOverview($0, problem: problems[$0.node]) }
        nodes.sort { $0.name < $1.name }
        return nodes + machines.filter { $0.machine.node == nil }.map { NodeOverview($0, problem: nil) }
    }

    private var name: String { members["hostname"]?.stringValue ?? "" }
}
