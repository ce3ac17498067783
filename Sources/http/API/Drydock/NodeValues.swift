import Drydock
import OrderedCollections
import Primitives

extension MachineStatus {
    /// As `GET nodes` shows it.
    var value: Value.Object {
        [
            "hostname": .string(hostname), "memory": .int(memory), "cpu_count": .int(cpuCount),
            "status_name": .string(statusName), "boot_mac": Value(bootMAC?.description),
            "power_state": .string(power.rawValue), "power_address": Value(powerAddress), "boot_ip": Value(bootIP),
        ]
    }
}

extension NodeOverview {
    /// As `GET nodes?designed=true` shows it.
    var value: Value.Object {
        let more: Value.Object = [
            "problem": problem?.value ?? .null, "waiting_for": wait?.value ?? .null,
            "deployed_revision": revision.map(Value.int) ?? .null,
        ]
        return status.value.merging(more) { $1 }
    }
}

extension NodeOverview.Problem {
    fileprivate var value: Value {
        ["task": .string(task), "action": .string(action.rawValue), "message": .string(message)]
    }
}
