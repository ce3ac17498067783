import IPMI
import Logging
import OutOfBand
import Primitives
import RehearsalMap
import Settings

extension OutOfBand {
    /// - Parameters:
    ///   - rehearsal: what `--rehearsal-map` says.
    ///   - memory: what is known of BMCs.
    init(
        _ settings: Settings.OutOfBand, rehearsal: RehearsalMap?, memory: BMCMemory,
        now: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.init(
            client: IPMIClient(memory: memory, logger: logger), redfish: .lasting(pins: memory),
            timing: rehearsal == nil ? OutOfBandTiming(settings) : .rehearsal(settings), map: rehearsal,
            maximumSessions: settings.sessions, memory: memory, logger: logger, now: now)
    }
}

extension OutOfBandTiming {
    init(_ settings: Settings.OutOfBand) {
        self.init(
            attempts: settings.attempts, pauseBetweenAttempts: .seconds(settings.attemptInterval),
            polls: settings.powerStatePolls, pauseBetweenPolls: .seconds(settings.powerStateInterval),
            manualPause: settings.manualPause.map { .seconds($0) })
    }

    /// Simulated machines switch at once. Whoever rehearses what is done by hand sets `manual_pause`.
    static func rehearsal(_ settings: Settings.OutOfBand) -> OutOfBandTiming {
        OutOfBandTiming(
            attempts: settings.attempts, pauseBetweenAttempts: .milliseconds(500),
            pauseBeforeReadBack: .milliseconds(20), polls: 100, pauseBetweenPolls: .milliseconds(50),
            manualPause: .seconds(settings.manualPause ?? 1))
    }
}
