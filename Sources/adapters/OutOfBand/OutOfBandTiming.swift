/// How patient the drivers are (`docs/reference/drydock.md` §14); rehearsals and tests are in a greater hurry.
package struct OutOfBandTiming: Sendable, Hashable {
    /// How many sessions are tried for one command.
    package var attempts: Int
    /// The pause before another session is tried.
    package var pauseBetweenAttempts: Duration
    /// The pause between the order of a boot device and reading it back.
    package var pauseBeforeReadBack: Duration
    /// How often the power is read after it was switched.
    package var polls: Int
    /// The pause between two readings of the power.
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
}
