import API
import NIOCore

/// Until when a connection may stay as it is: a value that is told what happens and answers with a deadline.
struct ConnectionTiming {
    private let limits: ConnectionLimits
    /// Requests whose head was read and whose answer is not complete.
    private var inFlight = 0
    /// Between the head and the end of a request.
    private var isReading = false
    private var headSince: NIODeadline?
    private var idleSince: NIODeadline
    /// When the last piece of the body came.
    private var bodySince: NIODeadline
    private var bodyBegan: NIODeadline
    private var bodyBytes = 0
    private var blockedSince: NIODeadline?
    private var lingeringSince: NIODeadline?
    private var hasStalled = false

    init(limits: ConnectionLimits, now: NIODeadline) {
        self.limits = limits
        headSince = now
        idleSince = now
        bodySince = now
        bodyBegan = now
    }

    enum Expiry: Equatable {
        case close
        /// A body that stopped or drips: the request may still be answered, so the connection gets a little more time.
        case refuse(BodyFault)
    }

    /// No request is being read or answered.
    var isIdle: Bool { inFlight == 0 && !isReading }

    /// Any bytes, before they are parsed.
    mutating func bytesArrived(_ now: NIODeadline) { if isIdle, headSince == nil { headSince = now } }

    mutating func headArrived(_ now: NIODeadline) {
        headSince = nil
        isReading = true
        inFlight += 1
        beginBody(now)
    }

    mutating func bodyArrived(_ bytes: Int, _ now: NIODeadline) {
        bodySince = now
        bodyBytes += bytes
    }

    private mutating func beginBody(_ now: NIODeadline) {
        bodySince = now
        bodyBegan = now
        bodyBytes = 0
    }

    mutating func requestEnded() { isReading = false }

    mutating func responseEnded(_ now: NIODeadline) {
        inFlight = max(0, inFlight - 1)
        idleSince = now
        headSince = nil
        beginBody(now)
    }

    mutating func writabilityChanged(_ isWritable: Bool, _ now: NIODeadline) {
        blockedSince = isWritable ? nil : now
    }

    mutating func outputClosed(_ now: NIODeadline) { lingeringSince = now }

    /// Nil while the connection waits for us.
    var deadline: NIODeadline? {
        if let lingeringSince { return lingeringSince + limits.lingerTimeout }
        let stall = blockedSince.map { $0 + limits.writeStallTimeout }
        let input: NIODeadline? =
            if isIdle {
                headSince.map { $0 + limits.headTimeout } ?? idleSince + limits.keepAliveTimeout
            } else if isReading, inFlight <= 1 {
                hasStalled ? bodySince + limits.lingerTimeout : min(bodySince + limits.bodyIdleTimeout, slowLimit)
            } else {
                nil
            }
        guard let input, let stall else { return input ?? stall }
        return min(input, stall)
    }

    /// When the bytes that have come are too few.
    private var slowLimit: NIODeadline {
        // As a fraction, since the nanoseconds of what a fast client sends in ten seconds are more than 64 bits hold.
        let seconds = Double(bodyBytes) / Double(max(limits.bodyRate, 1))
        return bodyBegan + limits.bodyGrace + .nanoseconds(Int64(min(seconds, 86400) * 1_000_000_000))
    }

    /// What to do, if the deadline has passed.
    mutating func expire(_ now: NIODeadline) -> Expiry? {
        guard let deadline, deadline <= now else { return nil }
        let isBody = lingeringSince == nil && isReading && inFlight == 1 && blockedSince == nil
        guard isBody, !hasStalled else { return .close }
        let isSlow = slowLimit < bodySince + limits.bodyIdleTimeout
        hasStalled = true
        bodySince = now
        return .refuse(
            isSlow
                ? .slow(bytesPerSecond: limits.bodyRate)
                : .stalled(seconds: Int(limits.bodyIdleTimeout.nanoseconds / 1_000_000_000)))
    }
}
