import OrderedCollections
import Primitives
import SiteActions
import TestSupport
import Testing
import Workflow

@Suite struct SiteActionTableTests {
    @Test("every step has an operator that is known, and its deadline", arguments: SiteActionKind.allCases)
    func operators(kind: SiteActionKind) throws {
        let graph = try kind.graph()
        #expect(graph.id == kind.rawValue)
        #expect(!graph.steps.isEmpty)
        for step in graph.steps.values {
            #expect(StepOperator(rawValue: step.operatorName) != nil, "\(step.id)")
            // What only looks has a deadline.
            #expect(step.timeout ?? 60 >= 60)
        }
    }

    @Test("no operator is without a step, no parameter and no check without an action")
    func used() throws {
        let definitions = SiteActionKind.allCases.map(\.definition)
        #expect(
            Set(definitions.flatMap(\.steps).map(\.operatorName)) == Set(StepOperator.allCases.map(\.rawValue)))
        #expect(Set(definitions.flatMap(\.parameters)) == Set(SiteActionParameter.allCases))
        #expect(Set(definitions.flatMap(\.checks)) == Set(PreRunCheck.allCases))
    }

    @Test("an action at machines asks which, and checks that first", arguments: SiteActionKind.allCases)
    func targeted(kind: SiteActionKind) {
        let (definition, isTargeted) = (kind.definition, kind.definition.scope == .targeted)
        #expect(definition.parameters.contains(.targetNodes) == isTargeted)
        #expect(definition.checks.contains(.targetNodes) == isTargeted)
        #expect((definition.checks.first == .targetNodes) == isTargeted)
        #expect(Set(definition.parameters).count == definition.parameters.count)
        #expect(Set(definition.checks).count == definition.checks.count)
    }

    @Test("where one action excludes another, that one excludes it", arguments: SiteActionKind.allCases)
    func exclusion(kind: SiteActionKind) {
        #expect(!kind.conflicts.contains(kind))
        for other in SiteActionKind.allCases {
            #expect(kind.conflicts.contains(other) == other.conflicts.contains(kind))
            #expect((kind.conflict(with: [kind, other]) == other) == (other.conflict(with: [other, kind]) == kind))
        }
        #expect(kind.conflict(with: [kind]) == nil)
        #expect((kind.conflict(with: [kind, kind]) == kind) == kind.definition.isExclusive)
    }
}

@Suite(.enabled(if: Conformance.has("shipyard/dags.json"))) struct SiteWorkflowTests {
    private static let upgrade: Set<String> = ["decide_airflow_upgrade", "upgrade_airflow", "skip_upgrade_airflow"]

    @Test("every workflow is the recorded one without the Airflow upgrade", arguments: SiteActionKind.allCases)
    func graphs(kind: SiteActionKind) throws {
        let workflow = try #require(try Conformance.json("shipyard/dags.json")[kind.rawValue])
        let tasks = try #require(workflow["tasks"]?.arrayValue).filter { task in
            !Self.upgrade.contains(task["task_id"]?.stringValue ?? "")
        }
        let graph = try kind.graph()
        #expect(graph.steps.keys.map(Value.string) == tasks.map { $0["task_id"] })
        for (step, task) in zip(graph.steps.values, tasks) {
            var upstream = Set(try #require(task["upstream"]?.arrayValue).compactMap(\.stringValue))
            if !upstream.isDisjoint(with: Self.upgrade) { upstream = ["armada_build.armada_get_releases"] }
            #expect(Set(step.upstream) == upstream)
            #expect(step.operatorName == task["operator"]?.stringValue)
            #expect(step.triggerRule.rawValue == task["trigger_rule"]?.stringValue)
            #expect(step.retries == task["retries"]?.intValue)
            #expect(step.retryDelay == 30)
        }
        #expect(kind.definition.scope.rawValue == workflow["action_type"]?.stringValue)
    }

    @Test("there is an action for each recorded workflow, and no other")
    func names() throws {
        let workflows = try #require(try Conformance.json("shipyard/dags.json").objectValue)
        #expect(Set(workflows.keys) == Set(SiteActionKind.allCases.map(\.rawValue)))
    }
}

@Suite struct SiteActionArgumentsTests {
    @Test("target_nodes is a list of texts or a text with commas")
    func targets() {
        func names(_ value: Value) -> [String]? { SiteActionArguments(["target_nodes": value]).targetNodes }
        #expect(names("n1, n2 ,,n3") == ["n1", "n2", "n3"])
        #expect(names(["n1", " n2 "]) == ["n1", "n2"])
        for nothing: Value in ["", " , ", [], ["", " "], ["n1", 2], 7, nil, ["a": "b"]] {
            #expect(names(nothing) == nil)
        }
        #expect(SiteActionArguments([:]).targetNodes == nil)
        #expect(SiteActionArguments(.null).targetNodes == nil)
    }

    @Test(
        "continue-on-fail counts if it is true, as a word in any case or as such",
        arguments: [
            (true, true), ("true", true), ("TRUE", true), (false, false), ("yes", false), (1, false), (nil, false),
        ] as [(Value, Bool)])
    func continuing(value: Value, expected: Bool) {
        #expect(SiteActionArguments(["continue-on-fail": value]).continuesOnFail == expected)
    }

    @Test("a release is a text")
    func release() {
        #expect(SiteActionArguments(["release": "one"]).release == "one")
        #expect(SiteActionArguments(["release": ["one"]]).release == nil)
        #expect(SiteActionArguments([:]).release == nil)
    }
}
