import IPMI
import OrderedCollections
import Primitives

/// Answers an operator's requests in an open session with a BMC. Every order is followed by a look at what came of it.
package struct IPMIAnswers: Sendable {
    private let session: IPMISession
    private let secrets: BMCSecrets
    private let polling: BMCPolling
    private let events: EventLogReading<EventLogEntry>

    /// No BMC needs longer to tell what it was just told.
    private static let readBack = Duration.seconds(10)

    /// - Parameters:
    ///   - credentials: what the BMC repeats of them is not shown.
    ///   - events: that of `answering`.
    package init(
        _ session: IPMISession, _ credentials: BMCCredentials, polling: BMCPolling,
        events: EventLogReading<EventLogEntry>
    ) {
        self.session = session
        secrets = BMCSecrets(credentials)
        self.polling = polling
        self.events = events
    }

    /// Answers a request by `body`, in one attempt or several. Where it fails and has read entries of the event log, they are the
    /// answer, and why there may be more is told in `missing`; of a log that was to be cleared only once the BMC may have done so.
    ///
    /// - Throws: what `body` throws where nothing would be lost by that.
    package static func answering(
        _ request: BMCRequest, of endpoint: BMCEndpoint, _ credentials: BMCCredentials,
        _ body: (EventLogReading<EventLogEntry>) async throws -> Value
    ) async throws -> Value {
        let events = EventLogReading<EventLogEntry>()
        let secrets = BMCSecrets(credentials)
        return try await events.answering(request, of: "BMC \(endpoint)", shown: { $0.value(secrets) }) {
            try await body(events)
        }
    }

    private var bmc: String { "BMC \(session.endpoint)" }

    /// - Returns: an object, as `docs/api.md` has it for each request (`POST nodes/{name}/bmc`).
    /// - Throws: `IPMIError`; `BoatyardError` where the BMC took an order and nothing came of it: `oob.power`,
    ///   `oob.boot-device`, `oob.identify`, `oob.event-log`.
    package func answer(_ request: BMCRequest) async throws -> Value {
        switch request {
        case .powerStatus: return ["power": state(try await session.chassisStatus().isPoweredOn)]
        case .power(let change): return try await switchPower(change)
        case .boot(let target, let persistent, let uefi):
            return try await boot(BootFlags(device: target.device, isPersistent: persistent, isEFI: uefi), target)
        case .identify(let seconds): return try await identify(seconds)
        case .eventLog(let clears): return try await eventLog(clears: clears)
        case .sensors(let thresholds): return try await sensors(thresholds: thresholds)
        case .information: return try await BMCInformation(of: session, secrets).value
        case .clock:
            let asked = Timestamp.now()
            let seconds = try await session.eventLogTime()
            return BMCClock(seconds: seconds, asked: asked, answered: .now()).value
        }
    }

    private func state(_ isOn: Bool) -> Value { .string(isOn ? "on" : "off") }

    private func switchPower(_ change: BMCRequest.Power) async throws -> Value {
        let before = try await session.chassisStatus().isPoweredOn
        if change != .on { try await turn(on: false) }
        if change != .off { try await turn(on: true) }
        return BMCRequest.Power.answer(to: change, was: state(before))
    }

    private func turn(on isOn: Bool) async throws {
        do {
            try await session.control(isOn ? .on : .off)
        } catch let error as IPMIError where error.kind == .command(.notSupportedInPresentState) {
            // Some BMCs refuse to switch to where they are; the look below tells.
        }
        let start = ContinuousClock.now
        guard try await polling.look({ try await session.chassisStatus().isPoweredOn == isOn }) else {
            let seconds = (ContinuousClock.now - start).components.seconds
            throw BoatyardError(
                "oob.power",
                "\(bmc) took the order to switch its machine \(isOn ? "on" : "off"), and \(seconds) s later it is "
                    + "\(isOn ? "off" : "on"); look at the machine")
        }
    }

    private func boot(_ flags: BootFlags, _ target: BMCRequest.BootTarget) async throws -> Value {
        try await session.setBootFlags(flags)
        var shown: BootFlags?
        do {
            let isSeen = try await polling.look(noLongerThan: Self.readBack) {
                shown = try await session.bootFlags()
                return shown?.nextDevice == flags.device
            }
            guard isSeen else {
                throw BoatyardError(
                    "oob.boot-device",
                    "\(bmc) took the order to boot from the \(target.rawValue) and reads back "
                        + "'\(shown?.nextDevice ?? .none)'; update its firmware or set the boot order by hand")
            }
        } catch let error as IPMIError where error.saysUnreadable {
            shown = nil
        }
        return BootAnswer(target, flags: flags, shown: shown).value
    }

    private func identify(_ seconds: UInt8) async throws -> Value {
        try await session.identify(seconds: seconds)
        guard try await session.chassisStatus().tellsIdentifying else {
            return ["identify": .int(Int(clamping: seconds)), "seen": .null]
        }
        let isSeen = try await polling.look(noLongerThan: Self.readBack) {
            try await session.chassisStatus().isIdentifying == (seconds > 0)
        }
        guard isSeen else {
            throw BoatyardError(
                "oob.identify",
                "\(bmc) took the order to switch its locator lamp \(seconds > 0 ? "on" : "off") and shows it "
                    + "\(seconds > 0 ? "off" : "on"); look at the machine, and update the BMC's firmware")
        }
        return ["identify": .int(Int(clamping: seconds)), "seen": true]
    }

    private func eventLog(clears: Bool) async throws -> Value {
        let before = try await session.eventLogInfo()
        let listing =
            clears
            ? try await session.takeEventLog(events, pause: polling.pause) : try await session.listEventLog(events)
        let listed = listing.entries.count
        let all = listed + listing.missing
        if clears, listing.missing > 0 {
            throw BoatyardError(
                "oob.event-log",
                "\(bmc) counts \(all) entries in its event log and lists \(listed) of them: it was not cleared, as "
                    + "\(listing.missing) would be lost unread; list it without clearing it, and update the BMC's firmware"
            )
        }
        let missing = listing.missing > 0 ? ["\(listing.missing) of the \(all) entries that the BMC counts"] : []
        let info = clears ? try await session.eventLogInfo() : before
        // A BMC may write into its log that it was cleared.
        let left = clears ? Set(try await session.eventLog()).intersection(listing.entries) : []
        guard left.isEmpty else {
            events.settle(left)
            throw BoatyardError(
                "oob.event-log",
                "\(bmc) took the order to clear its event log, and it has \(left.count) of its \(all) entries still; restart the "
                    + "BMC")
        }
        return [
            "entries": .array(listing.entries.map { $0.value(secrets) }), "cleared": .bool(clears),
            "free_bytes": .int(Int(info.freeBytes)), "overflown": .bool(before.hasOverflown), "missing": Value(missing),
        ]
    }

    private func sensors(thresholds: Bool) async throws -> Value {
        var readings: [Value] = []
        let list = try await session.listSensors()
        var missing = list.gap.map { [$0] } ?? []
        for sensor in list.sensors {
            do {
                readings.append(try await SensorAnswer(sensor, in: session, thresholds: thresholds, secrets).value)
            } catch let error as IPMIError where error.kind == .deadline && !readings.isEmpty {
                missing.append(
                    "\(list.sensors.count - readings.count) of \(list.sensors.count) sensors: \(error.message)")
                break
            }
        }
        return ["sensors": .array(readings), "missing": Value(missing)]
    }
}

extension EventLogReading {
    /// - Parameters:
    ///   - bmc: how messages call it.
    ///   - shown: an entry as the answer has it.
    func answering(
        _ request: BMCRequest, of bmc: String, shown: (Entry) -> Value, _ body: () async throws -> Value
    ) async throws -> Value {
        guard case .eventLog(let clears) = request else { return try await body() }
        do {
            return try await body()
        } catch let error where !(error is CancellationError) {
            let entries = entries
            guard !entries.isEmpty, !clears || mayBeCleared else { throw error }
            let gap =
                clears
                ? "whether \(bmc) has cleared its event log"
                : "what follows the first \(entries.count) entries of the event log"
            return [
                "entries": .array(entries.map(shown)), "cleared": clears ? .null : false, "overflown": .null,
                "missing": [.string("\(gap): \(error.inWords)")],
            ]
        }
    }
}

/// What came of the order of a boot device.
struct BootAnswer {
    let value: Value

    /// - Parameter shown: what the BMC reads back; nil where it cannot.
    init(_ target: BMCRequest.BootTarget, flags: BootFlags, shown: BootFlags?) {
        self.init(
            target, persistent: flags.isPersistent, uefi: flags.isEFI,
            shown: shown.map {
                ["persistent": .bool($0.isPersistent), "uefi": .bool($0.isEFI)]
            })
    }

    init(_ target: BMCRequest.BootTarget, persistent: Bool, uefi: Bool, shown: Value?) {
        value = [
            "boot": .string(target.rawValue), "persistent": .bool(persistent), "uefi": .bool(uefi),
            "read_back": shown ?? .null,
        ]
    }
}

extension IPMIError {
    /// Whether the BMC answered that it does not have what was asked, or not readably.
    var saysUnreadable: Bool {
        switch kind {
        case .protocolViolation: true
        case .command(let code): code == .parameterNotSupported || code.isPermanent
        default: false
        }
    }
}
