/// When a step may start, by the ends of the steps that it waits for.
///
/// The rules are Airflow's, with one difference: a skipped step counts as a success for every rule that asks for
/// success, so that a component that is not configured does not skip all steps after its own.
package enum TriggerRule: String, Sendable, CaseIterable {
    case allSuccess = "all_success"
    case allDone = "all_done"
    case allFailed = "all_failed"
    case oneSuccess = "one_success"
    case oneFailed = "one_failed"
    case noneFailed = "none_failed"
    case noneSkipped = "none_skipped"
    case always = "always"
}

extension TriggerRule {
    enum Verdict {
        case wait
        case start
        /// It never can: a step before it failed.
        case upstreamFailed
        /// It never can, and nothing failed for it.
        case skip
    }

    func verdict(on upstream: [StepState]) -> Verdict {
        if upstream.isEmpty { return self == .oneFailed || self == .allFailed ? .skip : .start }
        let allDone = upstream.allSatisfy(\.isFinal)
        let failures = upstream.count { $0.isFailure }
        let skips = upstream.count { $0 == .skipped || $0 == .removed }
        switch self {
        case .always: return .start
        case .allDone: return allDone ? .start : .wait
        case .allSuccess, .noneFailed:
            if failures > 0 { return .upstreamFailed }
            return allDone ? .start : .wait
        case .allFailed:
            if upstream.contains(where: { $0.isFinal && !$0.isFailure }) { return .skip }
            return allDone ? .start : .wait
        case .oneSuccess:
            if upstream.contains(where: { $0.isFinal && !$0.isFailure }) { return .start }
            return allDone ? .upstreamFailed : .wait
        case .oneFailed:
            if failures > 0 { return .start }
            return allDone ? .skip : .wait
        case .noneSkipped:
            if skips > 0 { return .skip }
            return allDone ? .start : .wait
        }
    }
}
