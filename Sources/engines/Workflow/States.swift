/// Where a step stands; the words are Airflow's, which clients read.
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

    /// No event changes it any more.
    package var isFinal: Bool {
        switch self {
        case .success, .failed, .upstreamFailed, .skipped, .removed: true
        case .none, .scheduled, .queued, .running, .upForRetry: false
        }
    }

    /// Failed by itself, or because a step before it did.
    package var isFailure: Bool { self == .failed || self == .upstreamFailed }
}

/// Where a run stands.
package enum RunState: String, Sendable, CaseIterable {
    case queued
    case running
    /// Running steps go on; none starts.
    case paused
    case success
    case failed

    package var isFinal: Bool { self == .success || self == .failed }
}
