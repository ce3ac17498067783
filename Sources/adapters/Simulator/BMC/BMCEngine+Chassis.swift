import IPMI

extension BMCEngine {
    mutating func chassis(_ command: UInt8, _ data: inout ByteReader) throws -> [UInt8] {
        switch command {
        // Get Chassis Capabilities: everything is at the BMC's own address.
        case 0x00: return [0x00, 0x20, 0x20, 0x20, 0x20]
        case GetChassisStatus.code:
            return ChassisStatus(
                isPoweredOn: chassis.isPoweredOn, isIdentifying: now < identifyUntil,
                wasSwitchedOnByCommand: wasSwitchedOnByCommand
            ).encoded
        case ChassisControl.code:
            guard let action = ChassisControl.Action(rawValue: try data.byte() & 0x0f) else {
                throw CompletionCode.invalidDataField
            }
            try control(action)
            return []
        case ChassisIdentify.code:
            // Without data: 15 seconds. A second byte's lowest bit means until further notice.
            let seconds = (try? data.byte()) ?? 15
            let forever = ((try? data.byte()) ?? 0) & 1 == 1
            identifyUntil = forever ? .seconds(Int64(UInt32.max)) : now + .seconds(Int64(seconds))
            return []
        // Set Power Restore Policy: only "as it was" can be had.
        case 0x06: return [0x02]
        // Get System Restart Cause: by a Chassis Control command, or not known.
        case 0x07: return [wasSwitchedOnByCommand ? 0x01 : 0x00, 0x01]
        case SetBootOption.code: return try setBootOption(&data)
        case GetBootFlags.code: return try bootOption(&data)
        // Get POH Counter: one minute a count.
        case 0x0f:
            var bytes: [UInt8] = [1]
            bytes.append(littleEndian: UInt32(truncatingIfNeeded: now.components.seconds / 60))
            return bytes
        default: throw CompletionCode.invalidCommand
        }
    }

    private mutating func control(_ action: ChassisControl.Action) throws(CompletionCode) {
        guard !faults.refusesOrders else { throw .notSupportedInPresentState }
        guard !faults.ignoresPower else { return }
        let wasOn = chassis.isPoweredOn
        let completion = chassis.control(action)
        guard completion == .completed else { throw completion }
        reboot()
        if [.on, .cycle, .reset].contains(action) { wasSwitchedOnByCommand = true }
        let isOn = chassis.isPoweredOn
        if faults.changesPassword, !wasOn, isOn { faults.wrongPassword = true }
        if wasOn != isOn || action == .cycle || action == .reset {
            log.add(offset: isOn ? SystemEventLog.working : SystemEventLog.off, at: wallClock)
        }
    }

    private mutating func setBootOption(_ data: inout ByteReader) throws -> [UInt8] {
        let parameter = try data.byte() & 0x7f
        let value = Array(data.remaining)
        if parameter == BootOption.flags {
            let flags = try BootFlags(decoding: value)
            guard !faults.refusesOrders else { throw CompletionCode.notSupportedInPresentState }
            if !faults.ignoresBootDevice { chassis.setBootFlags(flags) }
            return []
        }
        guard let present = bootOptions[parameter] else { throw CompletionCode.parameterNotSupported }
        // Without data only the parameter's validity is set.
        guard !value.isEmpty else { return [] }
        guard value.count >= present.count else { throw CompletionCode.requestDataLengthInvalid }
        bootOptions[parameter] = Array(value.prefix(present.count))
        return []
    }

    private func bootOption(_ data: inout ByteReader) throws -> [UInt8] {
        let parameter = try data.byte() & 0x7f
        // The set and block selectors.
        try data.skip(2)
        guard parameter != BootOption.flags || !faults.hidesBootDevice else {
            throw CompletionCode.parameterNotSupported
        }
        if parameter == BootOption.flags { return [1, parameter] + chassis.bootFlags.encoded }
        guard let value = bootOptions[parameter] else { throw CompletionCode.parameterNotSupported }
        return [1, parameter] + value
    }

    /// Seconds since 1970.
    var wallClock: UInt32 { configuration.epoch &+ UInt32(truncatingIfNeeded: now.components.seconds) }
}
