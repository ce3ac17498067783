import API
import Glibc
import Listeners
import Testing

@testable import BoatyardDaemon

@Suite("Connections of the listeners")
struct ListenerPlanTests {
    private func connections(descriptors: Int) -> [ListenerName: Int] {
        let plan = ListenerPlan.ephemeral(stateDirectory: "/nowhere", isOpen: false, group: "boatyard")
        let fitting = ListenerPlan.fit(plan, descriptors: descriptors)
        return Dictionary(fitting.map { ($0.name, $0.limits.connections) }, uniquingKeysWith: { first, _ in first })
    }

    @Test("sockets of one listener share its connections", arguments: [1024, 16384])
    func shared(descriptors: Int) {
        let plan = ListenerPlan.ephemeral(stateDirectory: "/nowhere", isOpen: false, group: "boatyard")
        let single = connections(descriptors: descriptors)
        let fitting = ListenerPlan.fit(plan + plan.filter { $0.name == .node }, descriptors: descriptors)
        let nodes = fitting.filter { $0.name == .node }.map(\.limits.connections)
        #expect(nodes.count == 2 && nodes[0] == nodes[1])
        #expect(nodes[0] == (single[.node] ?? 0) / 2)
        #expect(fitting.first { $0.name == .api }?.limits.connections == single[.api])
    }

    @Test("the listeners are fitted to as many descriptors as the process may have")
    func openFiles() {
        var limit = rlimit()
        #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
        #expect(ListenerPlan.openFiles == Int(clamping: limit.rlim_cur))
    }

    @Test("with descriptors enough a thousand machines have two connections each")
    func enough() {
        #expect(connections(descriptors: 16384) == [.admin: 256, .api: 512, .node: 4096])
    }

    @Test(
        "with few, all listeners together leave half of them, or 320, to everything else",
        arguments: [
            64, 128, 256, 1024, 4096,
        ])
    func few(descriptors: Int) {
        let connections = connections(descriptors: descriptors)
        #expect(connections.values.reduce(0, +) <= max(descriptors / 2, descriptors - 320))
        #expect(connections.values.allSatisfy { $0 >= 4 })
        #expect((connections[.node] ?? 0) >= (connections[.api] ?? 0))
    }
}
