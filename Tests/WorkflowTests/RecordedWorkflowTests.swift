import OrderedCollections
import Primitives
import TestSupport
import Testing
import Workflow

/// The recorded graph `name`, complete; `retries` and delays included.
func recordedGraph(_ name: String) throws -> WorkflowGraph {
    let tasks = try #require(try Conformance.json("shipyard/dags.json")[name]?["tasks"]?.arrayValue)
    return try WorkflowGraph(
        id: name,
        steps: tasks.map { task in
            StepDefinition(
                try #require(task["task_id"]?.stringValue), try #require(task["operator"]?.stringValue),
                after: try #require(task["upstream"]?.arrayValue).compactMap(\.stringValue),
                rule: try #require(task["trigger_rule"]?.stringValue.flatMap(TriggerRule.init(rawValue:))),
                retries: try #require(task["retries"]?.intValue))
        })
}

@Suite(.enabled(if: Conformance.has("shipyard/dags.json"))) struct SchedulerConformanceTests {
    @Test("weights are those of the scheduler")
    func weights() throws {
        let workflows = try #require(try Conformance.json("shipyard/dags.json").objectValue)
        #expect(!workflows.isEmpty)
        for (name, workflow) in workflows {
            let recorded = try recordedGraph(name)
            for task in workflow["tasks"]?.arrayValue ?? [] {
                let id = try #require(task["task_id"]?.stringValue)
                #expect(recorded.weights[id] == task["priority_weight_total"]?.intValue)
            }
        }
    }
}

@Suite(.enabled(if: Conformance.has("shipyard/dags.json"))) struct TriggerRuleConformanceTests {
    @Test("every step ends as in the reference's scheduler, and its last steps decide as they do there")
    func runs() throws {
        let cases = try #require(try Conformance.json("shipyard/engine/trigger_rules.json")["cases"]?.arrayValue)
        #expect(!cases.isEmpty)
        for testCase in cases {
            let name = try #require(testCase["dag"]?.stringValue)
            let failing = Set(testCase["fail"]?.arrayValue?.compactMap(\.stringValue) ?? [])
            let notTaken = testCase["upgrade_airflow"] == true ? "skip_upgrade_airflow" : "upgrade_airflow"
            let graph = try recordedGraph(name).withoutRetries()
            var run = WorkflowRun(graph)
            var effects = run.receive(.start, at: moment(0))
            while !effects.isEmpty {
                guard case .startStep(let step, let tryNumber, _) = effects.removeFirst() else { continue }
                let event: WorkflowRun.Event
                if step == notTaken {
                    event = .stepSkipped(step, tryNumber: tryNumber, note: "")
                } else if failing.contains(step) {
                    event = .stepFailed(step, tryNumber: tryNumber, message: "")
                } else {
                    event = .stepSucceeded(step, tryNumber: tryNumber)
                }
                effects += run.receive(event, at: moment(1))
            }
            #expect(run.leafState?.rawValue == testCase["expect"]?["dag_run_state"]?.stringValue)
            #expect(run.state == (failing.subtracting([notTaken]).isEmpty ? .success : .failed))
            for (step, state) in testCase["expect"]?["tasks"]?.objectValue ?? [:] {
                #expect(
                    run.steps[step]?.state.rawValue == state.stringValue, "\(name) with \(failing.sorted()): \(step)")
            }
        }
    }
}

func moment(_ seconds: Double) -> Timestamp { Timestamp(microseconds: 0).adding(seconds: seconds) }

extension WorkflowGraph {
    func withoutRetries() throws -> WorkflowGraph {
        try WorkflowGraph(
            id: id,
            steps: steps.values.map {
                var step = $0
                step.retries = 0
                return step
            })
    }
}

extension WorkflowRun {
    /// What Airflow would call the finished run, by its last steps only; nil while steps are left.
    var leafState: RunState? {
        let awaited = Set(graph.steps.values.flatMap(\.upstream))
        let leaves = steps.filter { !awaited.contains($0.key) }.values.map(\.state)
        guard leaves.allSatisfy(\.isFinal) else { return nil }
        return leaves.contains(where: \.isFailure) ? .failed : .success
    }
}
