import IPMI
import Synchronization

/// What connects a BMC with its machine: the BMC sees the power at once, the machine hears of every change in order.
final class PowerSwitch: ChassisModel {
    /// For the one machine behind this switch.
    let events: AsyncStream<ChassisEvent>

    private let chassis = Mutex(Chassis())
    private let continuation: AsyncStream<ChassisEvent>.Continuation

    init() { (events, continuation) = AsyncStream.makeStream() }

    var isPoweredOn: Bool { chassis.withLock { $0.isPoweredOn } }

    var bootFlags: BootFlags { chassis.withLock { $0.bootFlags } }

    func setBootFlags(_ flags: BootFlags) { change { $0.setBootFlags(flags) } }

    func control(_ action: ChassisControl.Action) -> CompletionCode {
        chassis.withLock { chassis in
            let (code, events) = chassis.control(action)
            for event in events { continuation.yield(event) }
            return code
        }
    }

    /// The system on the machine asks for a reboot.
    func restart() { change { $0.restart() } }

    /// The next start is from the network, as an installer orders for itself.
    func bootFromNetworkNext() {
        change { $0.setBootFlags(BootFlags(device: .pxe, isPersistent: false)) }
    }

    /// The power goes without anybody having asked.
    func losePower() { change { $0.turnOff() } }

    /// No further event will come.
    func unplug() { continuation.finish() }

    private func change(_ body: (inout Chassis) -> [ChassisEvent]) {
        chassis.withLock { chassis in
            for event in body(&chassis) { continuation.yield(event) }
        }
    }
}
