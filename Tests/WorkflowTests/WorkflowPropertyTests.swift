import OrderedCollections
import Primitives
import TestSupport
import Testing
import Workflow

/// What every try of every step will report.
private struct Fate {
    var outcomes: [String: [Int]] = [:]

    func event(_ step: String, _ tryNumber: Int) -> WorkflowRun.Event {
        switch outcomes[step]?[tryNumber % 4] ?? 0 {
        case 0...5: .stepSucceeded(step, tryNumber: tryNumber, result: .string(step))
        case 6: .stepSkipped(step, tryNumber: tryNumber, note: "nothing to do")
        case 7: .timedOut(step, tryNumber: tryNumber)
        default: .stepFailed(step, tryNumber: tryNumber, message: "no")
        }
    }
}

@Suite struct WorkflowPropertyTests {
    private func randomGraph(using generator: inout SplitMix) throws -> WorkflowGraph {
        let count = Int.random(in: 1...14, using: &generator)
        var steps: [StepDefinition] = []
        for index in 0..<count {
            let upstream = (0..<index).filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }.map { "s\($0)" }
            let rule = TriggerRule.allCases.randomElement(using: &generator) ?? .allSuccess
            steps.append(
                StepDefinition(
                    "s\(index)", "x", after: upstream, rule: rule, retries: Int.random(in: 0...2, using: &generator),
                    retryDelay: 1, timeout: 5))
        }
        return try WorkflowGraph(
            id: "g", steps: steps.shuffled(using: &generator), activeLimit: Int.random(in: 1...4, using: &generator))
    }

    /// The events that answer the effects which are still open.
    private func answers(_ effect: WorkflowRun.Effect, _ fate: Fate) -> WorkflowRun.Event? {
        switch effect {
        case .startStep(let step, let tryNumber, _): fate.event(step, tryNumber)
        case .scheduleRetry(let step, _): .retryDue(step)
        case .cancelStep, .finished: nil
        }
    }

    private func check(_ effects: [WorkflowRun.Effect], _ run: WorkflowRun) {
        for case .startStep(let step, _, _) in effects {
            guard let definition = run.graph.steps[step] else { continue }
            let upstream = definition.upstream.compactMap { run.steps[$0]?.state }
            switch definition.triggerRule {
            case .allSuccess, .noneFailed: #expect(upstream.allSatisfy { $0 == .success || $0 == .skipped })
            case .allDone: #expect(upstream.allSatisfy { $0.isFinal })
            case .allFailed: #expect(upstream.allSatisfy { $0.isFailure })
            case .oneSuccess: #expect(upstream.isEmpty || upstream.contains { $0 == .success || $0 == .skipped })
            case .oneFailed: #expect(upstream.contains { $0.isFailure })
            case .noneSkipped: #expect(upstream.allSatisfy { $0.isFinal && $0 != .skipped })
            case .always: break
            }
        }
        #expect(run.steps.values.count { $0.state == .running } <= run.graph.activeLimit)
    }

    @Test("any graph with any outcomes ends, and no step starts before its rule holds", arguments: 0..<200)
    func terminates(seed: Int) throws {
        var generator = SplitMix(seed: UInt64(seed))
        let graph = try randomGraph(using: &generator)
        var fate = Fate()
        for step in graph.steps.keys {
            fate.outcomes[step] = (0..<4).map { _ in Int.random(in: 0..<10, using: &generator) }
        }
        var run = WorkflowRun(graph)
        var open = run.receive(.start, at: moment(0))
        var finishes = 0
        var steps = 0
        while !open.isEmpty, steps < 10_000 {
            steps += 1
            let effect = open.remove(at: Int.random(in: 0..<open.count, using: &generator))
            if case .finished = effect { finishes += 1 }
            guard let event = answers(effect, fate) else { continue }
            let effects = run.receive(event, at: moment(Double(steps)))
            check(effects, run)
            open += effects
        }
        #expect(run.state.isFinal)
        #expect(finishes == 1)
        #expect(run.steps.values.allSatisfy { $0.state.isFinal })
        #expect(run.state == (run.steps.values.contains(where: \.state.isFailure) ? .failed : .success))
    }

    @Test("a run that is stored and restarted anywhere ends with the same states", arguments: 0..<60)
    func restarts(seed: Int) throws {
        var generator = SplitMix(seed: UInt64(seed) &+ 1000)
        let graph = try randomGraph(using: &generator)
        var fate = Fate()
        for step in graph.steps.keys {
            fate.outcomes[step] = (0..<4).map { _ in Int.random(in: 0..<10, using: &generator) }
        }
        // Rules that look at the first failure or success depend on the order of events: keep the order the same.
        func play(restartAt: Int?) throws -> WorkflowRun {
            var run = WorkflowRun(graph)
            var open = run.receive(.start, at: moment(0))
            var count = 0
            while !open.isEmpty {
                if count == restartAt {
                    run = try WorkflowRun(graph: graph, value: try Value(json: run.value.json(.compact)))
                    let again = run.receive(.resumed, at: moment(1))
                    #expect(Set(again) == Set(open.filter { answers($0, fate) != nil }))
                }
                count += 1
                if let event = answers(open.removeFirst(), fate) { open += run.receive(event, at: moment(1)) }
            }
            return run
        }
        let undisturbed = try play(restartAt: nil)
        for point in 0..<40 {
            let restarted = try play(restartAt: point)
            #expect(restarted == undisturbed)
        }
    }
}
