import Primitives

extension RedfishSession {
    /// How often a task is asked for before the BMC has said how often.
    private static let taskInterval = Duration.seconds(5)
    /// The longest pause between two questions, whatever the BMC wants: a task may end sooner than it says.
    private static let longestTaskInterval = Duration.seconds(60)
    /// How often a task is asked for at most. At the usual pause that is an hour.
    private static let taskQuestions = 720

    /// Changes members of a resource, as `If-Match` permits it: with the entity tag that was read; where the BMC answers
    /// that it does not match, with the present one, in the forms that BMCs insist on, and at last without.
    ///
    /// - Throws: `RedfishError`, also where the task that the BMC made of it fails.
    func change(_ path: String, _ body: Value) async throws {
        var answer = try await change(path, body, ifMatch: try await resource(path).entityTags.first)
        guard answer.isMismatch else { return try await finish(answer) }
        for tag in try await resource(path).entityTags + [nil, "*"] {
            answer = try await change(path, body, ifMatch: tag)
            if !answer.isMismatch { break }
        }
        try await finish(answer)
    }

    private func change(_ path: String, _ body: Value, ifMatch tag: String?) async throws -> RedfishAnswer {
        try await request("PATCH", path, body: body, headers: tag.map { [("If-Match", $0)] } ?? [])
    }

    /// Starts an action.
    func act(_ target: String, _ body: Value?) async throws {
        try await finish(try await request("POST", target, body: body))
    }

    /// Waits for the task that an answer names, where it names one (DSP0266 §12.2).
    ///
    /// A task that is gone has ended, and nobody knows how: whoever gave the order reads what came of it.
    func finish(_ answer: RedfishAnswer) async throws {
        guard answer.isSuccess else { throw answer.failure }
        guard answer.isUnderWay else { return }
        let named = answer.header("Location") ?? answer.value["@odata.id"]?.stringValue
        guard let monitor = named.flatMap(path) else { return }
        var interval = answer.retryAfter
        var seen = answer
        for question in 1...Self.taskQuestions {
            let shown = seen.value["TaskState"]?.stringValue.map { " ('\(RedfishMessage.shown($0, 40))')" } ?? ""
            try await time.pause(
                min(max(interval ?? Self.taskInterval, .seconds(1)), Self.longestTaskInterval),
                AwaitedReading(
                    seen: "its task for \(answer.request) has not ended\(shown)", count: question,
                    remedy: "look at the tasks of the BMC, and restart it"))
            let state = try await request("GET", monitor)
            seen = state
            if state.isGone { return }
            let failure = state.failure
            if !state.isSuccess, failure.isPermanent { throw failure }
            interval = state.retryAfter
            if !state.isSuccess || state.isUnderWay { continue }
            guard let ended = state.value["TaskState"]?.stringValue, ended != "Completed" else { return }
            let why = state.messages.map { " " + $0.text }.joined()
            throw RedfishError(
                .command,
                "The task of BMC \(endpoint) for \(answer.request) ended as "
                    + "'\(RedfishMessage.shown(ended, 40))'.\(why) "
                    + "Look at the tasks of the BMC")
        }
        throw RedfishError(
            .command,
            "The task of BMC \(endpoint) for \(answer.request) has not ended after \(Self.taskQuestions) questions. Look at "
                + "the tasks of the BMC, and restart it")
    }
}

extension RedfishAnswer {
    fileprivate var isMismatch: Bool { status == 412 || status == 428 }
    fileprivate var isGone: Bool { status == 404 || status == 410 }

    /// Whether it tells of a task that has not ended.
    fileprivate var isUnderWay: Bool {
        guard let state = value["TaskState"]?.stringValue else { return status == 202 }
        return ["New", "Starting", "Running", "Pending", "Suspended", "Service", "Stopping", "Cancelling"].contains(
            state)
    }
}
