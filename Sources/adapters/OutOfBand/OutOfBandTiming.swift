/// How patient the drivers are (`docs/reference/drydock.md` §14); rehearsals and tests are in a greater hurry.
package struct OutOfBandTiming: Sendable, Hashable {
    /// Sessions that are tried for one command.
    package var attempts: Int
    package var pauseBetweenAttempts: Duration
    /// Between the order of a boot device and its reading back.
    package var pauseBeforeReadBack: Duration
    /// Readings of the power state after it was switched.
    package var polls: Int
    package var pauseBetweenPolls: Duration
    /// What a human gets to do by hand what was asked for.
    package var manualPause: Duration

    package init(
        attempts: Int, pauseBetweenAttempts: Duration, pauseBeforeReadBack: Duration = .seconds(3), polls: Int,
        pauseBetweenPolls: Duration, manualPause: Duration
    ) {
        self.attempts = max(1, attempts)
        self.pauseBetweenAttempts = pauseBetweenAttempts
        self.pauseBeforeReadBack = pauseBeforeReadBack
        self.polls = max(1, polls)
        self.pauseBetweenPolls = pauseBetweenPolls
        self.manualPause = manualPause
    }
}
