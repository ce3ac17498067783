/// How patient the drivers are (`docs/reference/drydock.md` §14); rehearsals and tests are in a greater hurry.
package struct OutOfBandTiming: Sendable, Hashable {
    /// How many sessions are tried for one command.
    package var attempts: Int
    /// The pause before another session is tried.
    package var pauseBetweenAttempts: Duration
    /// The pause between the order of a boot device and reading it back.
    package var pauseBeforeReadBack: Duration
    /// For how many pauses, and one less, the power is read after it was switched.
    package var polls: Int
    /// The longest pause between two readings of the power.
    package var pauseBetweenPolls: Duration
    /// After so long it is taken as done what a person was asked to do by hand; nil where that is to be said.
    package var manualPause: Duration?

    package init(
        attempts: Int, pauseBetweenAttempts: Duration, pauseBeforeReadBack: Duration = .seconds(3), polls: Int,
        pauseBetweenPolls: Duration, manualPause: Duration?
    ) {
        self.attempts = max(1, attempts)
        self.pauseBetweenAttempts = pauseBetweenAttempts
        self.pauseBeforeReadBack = pauseBeforeReadBack
        self.polls = max(1, polls)
        self.pauseBetweenPolls = pauseBetweenPolls
        self.manualPause = manualPause
    }

    /// The pauses between the readings of the power after it was switched, which most BMCs do within a second: short ones first,
    /// in all as long as `polls - 1` of `pauseBetweenPolls`.
    var powerPauses: [Duration] {
        let whole = pauseBetweenPolls * (polls - 1)
        guard whole > .zero else { return Array(repeating: .zero, count: polls - 1) }
        var pauses: [Duration] = []
        var (left, next) = (whole, min(.seconds(1), pauseBetweenPolls))
        while left > .zero {
            pauses.append(min(next, left))
            left -= min(next, left)
            next = min(next * 2, pauseBetweenPolls)
        }
        return pauses
    }
}
