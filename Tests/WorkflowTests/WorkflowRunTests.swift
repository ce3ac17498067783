import OrderedCollections
import Primitives
import Testing
import Workflow

@Suite struct WorkflowRunTests {
    private func graph(_ steps: StepDefinition..., activeLimit: Int = 16) throws -> WorkflowGraph {
        try WorkflowGraph(id: "g", steps: steps, activeLimit: activeLimit)
    }

    @Test("a chain runs one step after the other and ends in success")
    func chain() throws {
        var run = WorkflowRun(try graph(StepDefinition("a", "x"), StepDefinition("b", "x", after: ["a"])))
        #expect(run.receive(.start, at: moment(0)) == [.startStep("a", tryNumber: 1, deadline: nil)])
        #expect(
            run.receive(.stepSucceeded("a", tryNumber: 1, result: 7), at: moment(1)) == [
                .startStep("b", tryNumber: 1, deadline: nil)
            ])
        #expect(run.result(of: "a") == 7)
        #expect(run.receive(.stepSucceeded("b", tryNumber: 1), at: moment(3)) == [.finished(.success)])
        #expect(run.steps["b"]?.duration == 2)
        #expect(run.endedAt == moment(3))
    }

    @Test("a failed step is tried again after its delay, then fails what waits for it")
    func retry() throws {
        var run = WorkflowRun(
            try graph(StepDefinition("a", "x", retries: 1, retryDelay: 30), StepDefinition("b", "x", after: ["a"])))
        _ = run.receive(.start, at: moment(0))
        #expect(
            run.receive(.stepFailed("a", tryNumber: 1, message: "no"), at: moment(5)) == [
                .scheduleRetry("a", at: moment(35))
            ])
        #expect(run.steps["a"]?.state == .upForRetry)
        #expect(run.receive(.retryDue("a"), at: moment(35)) == [.startStep("a", tryNumber: 2, deadline: nil)])
        #expect(run.receive(.stepFailed("a", tryNumber: 2, message: "no"), at: moment(36)) == [.finished(.failed)])
        #expect(run.steps["b"]?.state == .upstreamFailed)
    }

    @Test("a step that is given up is not tried again, and a rerun gives it all its tries")
    func abandoned() throws {
        var run = WorkflowRun(
            try graph(StepDefinition("a", "x", retries: 3, retryDelay: 30), StepDefinition("b", "x", after: ["a"])))
        _ = run.receive(.start, at: moment(0))
        #expect(run.receive(.stepAbandoned("a", tryNumber: 2, message: "no"), at: moment(1)) == [])
        #expect(
            run.receive(.stepAbandoned("a", tryNumber: 1, message: "no"), at: moment(1)) == [.finished(.failed)])
        #expect(run.steps["a"]?.message == "no")
        #expect(run.receive(.rerun, at: moment(2)) == [.startStep("a", tryNumber: 2, deadline: nil)])
        #expect(run.steps["a"]?.lastTry == 5)
    }

    @Test("a step whose component is not configured is skipped, and those after it go on")
    func skipped() throws {
        var run = WorkflowRun(try graph(StepDefinition("a", "x"), StepDefinition("b", "x", after: ["a"])))
        _ = run.receive(.start, at: moment(0))
        let effects = run.receive(.stepSkipped("a", tryNumber: 1, note: "not configured"), at: moment(1))
        #expect(effects == [.startStep("b", tryNumber: 1, deadline: nil)])
        #expect(run.receive(.stepSucceeded("b", tryNumber: 1), at: moment(1)) == [.finished(.success)])
    }

    @Test("a failure in the middle fails the run although the last step succeeds")
    func middle() throws {
        var run = WorkflowRun(
            try graph(StepDefinition("a", "x"), StepDefinition("b", "x", after: ["a"], rule: .allDone)))
        _ = run.receive(.start, at: moment(0))
        _ = run.receive(.stepFailed("a", tryNumber: 1, message: "no"), at: moment(1))
        #expect(run.receive(.stepSucceeded("b", tryNumber: 1), at: moment(2)) == [.finished(.failed)])
        #expect(run.leafState == .success)
    }

    @Test("a step that outlives its deadline is cancelled and fails, and what it reports later is ignored")
    func timeout() throws {
        var run = WorkflowRun(try graph(StepDefinition("a", "x", retries: 1, retryDelay: 1, timeout: 10)))
        #expect(run.receive(.start, at: moment(0)) == [.startStep("a", tryNumber: 1, deadline: moment(10))])
        #expect(
            run.receive(.timedOut("a", tryNumber: 1), at: moment(10)) == [
                .cancelStep("a"), .scheduleRetry("a", at: moment(11)),
            ])
        #expect(run.receive(.stepSucceeded("a", tryNumber: 1), at: moment(10)).isEmpty)
        _ = run.receive(.retryDue("a"), at: moment(11))
        #expect(run.receive(.timedOut("a", tryNumber: 1), at: moment(12)).isEmpty)
        #expect(run.receive(.stepSucceeded("a", tryNumber: 2), at: moment(13)) == [.finished(.success)])
    }

    @Test("while paused running steps end and none starts")
    func pause() throws {
        var run = WorkflowRun(try graph(StepDefinition("a", "x"), StepDefinition("b", "x", after: ["a"])))
        _ = run.receive(.start, at: moment(0))
        _ = run.receive(.pause, at: moment(1))
        #expect(run.receive(.stepSucceeded("a", tryNumber: 1), at: moment(2)).isEmpty)
        #expect(run.steps["b"]?.state == .scheduled)
        #expect(run.receive(.unpause, at: moment(9)) == [.startStep("b", tryNumber: 1, deadline: nil)])
    }

    @Test("stop cancels what runs, skips the rest and fails the run; a rerun starts over from there")
    func stopAndRerun() throws {
        var run = WorkflowRun(
            try graph(
                StepDefinition("a", "x"), StepDefinition("b", "x", after: ["a"]),
                StepDefinition("c", "x", after: ["b"])))
        _ = run.receive(.start, at: moment(0))
        _ = run.receive(.stepSucceeded("a", tryNumber: 1, result: 1), at: moment(1))
        #expect(run.receive(.stop, at: moment(2)) == [.cancelStep("b"), .finished(.failed)])
        #expect(run.steps["c"]?.state == .skipped)
        #expect(run.receive(.stepSucceeded("b", tryNumber: 1), at: moment(3)).isEmpty)
        #expect(run.receive(.rerun, at: moment(4)) == [.startStep("b", tryNumber: 2, deadline: nil)])
        #expect(run.result(of: "a") == 1)
        _ = run.receive(.stepSucceeded("b", tryNumber: 2), at: moment(5))
        #expect(run.receive(.stepSucceeded("c", tryNumber: 1), at: moment(6)) == [.finished(.success)])
    }

    @Test("a rerun repeats the steps after the failed one even if they succeeded")
    func rerunDownstream() throws {
        var run = WorkflowRun(
            try graph(StepDefinition("a", "x"), StepDefinition("b", "x", after: ["a"], rule: .allDone)))
        _ = run.receive(.start, at: moment(0))
        _ = run.receive(.stepFailed("a", tryNumber: 1, message: "no"), at: moment(1))
        _ = run.receive(.stepSucceeded("b", tryNumber: 1), at: moment(2))
        #expect(run.receive(.rerun, at: moment(3)) == [.startStep("a", tryNumber: 2, deadline: nil)])
        #expect(
            run.receive(.stepSucceeded("a", tryNumber: 2), at: moment(4)) == [
                .startStep("b", tryNumber: 2, deadline: nil)
            ])
        #expect(run.receive(.stepSucceeded("b", tryNumber: 2), at: moment(5)) == [.finished(.success)])
        #expect(run.receive(.rerun, at: moment(6)).isEmpty)
    }

    @Test("what a failed step did is kept until its next try, and is no result for later steps")
    func failedResult() throws {
        var run = WorkflowRun(try graph(StepDefinition("a", "x", retries: 1, retryDelay: 5)))
        _ = run.receive(.start, at: moment(0))
        _ = run.receive(.stepFailed("a", tryNumber: 7, message: "no", result: 1), at: moment(1))
        #expect(run.steps["a"]?.result == nil, "that is another try")
        _ = run.receive(.stepFailed("a", tryNumber: 1, message: "no", result: 2), at: moment(1))
        #expect(run.steps["a"]?.result == 2)
        #expect(run.result(of: "a") == nil)
        let restored = try WorkflowRun(graph: run.graph, value: try Value(json: run.value.json()))
        #expect(restored == run)
        _ = run.receive(.retryDue("a"), at: moment(6))
        #expect(run.steps["a"]?.result == nil)
        #expect(run.receive(.stepSucceeded("a", tryNumber: 2, result: 3), at: moment(7)) == [.finished(.success)])
        #expect(run.result(of: "a") == 3)
    }

    @Test("no more steps run at once than the limit allows, the heaviest first")
    func limit() throws {
        var run = WorkflowRun(
            try graph(
                StepDefinition("a", "x"), StepDefinition("b", "x"), StepDefinition("c", "x", after: ["b"]),
                activeLimit: 1))
        #expect(run.receive(.start, at: moment(0)) == [.startStep("b", tryNumber: 1, deadline: nil)])
        #expect(run.steps["a"]?.state == .scheduled)
    }

    @Test("an empty workflow succeeds at once")
    func empty() throws {
        var run = WorkflowRun(try WorkflowGraph(id: "g", steps: []))
        #expect(run.receive(.start, at: moment(0)) == [.finished(.success)])
    }

    @Test("a restart asks again for what was under way, with the same try")
    func resumed() throws {
        var run = WorkflowRun(
            try graph(StepDefinition("a", "x", timeout: 60), StepDefinition("b", "x", retries: 1, retryDelay: 5)))
        _ = run.receive(.start, at: moment(0))
        _ = run.receive(.stepFailed("b", tryNumber: 1, message: "no"), at: moment(1))
        let graph = run.graph
        var restored = try WorkflowRun(graph: graph, value: try Value(json: run.value.json()))
        #expect(restored == run)
        #expect(
            restored.receive(.resumed, at: moment(100)) == [
                .startStep("a", tryNumber: 1, deadline: moment(60)), .scheduleRetry("b", at: moment(6)),
            ])
    }

    @Test("a run that was stored before its start starts at the restart")
    func resumedQueued() throws {
        var run = WorkflowRun(try graph(StepDefinition("a", "x")))
        #expect(run.receive(.resumed, at: moment(0)) == [.startStep("a", tryNumber: 1, deadline: nil)])
    }

    @Test("a damaged stored run is refused", arguments: ["{}", #"{"state": "running", "steps": {}}"#, "[]"])
    func damaged(text: String) throws {
        let graph = try graph(StepDefinition("a", "x"))
        #expect(throws: WorkflowFormatError.self) { try WorkflowRun(graph: graph, value: try Value(json: text)) }
    }
}
