/// Get Chassis Status (IPMI v2.0 §28.2).
package struct GetChassisStatus: Command {
    package static let networkFunction = NetworkFunction.chassis
    package static let code: UInt8 = 0x01
    package static let name = "Get Chassis Status"

    package var data: [UInt8] { [] }

    package init() {}

    package static func response(_ data: [UInt8]) throws(PacketError) -> ChassisStatus {
        var reader = ByteReader(data)
        // Some BMCs leave out what they do not know.
        return ChassisStatus(
            power: try reader.byte(), lastEvent: (try? reader.byte()) ?? 0,
            miscellaneous: (try? reader.byte()) ?? 0)
    }
}

/// The three status bytes of a chassis.
package struct ChassisStatus: Sendable, Hashable {
    var power: UInt8
    var lastEvent: UInt8
    var miscellaneous: UInt8

    /// The power is on.
    package var isPoweredOn: Bool { power & 0x01 != 0 }
    /// The BMC tells whether the locator lamp is on.
    package var tellsIdentifying: Bool { miscellaneous & 0x40 != 0 }
    /// The locator lamp is on, for a time or for good.
    package var isIdentifying: Bool { miscellaneous & 0x30 != 0 }

    /// Policy: power returns as it was. Capability: the identify state is reported.
    package init(isPoweredOn: Bool, isIdentifying: Bool, wasSwitchedOnByCommand: Bool) {
        power = 0x20 | (isPoweredOn ? 1 : 0)
        lastEvent = wasSwitchedOnByCommand ? 0x10 : 0
        miscellaneous = 0x40 | (isIdentifying ? 0x10 : 0)
    }

    init(power: UInt8, lastEvent: UInt8, miscellaneous: UInt8) {
        self.power = power
        self.lastEvent = lastEvent
        self.miscellaneous = miscellaneous
    }

    package var encoded: [UInt8] { [power, lastEvent, miscellaneous, 0] }
}

/// Chassis Control (IPMI v2.0 §28.3).
package struct ChassisControl: Command, Hashable {
    /// What is done to the chassis; the raw value is the data byte.
    package enum Action: UInt8, Sendable, Hashable, CaseIterable {
        /// At once, without asking the operating system.
        case off = 0
        case on = 1
        /// Off, then on after a second or more. BMCs refuse it while the power is off.
        case cycle = 2
        /// Without a loss of power. BMCs refuse it while the power is off.
        case reset = 3
        /// A pulse of the diagnostic interrupt.
        case diagnostic = 4
        /// The operating system is asked to shut down, as by a press of the power button.
        case softOff = 5
    }

    package static let networkFunction = NetworkFunction.chassis
    package static let code: UInt8 = 0x02
    package static let name = "Chassis Control"

    /// What is done.
    package var action: Action

    /// - Parameter action: what is done.
    package init(_ action: Action) { self.action = action }

    /// The machine must not be restarted twice.
    package var isRepeatable: Bool { action == .on || action == .off }

    package var data: [UInt8] { [action.rawValue] }
}

/// Chassis Identify (IPMI v2.0 §28.5): lights the locator lamp.
package struct ChassisIdentify: Command {
    package static let networkFunction = NetworkFunction.chassis
    package static let code: UInt8 = 0x04
    package static let name = "Chassis Identify"

    /// 0 puts the lamp out.
    package var seconds: UInt8

    /// - Parameter seconds: 0 puts the lamp out.
    package init(seconds: UInt8) { self.seconds = seconds }

    package var data: [UInt8] { [seconds] }
}
