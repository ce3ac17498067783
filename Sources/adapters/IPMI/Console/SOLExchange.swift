import Primitives

/// One end of an active serial line over LAN (IPMI v2.0 §15.9, §15.11), as a value: the console's, or a BMC's.
///
/// One packet with characters is under way at a time; it is sent again until the other end acknowledges it. What was
/// acknowledged in part is followed by the rest in a packet of its own. What the other end refuses is offered again after
/// a pause, and dropped where it goes on refusing.
package struct SOLExchange: Sendable {
    /// What the exchange wants done.
    package enum Effect: Sendable, Hashable {
        case send(SOLPacket)
        /// Replaces every earlier timer.
        case setTimer(Int, Duration)
        case cancelTimer
        /// From the other end, in order and each character once, with the flags of its packet.
        case received([UInt8], SOLPacket.Flags)
        /// The other end has taken all of what was given with this identifier.
        case written(Int)
        /// It does not take it, and it is dropped; or more waits than is kept.
        case refused(Int)
        /// The other end acknowledges nothing any more.
        case silent(attempts: Int, Duration)
    }

    private enum Item: Sendable {
        case characters([UInt8], Int)
        case signal(SOLPacket.Flags, Int)

        var identifier: Int {
            switch self {
            case .characters(_, let identifier), .signal(_, let identifier): identifier
            }
        }
    }

    private struct Outstanding: Sendable {
        var packet: SOLPacket
        var isSignal: Bool
        var attempt = 0
        var waited = Duration.zero
    }

    private struct Taken: Sendable {
        var sequence: UInt8
        /// How many of its characters.
        var count: Int
        /// Of its session packet.
        var number: UInt32
    }

    private let limit: Int
    private let retry: RetrySchedule
    private let random: ClientSession.RandomSource

    private var queue: [Item] = []
    private var queued = 0
    private var outstanding: Outstanding?
    private var lastSequence: UInt8 = 0
    /// How often in a row the other end has taken nothing.
    private var rejections = 0
    private var isPausing = false
    private var timer = 0
    private var taken: Taken?

    /// In bytes, of what waits to be sent.
    package static let maximumQueued = 64 << 10
    private static let maximumItems = 1024
    private static let lastOfSequence: UInt8 = 15

    /// - Parameter limit: the most characters of a packet that is sent.
    package init(limit: Int, retry: RetrySchedule, random: @escaping ClientSession.RandomSource) {
        self.limit = max(1, min(limit, SOLPacket.maximumCharacters))
        self.retry = retry
        self.random = random
    }

    /// Queues characters for the other end.
    package mutating func write(_ characters: [UInt8], identifier: Int) -> [Effect] {
        guard !characters.isEmpty else { return [.written(identifier)] }
        guard queued + characters.count <= Self.maximumQueued, queue.count < Self.maximumItems else {
            return [.refused(identifier)]
        }
        queued += characters.count
        queue.append(.characters(characters, identifier))
        return sendNext()
    }

    /// Queues flags, a break for instance, behind the characters that wait.
    package mutating func signal(_ flags: SOLPacket.Flags, identifier: Int) -> [Effect] {
        guard queue.count < Self.maximumItems else { return [.refused(identifier)] }
        queued += 1
        queue.append(.signal(flags, identifier))
        return sendNext()
    }

    /// - Parameters:
    ///   - number: the sequence number of the session packet around it.
    ///   - capacity: how many characters can be taken.
    ///   - status: what to say beside the acknowledgement.
    package mutating func receive(
        _ packet: SOLPacket, number: UInt32, capacity: Int = .max, status: SOLPacket.Flags = []
    ) -> [Effect] {
        var effects = acknowledge(packet)
        guard packet.sequence != 0 else {
            let flags = packet.flags.subtracting(.nack)
            return flags.isEmpty ? effects : effects + [.received([], flags)]
        }
        let before: Int
        if let taken, taken.sequence == packet.sequence {
            // Sent again: it may have grown meanwhile.
            before = min(taken.count, packet.characters.count)
        } else if let taken, taken.sequence % Self.lastOfSequence + 1 != packet.sequence, number <= taken.number {
            // A late copy of an earlier one, which has been acknowledged.
            return effects
        } else {
            before = 0
        }
        let fresh = packet.characters.dropFirst(before).prefix(min(capacity, SOLPacket.maximumCharacters - before))
        let count = before + fresh.count
        taken = Taken(sequence: packet.sequence, count: count, number: max(number, taken?.number ?? 0))
        effects.append(
            .send(
                SOLPacket(
                    acknowledged: packet.sequence, accepted: UInt8(clamping: count),
                    flags: count < packet.characters.count ? status.union(.nack) : status)))
        let flags = packet.flags.subtracting(.nack)
        if !fresh.isEmpty || !flags.isEmpty { effects.append(.received(Array(fresh), flags)) }
        return effects
    }

    /// The timer of this number has run out; older numbers are stale.
    package mutating func timeout(_ number: Int) -> [Effect] {
        guard number == timer else { return [] }
        if isPausing {
            isPausing = false
            return sendNext()
        }
        guard let sent = outstanding else { return [] }
        guard sent.attempt < retry.attempts else {
            outstanding = nil
            return refuseAll() + [.silent(attempts: sent.attempt, sent.waited)]
        }
        return transmit()
    }

    private mutating func acknowledge(_ packet: SOLPacket) -> [Effect] {
        guard packet.acknowledged != 0, let sent = outstanding, sent.packet.sequence == packet.acknowledged else {
            return []
        }
        outstanding = nil
        timer += 1
        var effects: [Effect] = [.cancelTimer]
        let isRefused = packet.flags.contains(.nack)
        if sent.isSignal {
            effects += queue.first.map { [isRefused ? .refused($0.identifier) : .written($0.identifier)] } ?? []
            queue = Array(queue.dropFirst())
            queued -= 1
            return effects + sendNext()
        }
        let accepted = min(Int(packet.accepted), sent.packet.characters.count)
        effects += consume(accepted)
        rejections = accepted > 0 ? 0 : rejections + 1
        guard isRefused || accepted == 0, !queue.isEmpty else { return effects + sendNext() }
        guard rejections < retry.attempts else {
            rejections = 0
            return effects + refuseAll()
        }
        isPausing = true
        return effects + [.setTimer(timer, wait(attempt: max(1, rejections)))]
    }

    /// Takes from the queue what has been acknowledged.
    private mutating func consume(_ count: Int) -> [Effect] {
        var effects: [Effect] = []
        var left = count
        queued -= count
        while left > 0, case .characters(let characters, let identifier)? = queue.first {
            if characters.count > left {
                queue[0] = .characters(Array(characters.dropFirst(left)), identifier)
                return effects
            }
            left -= characters.count
            queue = Array(queue.dropFirst())
            effects.append(.written(identifier))
        }
        return effects
    }

    private mutating func refuseAll() -> [Effect] {
        defer {
            queue = []
            queued = 0
        }
        return queue.map { .refused($0.identifier) }
    }

    private mutating func sendNext() -> [Effect] {
        guard outstanding == nil, !isPausing, let first = queue.first else { return [] }
        lastSequence = lastSequence % Self.lastOfSequence + 1
        var packet = SOLPacket(sequence: lastSequence)
        var isSignal = false
        if case .signal(let flags, _) = first {
            packet.flags = flags
            isSignal = true
        }
        for item in queue where !isSignal {
            guard case .characters(let characters, _) = item, packet.characters.count < limit else { break }
            packet.characters += characters.prefix(limit - packet.characters.count)
        }
        outstanding = Outstanding(packet: packet, isSignal: isSignal)
        return transmit()
    }

    private mutating func transmit() -> [Effect] {
        guard var sent = outstanding else { return [] }
        sent.attempt += 1
        let wait = wait(attempt: sent.attempt)
        sent.waited += wait
        outstanding = sent
        timer += 1
        return [.send(sent.packet), .setTimer(timer, wait)]
    }

    private func wait(attempt: Int) -> Duration { retry.timeout(attempt: attempt, random: random(1).first ?? 0) }
}
