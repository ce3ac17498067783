import Synchronization

/// A `Chassis` that BMC, machine and test share.
package final class VirtualChassis: ChassisModel {
    private let chassis: Mutex<Chassis>
    private let observer: @Sendable (ChassisEvent) -> Void

    /// - Parameter observer: called for each event, in their order, by whoever caused it; returns at once.
    package init(_ chassis: Chassis = Chassis(), observer: @escaping @Sendable (ChassisEvent) -> Void = { _ in }) {
        self.chassis = Mutex(chassis)
        self.observer = observer
    }

    package var isPoweredOn: Bool { chassis.withLock { $0.isPoweredOn } }

    package var bootFlags: BootFlags { chassis.withLock { $0.bootFlags } }

    package func setBootFlags(_ flags: BootFlags) { tell(chassis.withLock { $0.setBootFlags(flags) }) }

    package func control(_ action: ChassisControl.Action) -> CompletionCode {
        let (completion, events) = chassis.withLock { $0.control(action) }
        tell(events)
        return completion
    }

    /// The machine switches itself off.
    package func turnOff() { tell(chassis.withLock { $0.turnOff() }) }

    /// The machine starts anew by itself.
    package func restart() { tell(chassis.withLock { $0.restart() }) }

    private func tell(_ events: [ChassisEvent]) { events.forEach(observer) }
}
