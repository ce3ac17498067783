import Primitives

/// What the numbers of sensor types and events mean (IPMI v2.0 tables 42-1 to 42-3).
package enum EventNames {
    /// `Temperature`; `sensor type 0xc0` for what the table does not have.
    package static func sensorType(_ type: UInt8) -> String {
        sensorTypes.indices.contains(Int(type)) ? sensorTypes[Int(type)] : "sensor type \(hex(type))"
    }

    /// What a state of a discrete sensor means, or of one with thresholds which of them is crossed in which direction.
    ///
    /// - Parameters:
    ///   - eventType: as records have it: 1 of thresholds, 0x6F peculiar to the sensor's type.
    ///   - offset: the number of the state, 0 to 15.
    package static func event(_ eventType: UInt8, _ offset: UInt8, sensorType: UInt8) -> String {
        let list = eventType == 0x6f ? specific[sensorType] : generic[eventType]
        if let list, list.indices.contains(Int(offset)), !list[Int(offset)].isEmpty { return list[Int(offset)] }
        return "event \(offset) of type \(hex(eventType))"
    }

    /// The states that are set in a reading of a discrete sensor.
    package static func states(_ reading: SensorReading, of sensor: SensorRecord) -> [String] {
        (0..<15).filter { Int(reading.states) >> $0 & 1 == 1 }
            .map { event(sensor.eventType, UInt8(clamping: $0), sensorType: sensor.type) }
    }

    private static func hex(_ byte: UInt8) -> String { "0x" + [byte].hex }

    private static let sensorTypes = [
        "reserved", "Temperature", "Voltage", "Current", "Fan", "Physical Security", "Platform Security", "Processor",
        "Power Supply", "Power Unit", "Cooling Device", "Other Units", "Memory", "Drive Slot", "POST Memory Resize",
        "System Firmware", "Event Logging", "Watchdog 1", "System Event", "Critical Interrupt", "Button", "Module",
        "Microcontroller", "Add-in Card", "Chassis", "Chip Set", "Other FRU", "Cable", "Terminator", "System Boot",
        "Boot Error", "OS Boot", "OS Stop", "Slot", "ACPI Power State", "Watchdog 2", "Platform Alert",
        "Entity Presence", "Monitor ASIC", "LAN", "Management Subsystem", "Battery", "Session Audit", "Version Change",
        "FRU State",
    ]

    /// By the event type (table 42-2).
    private static let generic: [UInt8: [String]] = [
        0x01: [
            "lower non-critical, going low", "lower non-critical, going high", "lower critical, going low",
            "lower critical, going high", "lower non-recoverable, going low", "lower non-recoverable, going high",
            "upper non-critical, going low", "upper non-critical, going high", "upper critical, going low",
            "upper critical, going high", "upper non-recoverable, going low", "upper non-recoverable, going high",
        ],
        0x02: ["idle", "active", "busy"],
        0x03: ["state deasserted", "state asserted"],
        0x04: ["no failure predicted", "failure predicted"],
        0x05: ["limit not exceeded", "limit exceeded"],
        0x06: ["performance met", "performance lags"],
        0x07: [
            "OK", "non-critical, from OK", "critical, from less severe", "non-recoverable, from less severe",
            "non-critical, from more severe", "critical, from non-recoverable", "non-recoverable", "monitor",
            "informational",
        ],
        0x08: ["absent", "present"],
        0x09: ["disabled", "enabled"],
        0x0a: [
            "running", "in test", "power off", "on line", "off line", "off duty", "degraded", "power save",
            "install error",
        ],
        0x0b: [
            "fully redundant", "redundancy lost", "redundancy degraded", "non-redundant, sufficient from redundant",
            "non-redundant, sufficient from insufficient", "non-redundant, insufficient",
            "degraded, from fully redundant", "degraded, from non-redundant",
        ],
        0x0c: ["D0 power state", "D1 power state", "D2 power state", "D3 power state"],
    ]
}
