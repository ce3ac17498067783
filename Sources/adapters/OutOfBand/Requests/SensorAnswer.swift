import IPMI
import OrderedCollections
import Primitives

/// A sensor and what it says, for operators and programs.
struct SensorAnswer {
    let value: Value

    init(
        _ sensor: SensorRecord, in session: IPMISession, thresholds: Bool, _ secrets: BMCSecrets
    ) async throws {
        var object: Value.Object = [
            "name": .string(secrets.masked(sensor.name)), "number": .int(Int(sensor.number)),
            "type": .string(EventNames.sensorType(sensor.type)),
            "value": .null, "unit": .string("\(sensor.units)"), "status": "not read", "states": [],
        ]
        guard sensor.isOfBMC else {
            object["status"] = .string("of controller 0x\([sensor.owner].hex), not read")
            value = .object(object)
            return
        }
        if let reading = try await session.reading(of: sensor) {
            let number = try await session.value(of: reading.raw, sensor)
            object["value"] = number.map { .double($0) } ?? .null
            if sensor.hasThresholds {
                object["status"] = .string(reading.severity.rawValue)
            } else {
                let states = EventNames.states(reading, of: sensor)
                object["states"] = .array(states.map { .string($0) })
                object["status"] = "read"
            }
        }
        if thresholds, let raw = try await session.thresholds(of: sensor)?.raw {
            var limits: Value.Object = [:]
            for (name, raw) in zip(Self.thresholdNames, raw) {
                guard let raw, let number = try await session.value(of: raw, sensor) else { continue }
                limits[name] = .double(number)
            }
            object["thresholds"] = .object(limits)
        }
        value = .object(object)
    }

    private static let thresholdNames = [
        "lower_non_critical", "lower_critical", "lower_non_recoverable", "upper_non_critical", "upper_critical",
        "upper_non_recoverable",
    ]
}

extension EventLogEntry {
    /// For operators and programs.
    func value(_ secrets: BMCSecrets) -> Value {
        let date = time.flatMap { $0 >= Self.firstDate ? Timestamp(microseconds: Int64($0) * 1_000_000) : nil }
        let uptime = time.flatMap { $0 < Self.firstDate ? Int($0) : nil }
        var object: Value.Object = [
            "record": .int(Int(record)), "time": date.map { .string($0.formatted(.iso)) } ?? .null,
            "seconds_since_start": uptime.map { .int($0) } ?? .null, "type": .int(Int(type)),
        ]
        if isSystemEvent {
            object["sensor"] = .int(Int(sensorNumber))
            object["sensor_type"] = .string(EventNames.sensorType(sensorType))
            let offset = (eventData.first ?? 0) & 0x0f
            object["event"] = .string(EventNames.event(eventType, offset, sensorType: sensorType))
            object["asserted"] = .bool(!isDeassertion)
        }
        object["bytes"] = .string(secrets.masked(bytes.hex))
        return .object(object)
    }
}
