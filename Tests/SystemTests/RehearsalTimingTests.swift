import OutOfBand
import Settings
import Testing

@testable import BoatyardDaemon

@Suite("Pauses of a rehearsal")
struct RehearsalTimingTests {
    @Test("no pause between out-of-band commands is longer than a second, but for that of a person as it is set")
    func pauses() {
        var settings = Settings().outOfBand
        settings.attemptInterval = 900
        settings.powerStateInterval = 900
        let timing = OutOfBandTiming.rehearsal(settings)
        let pauses: [Duration?] = [
            timing.pauseBetweenAttempts, timing.pauseBeforeReadBack, timing.pauseBetweenPolls, timing.manualPause,
        ]
        #expect(pauses.allSatisfy { $0.map { $0 <= .seconds(1) } ?? false }, "\(pauses)")
        #expect(timing.attempts == settings.attempts)
        settings.manualPause = 900
        #expect(OutOfBandTiming.rehearsal(settings).manualPause == .seconds(900))
        #expect(OutOfBandTiming(settings).manualPause == .seconds(900))
    }
}
