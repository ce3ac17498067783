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

@Suite(.enabled(if: Conformance.has("shipyard/dags.json"))) struct SiteWorkflowsTests {
    private static let upgrade: Set<String> = ["decide_airflow_upgrade", "upgrade_airflow", "skip_upgrade_airflow"]

    @Test("every workflow is the recorded one without the Airflow upgrade", arguments: SiteWorkflows.names)
    func graphs(name: String) throws {
        let graph = try #require(SiteWorkflows.graph(name))
        let recorded = try recordedGraph(name)
        #expect(Array(graph.steps.keys) == recorded.steps.keys.filter { !Self.upgrade.contains($0) })
        for (id, step) in graph.steps {
            let other = try #require(recorded.steps[id])
            var upstream = Set(other.upstream)
            if !upstream.isDisjoint(with: Self.upgrade) { upstream = ["armada_build.armada_get_releases"] }
            #expect(Set(step.upstream) == upstream)
            #expect(step.operatorName == other.operatorName)
            #expect(step.triggerRule == other.triggerRule)
            #expect(step.retries == other.retries)
            #expect(step.retryDelay == 30)
            // What only looks has a deadline here; the recorded steps have none.
            #expect(step.timeout ?? 60 >= 60)
        }
        let scope = try Conformance.json("shipyard/dags.json")[name]?["action_type"]?.stringValue
        #expect(SiteWorkflows.scope(of: name).rawValue == scope)
    }

    @Test("weights are those of the scheduler", arguments: SiteWorkflows.names)
    func weights(name: String) throws {
        let recorded = try recordedGraph(name)
        for task in try Conformance.json("shipyard/dags.json")[name]?["tasks"]?.arrayValue ?? [] {
            let id = try #require(task["task_id"]?.stringValue)
            #expect(recorded.weights[id] == task["priority_weight_total"]?.intValue)
        }
    }

    @Test("an unknown workflow has no graph")
    func unknown() { #expect(SiteWorkflows.graph("upgrade_site") == nil) }
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
