import IPMI
import OrderedCollections
import Primitives

/// What an operator asks of a BMC or tells it, by `boatyard bmc` with an address, or through the daemon with the name of a
/// node.
package enum BMCRequest: Sendable, Hashable {
    /// How the power is switched.
    package enum Power: String, Sendable, Hashable, CaseIterable {
        case on
        case off
        /// Off, seen to be off, and on.
        case cycle
    }

    /// Where the machine boots from.
    package enum BootTarget: String, Sendable, Hashable, CaseIterable {
        case network
        case disk
        case bios
        case cdrom
    }

    case powerStatus
    case power(Power)
    /// Persistent: for every boot to come, not for the next one alone.
    case boot(BootTarget, persistent: Bool, uefi: Bool)
    /// Lights the locator lamp; 0 puts it out.
    case identify(seconds: UInt8)
    /// Reads the event log, and empties it where `clears`.
    case eventLog(clears: Bool)
    case sensors(thresholds: Bool)
    case information
    /// What time it is by the BMC's clock.
    case clock

    /// For the log and for errors: `power on`.
    package var name: String {
        switch self {
        case .powerStatus: "power status"
        case .power(let power): "power \(power.rawValue)"
        case .boot(let target, _, _): "boot \(target.rawValue)"
        case .identify: "identify"
        case .eventLog(let clears): clears ? "clear event log" : "event log"
        case .sensors: "sensors"
        case .information: "information"
        case .clock: "clock"
        }
    }

    /// Whether it changes the machine or its BMC, so that nothing else may be done there meanwhile.
    package var isOrder: Bool {
        switch self {
        case .powerStatus, .sensors, .information, .clock: false
        case .eventLog(let clears): clears
        case .power, .boot, .identify: true
        }
    }
}

extension BMCRequest.Power {
    /// What is told of an order that was seen to have been carried out.
    static func answer(to order: Self, was: Value) -> Value {
        var answer: Value.Object = ["power": order == .off ? "off" : "on", "was": was]
        if order == .cycle { answer["seen_off"] = true }
        return .object(answer)
    }
}

extension BMCRequest.BootTarget {
    /// The number that IPMI has for it.
    package var device: BootDevice {
        switch self {
        case .network: .pxe
        case .disk: .disk
        case .bios: .bios
        case .cdrom: .cdrom
        }
    }
}

/// How long to wait until an order is seen to have been carried out.
package struct BMCPolling: Sendable {
    /// When the time is over.
    let end: ContinuousClock.Instant
    /// Between two looks.
    let interval: Duration
    private let sleep: @Sendable (Duration) async throws -> Void

    /// - Parameters:
    ///   - time: that there is from now on.
    ///   - interval: between two looks.
    package init(
        within time: Duration, interval: Duration = .seconds(1),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        end = ContinuousClock.now + time
        self.interval = interval
        self.sleep = sleep
    }

    /// Looks until `isSeen` says so, for as long as there is time, or no longer than `most`.
    ///
    /// - Returns: whether it was seen.
    func look(noLongerThan most: Duration? = nil, _ isSeen: () async throws -> Bool) async throws -> Bool {
        var last = end
        if let most { last = min(last, ContinuousClock.now + most) }
        while true {
            if try await isSeen() { return true }
            guard ContinuousClock.now + interval < last else { return false }
            try await sleep(interval)
        }
    }

    func pause(_ duration: Duration) async throws { try await sleep(duration) }
}
