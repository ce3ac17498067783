/// What connects a BMC with its machine: the BMC sees the power at once, the machine hears of every change in order.
struct PowerSwitch: Sendable {
    let chassis: SimulatedChassis
    /// For the one machine behind this switch.
    let events: AsyncStream<ChassisEvent>

    private let continuation: AsyncStream<ChassisEvent>.Continuation

    init() {
        let (events, continuation) = AsyncStream<ChassisEvent>.makeStream()
        self.events = events
        self.continuation = continuation
        chassis = SimulatedChassis { continuation.yield($0) }
    }

    /// No further event will come.
    func unplug() { continuation.finish() }
}
