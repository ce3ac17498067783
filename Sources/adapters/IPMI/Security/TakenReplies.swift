/// Which packets of a session's other end have been taken, where it does not number them as IPMI says.
///
/// Many BMCs do not. A packet that is out of order is taken by what proves it, its authentication code, unless that
/// has been seen. Once so many packets have come that the codes of the first ones are forgotten, a BMC whose packets all were
/// in order has to go on in order.
struct TakenReplies: Sendable {
    private var window = SequenceWindow()
    private var codes: Set<[UInt8]> = []
    /// In the order in which they came, from `oldest` on.
    private var order: [[UInt8]] = []
    private var oldest = 0
    private var isOutOfOrder = false
    /// Whether a packet has not had a number that was its turn, for whatever reason.
    private(set) var hasLeftOrder = false

    var isEmpty: Bool { order.isEmpty }

    private static let capacity = 4096

    /// Whether a packet is to be taken. Asking marks it as taken.
    ///
    /// - Parameters:
    ///   - code: its authentication code, which is right.
    mutating func accept(_ code: [UInt8], number: UInt32) -> Bool {
        guard !codes.contains(code) else { return false }
        let isAhead = window.isAhead(number)
        let isInOrder = window.accept(number)
        if !isInOrder {
            guard order.count < Self.capacity || isOutOfOrder else { return false }
            hasLeftOrder = true
            // What is far ahead follows a gap.
            if isAhead { window.jump(to: number) } else { isOutOfOrder = true }
        }
        remember(code)
        return true
    }

    private mutating func remember(_ code: [UInt8]) {
        codes.insert(code)
        guard order.count == Self.capacity else {
            order.append(code)
            return
        }
        codes.remove(order[oldest])
        order[oldest] = code
        oldest = (oldest + 1) % Self.capacity
    }
}
