import Primitives
import Testing

@testable import Drydock

@Suite("Results of tasks")
struct TaskResultTests {
    private func task(
        _ action: TaskAction, ok: [String] = [], bad: [String] = [], retry: Int = 0,
        status: TaskStatus = .complete
    ) -> DrydockTask {
        var result = TaskResult()
        for name in ok { result.succeed(name) }
        for name in bad { result.fail(name) }
        if ok.isEmpty, bad.isEmpty { result.succeed() }
        let time = Timestamp(microseconds: 0)
        return DrydockTask(
            id: UUIDv4().description, action: action, parent: nil, slot: nil, design: "", nodeFilter: .null,
            status: status, result: result, messages: [], subtasks: [], created: time, createdBy: "", updated: time,
            retry: retry, waiting: nil)
    }

    @Test("a success and a failure, in either order, are a partial success")
    func accumulate() {
        var result = TaskResult()
        #expect(result.status == .incomplete)
        result.succeed("a")
        #expect(result.status == .success)
        result.fail("b")
        result.succeed("a")
        #expect(result.status == .partialSuccess)
        #expect(result.successes == ["a"])
        #expect(result.failures == ["b"])
        var other = TaskResult()
        other.fail("b")
        other.succeed("a")
        #expect(other.status == .partialSuccess)
    }

    @Test("successes bubble from one action, failures from all")
    func bubble() {
        let children = [
            task(.applyNodeNetworking, ok: ["a", "b"], bad: ["c"]), task(.deployNode, ok: ["a"], bad: ["b"]),
            task(.bootActionReport, ok: ["a"]), task(.bootActionReport, ok: ["z"], status: .running),
        ]
        var result = TaskResult()
        result.bubble(children, action: .bootActionReport, retry: 0)
        result.align(children, retry: 0)
        #expect(result.successes == ["a"])
        #expect(result.failures == ["c", "b"])
        #expect(result.status == .partialSuccess)
    }

    @Test("a retry counts the failures of its own try only, but every success")
    func retries() {
        let children = [
            task(.deployNode, ok: ["a"]), task(.deployNode, bad: ["b"]), task(.deployNode, ok: ["b"], retry: 1),
        ]
        var result = TaskResult()
        result.align(children, retry: 1)
        result.bubble(children, retry: 1)
        #expect(result.status == .success)
        #expect(result.successes == ["a", "b"])
        #expect(result.failures.isEmpty)
    }

    @Test("a failure that no retry would mend counts in every later one")
    func permanent() {
        var given = task(.deployNode, bad: ["a"])
        given.result.isPermanent = true
        let children = [given, task(.deployNode, bad: ["b"]), task(.deployNode, ok: ["b"], retry: 1)]
        var result = TaskResult()
        result.align(children, retry: 1)
        result.bubble(children, retry: 1)
        #expect(result.status == .partialSuccess)
        #expect(result.successes == ["b"])
        #expect(result.failures == ["a"])
    }

    @Test("a task without children has succeeded; one whose children run is incomplete")
    func align() {
        var result = TaskResult()
        result.align([], retry: 0)
        #expect(result.status == .success)
        result.align([task(.noop, ok: ["a"], status: .running)], retry: 0)
        #expect(result.status == .incomplete)
        result.align([task(.noop, bad: ["a"])], retry: 0)
        #expect(result.status == .failure)
    }

    @Test("the extra of a message is a text that holds JSON")
    func message() {
        let message = TaskMessage(
            "m", isError: true, contextType: "node", context: "n1", time: Timestamp(microseconds: 1_000_001),
            extra: ["percent": 50])
        #expect(
            message.value.json(.spaced)
                == #"{"message": "m", "error": true, "context_type": "node", "context": "n1", "#
                + #""ts": "1970-01-01 00:00:01.000001", "extra": "{\"percent\": 50}"}"#)
    }
}
