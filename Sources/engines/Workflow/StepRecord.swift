import Primitives

/// What a run knows of one of its steps.
package struct StepRecord: Sendable, Hashable {
    /// Where the step is.
    package var state: StepState = .none
    /// The try that runs, or the last that ran; 0 before the first.
    package var tryNumber = 0
    /// The last try that will be made.
    package var lastTry: Int
    /// When it might have started.
    package var queuedAt: Timestamp?
    /// When the current or last try started.
    package var startedAt: Timestamp?
    /// nil until a try has ended.
    package var endedAt: Timestamp?
    /// When the next try is due, while the state is `up_for_retry`.
    package var retryAt: Timestamp?
    /// Why it failed or was skipped.
    package var message: String?
    /// What it left for the steps after it.
    package var result: Value?

    init(retries: Int) { lastTry = 1 + max(0, retries) }

    /// Seconds between start and end, once both are known.
    package var duration: Double? {
        guard let startedAt, let endedAt else { return nil }
        return endedAt.seconds(since: startedAt)
    }
}
