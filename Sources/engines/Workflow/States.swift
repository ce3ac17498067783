/// The state of a step, in Airflow's words, which clients read.
package enum StepState: String, Sendable, CaseIterable {
    /// It waits for other steps.
    case none
    /// It may start, but the run is paused or too many steps are running.
    case scheduled
    case queued
    case running
    case success
    case failed
    /// It never started, because a step that it waits for failed.
    case upstreamFailed = "upstream_failed"
    case skipped
    /// It failed and will be tried again.
    case upForRetry = "up_for_retry"
    case removed

    /// Whether the state is an end.
    package var isFinal: Bool {
        switch self {
        case .success, .failed, .upstreamFailed, .skipped, .removed: true
        case .none, .scheduled, .queued, .running, .upForRetry: false
        }
    }

    /// Failed by itself, or because a step before it did.
    package var isFailure: Bool { self == .failed || self == .upstreamFailed }
}

/// The state of a run, in Airflow's words, which clients read.
package enum RunState: String, Sendable, CaseIterable {
    case queued
    case running
    /// Running steps go on; none starts.
    case paused
    case success
    case failed

    /// Whether the run has ended.
    package var isFinal: Bool { self == .success || self == .failed }
}
