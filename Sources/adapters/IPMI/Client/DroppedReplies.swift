/// What came from a BMC and could not be used, counted by reason, so that it is not taken for silence.
package struct DroppedReplies: Sendable, Hashable, CustomStringConvertible {
    private var counts: [PacketError: Int] = [:]

    var isEmpty: Bool { counts.isEmpty }

    /// How many in all.
    var count: Int { counts.values.reduce(0, +) }

    /// How many, by the reason: "integrity code wrong".
    var byReason: [String: Int] {
        Dictionary(counts.map { ($0.key.reason, $0.value) }, uniquingKeysWith: +)
    }

    /// Whether each may be the answer to an earlier datagram.
    var mayBeLate: Bool { !isEmpty && counts.keys.allSatisfy(\.isOfLateReply) }

    mutating func count(_ reason: PacketError) { counts[reason, default: 0] += 1 }

    /// "3 replies were dropped: integrity code wrong"; "5 replies were dropped: 3 integrity code wrong, 2 too short".
    package var description: String {
        let total = count
        let reasons = PacketError.allCases.compactMap { reason in
            counts[reason].map { counts.count == 1 ? reason.reason : "\($0) \(reason.reason)" }
        }
        return "\(total) \(total == 1 ? "reply was" : "replies were") dropped: \(reasons.joined(separator: ", "))"
    }
}
