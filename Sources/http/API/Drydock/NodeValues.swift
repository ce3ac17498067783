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
            "hardware": hardware?.value ?? .null,
            "power_observed_at": Value(powerObserved?.formatted(.iso)), "power_stale": .bool(isPowerStale),
            "power_failure": Value(powerFailure),
        ]
    }
}

extension NodeOverview {
    /// As `GET nodes?designed=true` shows it.
    var value: Value.Object {
        let more: Value.Object = [
            "designed": .bool(isDesigned), "rack": Value(rack), "problem": problem?.value ?? .null,
            "waiting_for": wait?.value ?? .null, "unattended": Value(unattended),
            "conflicts": .array(conflicts.map(\.value)),
            "alarms": .array(lateUses.map(\.value)),
            "deployed_revision": revision.map(Value.int) ?? .null,
            "committed_revision": committedRevision.map(Value.int) ?? .null,
            "drift": .array(drift.map { ["kind": .string($0.kind.rawValue), "message": .string($0.message)] }),
            "rescue": rescuedSince.map { ["since": .string($0.formatted(.iso))] } ?? .null,
            "test": test.map { .object($0.shortValue) } ?? .null, "erased": .bool(isErased),
            "progress": status.progress?.value ?? .null,
        ]
        return status.value.merging(more) { $1 }
    }
}

extension MachineProgress {
    fileprivate var value: Value {
        ["phase": Value(phase?.rawValue), "stage": .int(stage), "stages": .int(stages)]
    }
}

extension NodeOverview.Problem {
    fileprivate var value: Value {
        ["task": .string(task), "action": .string(action.rawValue), "message": .string(message)]
    }
}

extension MachineConflict {
    fileprivate var value: Value {
        [
            "mac": .string(mac.description), "message": .string(message), "boot_ip": .string(peer),
            "first": .string(first.formatted(.iso)), "last": .string(last.formatted(.iso)), "count": .int(count),
        ]
    }
}

extension LateUse {
    fileprivate var value: Value {
        [
            "secret": .string(secret.rawValue), "message": .string(message), "boot_ip": Value(peer),
            "first": .string(first.formatted(.iso)), "last": .string(last.formatted(.iso)), "count": .int(count),
        ]
    }
}

extension UnknownMachine {
    /// As `GET nodes?unknown=true` shows it.
    var value: Value.Object {
        [
            "id": .string(id.description.lowercased()), "boot_mac": .string(mac.description),
            "power_address": Value(bmcAddress), "serial": Value(serial), "uuid": Value(uuid),
            "cpu_count": .int(cpuCount ?? 0), "memory": .int(memory ?? 0), "boot_ip": Value(bootIP),
            "first_seen": .string(firstSeen.formatted(.iso)), "last_seen": .string(lastSeen.formatted(.iso)),
            "inventory_cut": cutInventory.map { .int($0) } ?? .null, "hardware": hardware?.value ?? .null,
        ]
    }
}

extension HardwareTest {
    /// As `GET nodes?designed=true` shows it.
    fileprivate var shortValue: Value.Object {
        [
            "test": .string(id.description), "mode": .string(modeName), "since": .string(since.formatted(.iso)),
            "deadline": .string(deadline.formatted(.iso)), "ended": Value(ended?.formatted(.iso)),
            "outcome": Value(outcome?.rawValue), "errors": .int(errorCount),
            "warnings": .int(warningCount), "reason": .string(reason),
        ]
    }

    /// As `GET nodes/{hostname}/test` answers.
    func value(of node: String) -> Value.Object {
        var value: Value.Object = ["node": .string(node)]
        value.merge(shortValue) { $1 }
        value["findings"] = .array(findingValues)
        return value
    }
}

extension HardwareTestOrder {
    /// As `POST` and `DELETE` of a test answer.
    var value: Value {
        var value = test.value(of: node)
        value["needs_human"] = .bool(needsHuman)
        value["messages"] = Value(messages)
        return .object(value)
    }
}

extension RescueOutcome {
    /// As `POST` and `DELETE` of a rescue answer.
    var value: Value {
        [
            "node": .string(node), "since": Value(since?.formatted(.iso)), "authorized_keys": .int(keyCount),
            "address": Value(address), "needs_human": .bool(needsHuman), "messages": Value(messages),
        ]
    }
}
