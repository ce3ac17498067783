import OrderedCollections
import Primitives

/// A node of the design or a machine that is nobody's, with what went wrong with it and what is waited for.
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
    /// What a task that deals with the node waits for now.
    package var wait: TaskWait?

    package var value: Value {
        let more: Value.Object = ["problem": problem?.value ?? .null, "waiting_for": wait?.value ?? .null]
        return .object(members.merging(more) { $1 })
    }

    init(_ machine: MachineStatus) { members = machine.value.objectValue ?? [:] }

    init(_ node: ExpectedNode) {
        members = [
            "hostname": .string(node.node), "memory": 0, "cpu_count": 0, "status_name": "Missing",
            "boot_mac": Value(node.bootMAC?.description), "power_state": "unknown",
            "power_address": Value(node.bmcAddress), "boot_ip": nil,
        ]
    }

    /// Nodes in the order of their names, then the machines that are nobody's.
    static func all(
        machines: [MachineStatus], designed: [ExpectedNode], problems: [String: Problem],
        waits: [String: TaskWait]
    ) -> [NodeOverview] {
        let present = Set(machines.compactMap(\.machine.node))
        var nodes = machines.filter { $0.machine.node != nil }.map(NodeOverview.init)
        nodes += designed.filter { !present.contains($0.node) }.map(NodeOverview.init)
        for index in nodes.indices {
            nodes[index].problem = problems[nodes[index].name]
            nodes[index].wait = waits[nodes[index].name]
        }
        nodes.sort { $0.name < $1.name }
        return nodes + machines.filter { $0.machine.node == nil }.map(NodeOverview.init)
    }

    private var name: String { members["hostname"]?.stringValue ?? "" }
}
