import IPMI
import Synchronization

/// A `Chassis` that BMC, machine and test share.
package final class SimulatedChassis: ChassisModel {
    private let chassis: Mutex<Chassis>
    private let observer: @Sendable (ChassisEvent) -> Void

    /// - Parameter observer: called for each event, in their order; returns at once and asks nothing of the chassis.
    package init(_ chassis: Chassis = Chassis(), observer: @escaping @Sendable (ChassisEvent) -> Void = { _ in }) {
        self.chassis = Mutex(chassis)
        self.observer = observer
    }

    /// Whether the machine is on.
    package var isPoweredOn: Bool { chassis.withLock { $0.isPoweredOn } }

    /// The boot flags for the next boot.
    package var bootFlags: BootFlags { chassis.withLock { $0.bootFlags } }

    /// Sets the boot flags.
    package func setBootFlags(_ flags: BootFlags) { change { $0.setBootFlags(flags) } }

    /// The address of the image in the drive of the BMC.
    package var media: String? { chassis.withLock { $0.media } }

    /// Puts an image into the drive of the BMC, or empties it.
    package func setMedia(_ image: String?) { change { $0.setMedia(image) } }

    /// Carries out a chassis control command.
    ///
    /// - Returns: the completion code.
    package func control(_ action: ChassisControl.Action) -> CompletionCode {
        chassis.withLock { chassis in
            let (completion, events) = chassis.control(action)
            events.forEach(observer)
            return completion
        }
    }

    /// The machine switches itself off, or its power goes without anybody having asked.
    package func turnOff() { change { $0.turnOff() } }

    /// The machine starts anew by itself.
    package func restart() { change { $0.restart() } }

    /// Events are told under the lock: two changes at once would otherwise be heard of in the wrong order.
    private func change(_ body: (inout Chassis) -> [ChassisEvent]) {
        chassis.withLock { body(&$0).forEach(observer) }
    }
}
