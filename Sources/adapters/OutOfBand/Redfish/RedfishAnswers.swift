import OrderedCollections
import Primitives

/// What operators ask of a BMC beside power and boot order, in the shapes of `IPMIAnswers`. Every order is read back.
extension RedfishSession {
    /// How many entries, sensors and logs are read. No BMC can make a list endless.
    private static let entryLimit = 4096
    private static let memberLimit = 256
    private static let logPageLimit = 128
    /// How often something is read back, and the pause between two readings.
    private static let readings = (count: 10, interval: Duration.seconds(1))

    /// - Throws: `RedfishError`, also where the BMC took an order and nothing came of it.
    func answer(_ request: BMCRequest, of system: RedfishResource) async throws -> Value {
        switch request {
        case .identify(let seconds): return try await identify(seconds, system)
        case .eventLog(let clears): return try await eventLog(clears: clears, system)
        case .sensors: return ["sensors": .array(try await sensors(of: system))]
        case .information: return try await information(of: system)
        case .powerStatus, .power, .boot:
            throw RedfishError(.command, "BMC \(endpoint) is not asked this in one step: \(request.name)")
        }
    }

    private nonisolated func text(_ value: Value?) -> Value {
        guard let text = value?.stringValue, !text.isEmpty else { return .null }
        return .string(RedfishMessage.shown(text, 300))
    }

    /// The lamp of the system, or of its chassis. It stays as it is until it is told otherwise.
    private func identify(_ seconds: UInt8, _ system: RedfishResource) async throws -> Value {
        var places = [system]
        for path in system.links("Links", "Chassis").prefix(8) { places.append(try await resource(path)) }
        let isOn = seconds > 0
        for place in places {
            let body: Value
            if place.value["LocationIndicatorActive"]?.boolValue != nil {
                body = ["LocationIndicatorActive": .bool(isOn)]
            } else if place.value["IndicatorLED"]?.stringValue != nil {
                body = ["IndicatorLED": isOn ? "Blinking" : "Off"]
            } else {
                continue
            }
            try await change(place.path, body)
            for reading in 1...Self.readings.count {
                let now = try await resource(place.path).value
                let led = now["IndicatorLED"]?.stringValue.map { ["Blinking", "Lit"].contains($0) }
                if now["LocationIndicatorActive"]?.boolValue ?? led == isOn {
                    return ["identify": .int(Int(clamping: seconds)), "seen": true, "lasts": .bool(isOn)]
                }
                if reading < Self.readings.count { try await time.pause(Self.readings.interval) }
            }
            throw RedfishError(
                .command,
                "BMC \(endpoint) took the order to switch its locator lamp \(isOn ? "on" : "off") and does not show it; look "
                    + "at the machine, and update the BMC's firmware")
        }
        throw RedfishError(.command, "BMC \(endpoint) has no locator lamp that it could switch")
    }

    /// The log of hardware events: the one that is called so, or else the first.
    private func log(of system: RedfishResource) async throws -> RedfishResource {
        let own = try await log(below: [system])
        if let own, own.isNamed { return own.log }
        var managers: [RedfishResource] = []
        do {
            for path in try await self.managers(of: system).prefix(8) { managers.append(try await resource(path)) }
        } catch let error as RedfishError {
            // The log of the system is one, whatever is wrong with its managers.
            guard own != nil else { throw error }
        }
        let theirs = try await log(below: managers)
        if let theirs, theirs.isNamed || own == nil { return theirs.log }
        guard let own else {
            throw RedfishError(.command, "BMC \(endpoint) has no event log that it shows by Redfish")
        }
        return own.log
    }

    /// - Returns: the first log, or the first that is called so; nil where there is none.
    private func log(below owners: [RedfishResource]) async throws -> (log: RedfishResource, isNamed: Bool)? {
        var first: RedfishResource?
        for collection in owners.compactMap({ $0.link("LogServices") }) {
            for path in try await members(of: collection, atMost: 16) {
                let log = try await resource(path)
                guard log.link("Entries") != nil else { continue }
                let names = ["Id", "Name", "LogEntryType"].compactMap { log.value[$0]?.stringValue?.uppercased() }
                if names.contains(where: { $0 == "SEL" || $0.contains("SYSTEM EVENT LOG") }) { return (log, true) }
                first = first ?? log
            }
        }
        return first.map { ($0, false) }
    }

    /// As they are shown.
    private func entries(of log: RedfishResource) async throws -> [Value] {
        var entries: [Value] = []
        var next = log.link("Entries")
        var read: Set<String> = []
        while let path = next, entries.count < Self.entryLimit, read.count < Self.logPageLimit,
            read.insert(path).inserted
        {
            let page = try await resource(path)
            for member in page.value["Members"]?.arrayValue ?? [] where entries.count < Self.entryLimit {
                if member["Message"] != nil || member["Created"] != nil {
                    entries.append(entry(member))
                } else if let path = member["@odata.id"]?.stringValue.flatMap(self.path) {
                    entries.append(entry(try await resource(path).value))
                }
            }
            next = page.value["Members@odata.nextLink"]?.stringValue.flatMap(self.path)
        }
        return entries
    }

    private nonisolated func entry(_ entry: Value) -> Value {
        [
            "record": text(entry["Id"]), "time": text(entry["Created"]), "sensor_type": text(entry["SensorType"]),
            "severity": text(entry["Severity"]), "event": text(entry["Message"]),
        ]
    }

    private func eventLog(clears: Bool, _ system: RedfishResource) async throws -> Value {
        let log = try await log(of: system)
        let entries = try await entries(of: log)
        if clears {
            guard let target = log.value["Actions"]?["#LogService.ClearLog"]?["target"]?.stringValue.flatMap(path)
            else {
                throw RedfishError(.command, "BMC \(endpoint) does not let its event log be cleared by Redfish")
            }
            try await act(target, [:])
            for reading in 1...Self.readings.count {
                // A BMC may write into its log that it was cleared.
                if try await self.entries(of: log).count <= min(1, entries.count) { break }
                guard reading < Self.readings.count else {
                    throw RedfishError(
                        .command,
                        "BMC \(endpoint) took the order to clear its event log, and it is not empty; restart the BMC")
                }
                try await time.pause(Self.readings.interval)
            }
        }
        return ["entries": .array(entries), "cleared": .bool(clears), "overflown": false]
    }

    private func sensors(of system: RedfishResource) async throws -> [Value] {
        var sensors: [Value] = []
        for path in system.links("Links", "Chassis").prefix(8) {
            let chassis = try await resource(path)
            if let thermal = chassis.link("Thermal") {
                let thermal = try await resource(thermal).value
                sensors += list(thermal["Temperatures"], "Temperature", ["ReadingCelsius"], "°C")
                sensors += list(thermal["Fans"], "Fan", ["Reading", "ReadingRPM"], "RPM")
            }
            if let power = chassis.link("Power") {
                let power = try await resource(power).value
                sensors += list(power["Voltages"], "Voltage", ["ReadingVolts"], "V")
                sensors += list(power["PowerControl"], "Power", ["PowerConsumedWatts"], "W")
            }
            guard sensors.isEmpty, let collection = chassis.link("Sensors") else { continue }
            for path in try await members(of: collection, atMost: Self.memberLimit) {
                let sensor = try await resource(path).value
                sensors += list([sensor], sensor["ReadingType"]?.stringValue ?? "", ["Reading"], "")
            }
        }
        return sensors
    }

    private nonisolated func list(_ members: Value?, _ type: String, _ keys: [String], _ unit: String) -> [Value] {
        (members?.arrayValue ?? []).prefix(Self.memberLimit).map { member in
            let reading = keys.lazy.compactMap { member[$0]?.doubleValue }.first
            let percent = member["ReadingUnits"]?.stringValue == "Percent" ? "%" : nil
            let given = percent ?? (unit.isEmpty ? member["ReadingUnits"]?.stringValue : nil) ?? unit
            let isPresent = member["Status"]?["State"]?.stringValue ?? "Enabled" == "Enabled"
            return [
                "name": text(member["Name"] ?? member["FanName"]), "type": text(.string(type)),
                "value": isPresent ? reading.map { .double($0) } ?? .null : .null, "unit": text(.string(given)),
                "status": reading == nil || !isPresent ? "not read" : status(member["Status"]?["Health"]), "states": [],
            ]
        }
    }

    /// In the words that IPMI has for it.
    private nonisolated func status(_ health: Value?) -> Value {
        switch health?.stringValue {
        case "Warning": "non-critical"
        case "Critical": "critical"
        default: "ok"
        }
    }

    private func information(of system: RedfishResource) async throws -> Value {
        var missing: [Value] = []
        var manager: RedfishResource?
        do {
            if let path = try await managers(of: system).first {
                manager = try await resource(path)
            } else {
                missing.append("manager: it has none")
            }
        } catch let error as RedfishError {
            missing.append(.string("manager: \(error.message)"))
        }
        return [
            "device": [
                "firmware": text(manager?.value["FirmwareVersion"]), "product": text(manager?.value["Model"]),
                "redfish": text(root.value["RedfishVersion"]),
            ],
            "power": .string(try power(of: system).rawValue), "guid": text(system.value["UUID"]),
            "bios": text(system.value["BiosVersion"]),
            "inventory": [
                "product": [
                    "manufacturer": text(system.value["Manufacturer"]), "name": text(system.value["Model"]),
                    "part_number": text(system.value["PartNumber"] ?? system.value["SKU"]),
                    "serial": text(system.value["SerialNumber"]), "asset_tag": text(system.value["AssetTag"]),
                ]
            ], "missing": .array(missing),
        ]
    }
}
