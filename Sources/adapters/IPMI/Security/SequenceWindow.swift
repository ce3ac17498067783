/// Which sequence numbers of a session's other end are still acceptable: each once, none far behind, none far ahead
/// (IPMI v2.0 §6.12.12, §6.12.13).
package struct SequenceWindow: Sendable, Hashable {
    private var highest: UInt32 = 0
    /// Bit n: number `highest` − n has been seen.
    private var seen: UInt32 = 1

    private static let behind: UInt32 = 16
    private static let ahead: UInt32 = 16

    package init() {}

    /// Whether a packet with this number is to be taken. Asking marks the number as seen.
    package mutating func accept(_ number: UInt32) -> Bool {
        guard number != 0 else { return false }
        if number > highest {
            let distance = number - highest
            guard distance <= Self.ahead else { return false }
            seen = seen << distance | 1
            highest = number
            return true
        }
        let distance = highest - number
        guard distance < Self.behind, seen & 1 << distance == 0 else { return false }
        seen |= 1 << distance
        return true
    }

    /// Whether the number is above every one that was taken.
    func isAhead(_ number: UInt32) -> Bool { number > highest }

    /// Goes on from a number that is far ahead, and proved to be the other end's by more than its place.
    mutating func jump(to number: UInt32) {
        guard number > highest else { return }
        highest = number
        seen = 1
    }
}
