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
    /// In bytes: of what came after the head of the request that is read, with all that is around its body.
    private var bodyRawBytes = 0
    /// `Outgoing.taken` when the client was last seen to take something.
    private var taken: Int64 = 0

    /// What was written and has not left.
    struct Outgoing {
        /// In bytes: what the socket has not taken yet.
        var pending: Int
        /// Grows by the bytes that the client takes, from wherever it begins.
        var taken: Int64
    }

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

    /// Since when we have waited for the client; nil while it waits for us.
    var waitingSince: NIODeadline? {
        if let lingeringSince { return lingeringSince }
        if let blockedSince { return blockedSince + limits.takingPatience }
        if isIdle { return idleSince }
        return isReading && inFlight <= 1 ? bodyBegan : nil
    }

    /// Any bytes, before they are parsed.
    ///
    /// - Returns: false where a body is to be refused, since it consists of little else than what is around its chunks.
    mutating func bytesArrived(_ count: Int, _ now: NIODeadline) -> Bool {
        if isIdle, headSince == nil { headSince = now }
        guard isReading else { return true }
        // What came before has been parsed, and was all of this body.
        let isPadded = bodyRawBytes > limits.chunkPadding + limits.chunkPaddingForEachByte * bodyBytes
        bodyRawBytes += count
        return !isPadded
    }

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
        bodyRawBytes = 0
    }

    mutating func requestEnded() { isReading = false }

    mutating func responseEnded(_ now: NIODeadline) {
        inFlight = max(0, inFlight - 1)
        idleSince = now
        headSince = nil
        beginBody(now)
    }

    mutating func writabilityChanged(_ isWritable: Bool, _ now: NIODeadline, taken: Int64 = 0) {
        blockedSince = isWritable ? nil : now
        self.taken = taken
    }

    mutating func outputClosed(_ now: NIODeadline) { lingeringSince = now }

    /// Nil while the connection waits for us.
    var deadline: NIODeadline? {
        if let lingeringSince { return lingeringSince + limits.lingerTimeout }
        let stall = blockedSince.map { $0 + limits.writeStallTimeout }
        let input: NIODeadline? =
            if isIdle, headSince == nil, blockedSince != nil {
                // The end of the last answer is on its way, however long that takes.
                nil
            } else if isIdle {
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
    ///
    /// - Parameter outgoing: nil where that is not known.
    mutating func expire(_ now: NIODeadline, _ outgoing: Outgoing? = nil) -> Expiry? {
        guard let deadline, deadline <= now else { return nil }
        if lingeringSince == nil, let outgoing, isTaking(outgoing, now) { return expire(now, outgoing) }
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

    /// Whether a client that we wait for takes what was written, so that its time begins anew.
    private mutating func isTaking(_ outgoing: Outgoing, _ now: NIODeadline) -> Bool {
        if let blockedSince {
            guard blockedSince + limits.writeStallTimeout <= now else { return false }
            guard outgoing.pending > 0 else {
                self.blockedSince = nil
                return true
            }
            guard outgoing.taken - taken >= limits.takenAtLeast else { return false }
        } else {
            guard isIdle, headSince == nil, outgoing.pending > 0 else { return false }
        }
        self.blockedSince = now
        taken = outgoing.taken
        return true
    }
}
