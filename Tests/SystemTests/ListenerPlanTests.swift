import API
import Listeners
import Testing

@testable import boatyardd

@Suite("Connections of the listeners")
struct ListenerPlanTests {
    private func connections(descriptors: Int) -> [ListenerName: Int] {
        let plan = ListenerPlan.ephemeral(stateDirectory: "/nowhere", isOpen: false, group: "boatyard")
        let fitting = ListenerPlan.fit(plan, descriptors: descriptors)
        return Dictionary(fitting.map { ($0.name, $0.limits.connections) }, uniquingKeysWith: { first, _ in first })
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
