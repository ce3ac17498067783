import Primitives
import Testing

@testable import BoatyardCLI

@Suite("The live display of an action")
struct ProgressScreenTests {
    private func view(machines: Int, failed: Int = 0) -> ActionView {
        let steps: [Value] = (1...17).map { index in
            [
                "id": .string("step_\(index)"), "index": .int(index),
                "state": index < 13 ? "success" : index == 13 ? "running" : nil,
            ]
        }
        let nodes: [Value] = (1...machines).map { index in
            let status: Value = index % 3 == 0 ? "Deployed" : index % 3 == 1 ? "Deploying" : "Missing"
            let text = "Node n\(index), power on: no answer from BMC 10.0.0.\(index) whatever was tried"
            let problem: Value = index <= failed ? ["message": .string(text), "task": "t"] : .null
            return ["hostname": .string("n\(index)"), "status_name": status, "problem": problem]
        }
        return ActionView(
            ["id": "A", "name": "deploy_site", "action_lifecycle": "Processing", "steps": .array(steps)], nodes: nodes)
    }

    @Test("any site fits any window", arguments: [1, 4, 20, 500], [(24, 80), (10, 40), (50, 200)])
    func fits(machines: Int, window: (Int, Int)) {
        let screen = ProgressScreen(width: window.1, height: window.0)
        let lines = screen.lines(view(machines: machines, failed: machines / 2), elapsed: "00:01.0")
        #expect(lines.count < window.0)
        #expect(lines.allSatisfy { $0.count < window.1 })
        #expect(lines.first?.contains("deploy_site  Processing") == true)
    }

    @Test("what is left out is counted, and failures stay")
    func counts() {
        let lines = ProgressScreen(width: 80, height: 24).lines(view(machines: 20, failed: 1), elapsed: "00:01.0")
        #expect(lines.contains("  ✓ 12 of 17 steps have ended"))
        #expect(lines.contains { $0.hasPrefix("  20 machines: 1 failed, ") })
        #expect(lines.contains { $0.hasPrefix("  ✗ n1 ") && $0.contains("power on: no answer") })
    }

    @Test("a small site is shown whole")
    func whole() {
        let lines = ProgressScreen(width: 200, height: 50).lines(view(machines: 4), elapsed: "00:01.0")
        #expect(lines.count == 1 + 17 + 4)
    }

    @Test("failures of earlier actions are not this one's")
    func earlier() {
        let nodes: [Value] = [
            ["hostname": "n1", "status_name": "Missing", "problem": ["task": "old", "message": "x"]]
        ]
        #expect(ActionView([:], nodes: nodes, earlier: ["old"]).machines[0].problem == nil)
        #expect(ActionView([:], nodes: nodes).machines[0].problem == "x")
    }
}
