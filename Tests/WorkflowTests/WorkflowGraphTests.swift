import Primitives
import SiteActions
import Testing
import Workflow

@Suite struct WorkflowGraphTests {
    @Test("steps that wait for each other are refused by name")
    func cycle() {
        #expect(throws: WorkflowGraphError.cycle(["b", "c"])) {
            try WorkflowGraph(
                id: "g",
                steps: [
                    StepDefinition("a", "x"), StepDefinition("b", "x", after: ["a", "c"]),
                    StepDefinition("c", "x", after: ["b"]),
                ])
        }
    }

    @Test("a step that waits for itself is a cycle")
    func selfCycle() {
        #expect(throws: WorkflowGraphError.cycle(["a"])) {
            try WorkflowGraph(id: "g", steps: [StepDefinition("a", "x", after: ["a"])])
        }
    }

    @Test("a step that waits for an unknown one is refused")
    func unknown() {
        #expect(throws: WorkflowGraphError.unknownUpstream(step: "a", upstream: "b")) {
            try WorkflowGraph(id: "g", steps: [StepDefinition("a", "x", after: ["b"])])
        }
    }

    @Test("a step defined twice is refused")
    func repeated() {
        #expect(throws: WorkflowGraphError.repeatedStep("a")) {
            try WorkflowGraph(id: "g", steps: [StepDefinition("a", "x"), StepDefinition("a", "x")])
        }
    }

    @Test("a graph survives being stored", arguments: SiteActionKind.allCases)
    func stored(kind: SiteActionKind) throws {
        let graph = try kind.graph()
        #expect(try WorkflowGraph(value: try Value(json: graph.value.json())) == graph)
    }

    @Test("a damaged stored graph is refused")
    func damaged() {
        #expect(throws: WorkflowFormatError.self) { try WorkflowGraph(value: ["id": "g"]) }
        #expect(throws: WorkflowFormatError.self) {
            try WorkflowGraph(value: ["id": "g", "active_limit": 1, "steps": [["id": "a"]]])
        }
    }
}
