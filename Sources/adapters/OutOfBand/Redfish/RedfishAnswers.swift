import IPMI
import OrderedCollections
import Primitives

/// What operators ask of a BMC beside power and boot order, in the shapes of `IPMIAnswers`. Every order is read back.
extension RedfishSession {
    /// How many entries, sensors and logs are read. No BMC can make a list endless.
    private static let entryLimit = 4096
    private static let memberLimit = 256
    private static let chassisLimit = 8
    private static let logPageLimit = 128
    /// How often a log is read before it is cleared, until two readings in a row are the same.
    private static let readingsBeforeClearing = 4
    /// How often something is read back, and the pause between two readings.
    private static let readings = (count: 10, interval: Duration.seconds(1))

    /// - Parameter events: that of `answering`.
    /// - Throws: `RedfishError`, also where the BMC took an order and nothing came of it.
    func answer(
        _ request: BMCRequest, of system: RedfishResource, events: EventLogReading<RedfishEvent>
    ) async throws -> Value {
        switch request {
        case .identify(let seconds): return try await identify(seconds, system)
        case .eventLog(let clears): return try await eventLog(clears: clears, system, events)
        case .sensors: return try await sensors(of: system)
        case .information: return try await information(of: system)
        case .clock: return try await clock(of: system).value
        case .powerStatus, .power, .boot:
            throw RedfishError(.command, "BMC \(endpoint) is not asked this in one step: \(request.name)")
        }
    }

    /// That of the first of its managers.
    private func clock(of system: RedfishResource) async throws -> BMCClock {
        guard let manager = try await managers(of: system).first else {
            throw RedfishError(.command, "BMC \(endpoint) shows no manager, whose clock would be read")
        }
        let asked = Timestamp.now()
        let shown = try await resource(manager).value["DateTime"]?.stringValue
        return BMCClock(shown.flatMap { Timestamp($0) }, asked: asked, answered: .now())
    }

    private nonisolated func text(_ value: Value?) -> Value {
        guard let text = value?.stringValue, !text.isEmpty else { return .null }
        return .string(RedfishMessage.shown(text, 300))
    }

    /// The lamp of the system, or of its chassis. It stays as it is until it is told otherwise.
    private func identify(_ seconds: UInt8, _ system: RedfishResource) async throws -> Value {
        var places = [system]
        var missing: [String] = []
        let chassis = system.links("Links", "Chassis")
        for path in chassis.prefix(Self.chassisLimit) {
            if let chassis = try await resource(path, orNote: &missing) { places.append(chassis) }
        }
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
                guard reading < Self.readings.count else { break }
                try await time.pause(
                    Self.readings.interval,
                    AwaitedReading(
                        seen: "it does not show its locator lamp as \(isOn ? "on" : "off")", count: reading,
                        remedy: "look at the machine, and update the BMC's firmware"))
            }
            throw RedfishError(
                .command,
                "BMC \(endpoint) took the order to switch its locator lamp \(isOn ? "on" : "off") and does not show it; look "
                    + "at the machine, and update the BMC's firmware")
        }
        let looked =
            chassis.count > Self.chassisLimit
            ? " in the first \(Self.chassisLimit) of its \(chassis.count) chassis" : ""
        throw RedfishError(
            .command, "BMC \(endpoint) has no locator lamp\(looked) that it could switch\(Self.missingText(missing))")
    }

    /// The log of hardware events: the one that is called so, or else the first.
    private func log(of system: RedfishResource) async throws -> RedfishResource {
        var missing: [String] = []
        let own = try await log(below: [system], orNote: &missing)
        if let own, own.isNamed { return own.log }
        var managers: [RedfishResource] = []
        do {
            for path in try await self.managers(of: system).prefix(8) {
                if let manager = try await resource(path, orNote: &missing) { managers.append(manager) }
            }
        } catch let error as RedfishError {
            // The log of the system is one, whatever is wrong with its managers.
            guard own != nil else { throw error }
        }
        let theirs = try await log(below: managers, orNote: &missing)
        if let theirs, theirs.isNamed || own == nil { return theirs.log }
        guard let own else {
            throw RedfishError(
                .command, "BMC \(endpoint) has no event log that it shows by Redfish\(Self.missingText(missing))")
        }
        return own.log
    }

    /// - Parameter missing: gets what was not read.
    /// - Returns: the first log, or the first that is called so; nil where there is none.
    private func log(
        below owners: [RedfishResource], orNote missing: inout [String]
    ) async throws -> (log: RedfishResource, isNamed: Bool)? {
        var first: RedfishResource?
        for collection in owners.compactMap({ $0.link("LogServices") }) {
            for path in try await list(of: collection, atMost: 16, orNote: &missing)?.members ?? [] {
                guard let log = try await resource(path, orNote: &missing), log.link("Entries") != nil else { continue }
                let names = ["Id", "Name", "LogEntryType"].compactMap { log.value[$0]?.stringValue?.uppercased() }
                if names.contains(where: { $0 == "SEL" || $0.contains("SYSTEM EVENT LOG") }) { return (log, true) }
                first = first ?? log
            }
        }
        return first.map { ($0, false) }
    }

    /// - Parameters:
    ///   - missing: gets why the list is not whole.
    ///   - reading: gets each entry as it is read.
    private func entries(
        of log: RedfishResource, orNote missing: inout [String], _ reading: EventLogReading<RedfishEvent>
    ) async throws -> [RedfishEvent] {
        reading.begin()
        var entries: [RedfishEvent] = []
        var next = log.link("Entries")
        var announced: Int?
        var isCut = false
        var isBroken = false
        var read: Set<String> = []
        while let path = next {
            guard read.insert(path).inserted else {
                isBroken = true
                break
            }
            guard entries.count < Self.entryLimit, read.count <= Self.logPageLimit else {
                isCut = true
                break
            }
            // Where there is no first page, there is no list.
            let page = read.count == 1 ? try await resource(path) : try await resource(path, orNote: &missing)
            guard let page else { break }
            announced = announced ?? page.value["Members@odata.count"]?.intValue
            for member in page.value["Members"]?.arrayValue ?? [] {
                guard entries.count < Self.entryLimit else {
                    isCut = true
                    break
                }
                let entry = try await entry(member, orNote: &missing)
                entries.append(entry)
                reading.note(entry)
            }
            next = page.nextPage.flatMap(self.path)
            isBroken = next == nil && page.nextPage != nil
        }
        // A page that comes again has the same entries.
        let listed = Set(entries).count
        if let announced, announced > listed {
            missing.append("BMC \(endpoint) has \(announced) entries in its event log, of which \(listed) are listed")
        } else if isCut {
            missing.append(
                "BMC \(endpoint) has more entries in its event log than the \(entries.count) that are listed")
        } else if announced == nil, isBroken {
            missing.append(
                "BMC \(endpoint) does not say how many entries its event log has, and names as its next page one that was read or "
                    + "cannot be: there may be more than the \(listed) that are listed")
        }
        return entries
    }

    /// An entry, as it is a member of a page or a page refers to it.
    private func entry(_ member: Value, orNote missing: inout [String]) async throws -> RedfishEvent {
        if member["Message"] != nil || member["Created"] != nil {
            return RedfishEvent(shown: entry(member), of: member)
        }
        guard let path = member["@odata.id"]?.stringValue.flatMap(self.path) else {
            missing.append("BMC \(endpoint) lists an event without text, time and address")
            return RedfishEvent(shown: entry(member), of: member)
        }
        if let read = try await resource(path, orNote: &missing) {
            return RedfishEvent(shown: entry(read.value), of: read.value)
        }
        let record = text(.string(RedfishResource.name(of: path)))
        return RedfishEvent(shown: ["record": record, "event": Value(missing.last)], identity: [.string(path)])
    }

    private nonisolated func entry(_ entry: Value) -> Value {
        [
            "record": text(entry["Id"]), "time": text(entry["Created"]), "sensor_type": text(entry["SensorType"]),
            "severity": text(entry["Severity"]), "event": text(entry["Message"]),
        ]
    }

    private func eventLog(
        clears: Bool, _ system: RedfishResource, _ reading: EventLogReading<RedfishEvent>
    ) async throws -> Value {
        let log = try await log(of: system)
        var missing: [String] = []
        var entries = try await entries(of: log, orNote: &missing, reading)
        if clears {
            reading.settle(Set(entries))
            try requireListed(missing)
            guard let target = log.value["Actions"]?["#LogService.ClearLog"]?["target"]?.stringValue.flatMap(path)
            else {
                throw RedfishError(.command, "BMC \(endpoint) does not let its event log be cleared by Redfish")
            }
            try await addNewest(to: &entries, of: log, reading)
            // An attempt before this one may have removed them.
            let present = Set(entries)
            entries = reading.removed.filter { !present.contains($0) } + entries
            try await reading.clearing(entries, refuses: Self.refusesClearing) { try await act(target, [:]) }
            try await awaitCleared(log, entries, reading)
        }
        return [
            "entries": .array(entries.map(\.shown)), "cleared": .bool(clears), "overflown": false,
            "missing": Value(missing),
        ]
    }

    /// A task that the BMC has made of the order, and that failed, may have removed a part.
    private static func refusesClearing(_ error: any Error) -> Bool {
        guard let error = error as? RedfishError, let status = error.status else { return false }
        return error.isPermanent && (400..<500).contains(status)
    }

    private func requireListed(_ missing: [String]) throws(RedfishError) {
        guard let reason = missing.first else { return }
        throw RedfishError(
            .command,
            "BMC \(endpoint) is not told to clear its event log, as events in it were not listed: \(reason); read and clear it "
                + "by the pages of the BMC")
    }

    /// Adds what has come while a log was read, until nothing comes any more: it would be cleared with the others, and nobody
    /// would know of it.
    ///
    /// - Throws: `RedfishError` where events come as quickly as they are read.
    private func addNewest(
        to entries: inout [RedfishEvent], of log: RedfishResource, _ reading: EventLogReading<RedfishEvent>
    ) async throws {
        var known = Set(entries)
        let former = known.count
        for _ in 1..<Self.readingsBeforeClearing {
            var missing: [String] = []
            let present = try await self.entries(of: log, orNote: &missing, reading)
            try requireListed(missing)
            let new = present.filter { known.insert($0).inserted }
            if new.isEmpty { return }
            entries += new
        }
        throw RedfishError(
            .command,
            "BMC \(endpoint) is not told to clear its event log: it was read \(Self.readingsBeforeClearing) times, and each time "
                + "there were new events, \(known.count - former) in all; find out what happens at the machine, then try again"
        )
    }

    /// Reads a log until none of the former entries is in it. What has come since, as that it was cleared, stays.
    private func awaitCleared(
        _ log: RedfishResource, _ entries: [RedfishEvent], _ events: EventLogReading<RedfishEvent>
    ) async throws {
        let former = Set(entries)
        for reading in 1...Self.readings.count {
            var missing: [String] = []
            // What is read now stays in the log.
            let present = try await self.entries(of: log, orNote: &missing, EventLogReading())
            let left = present.count { former.contains($0) }
            if left == 0, missing.isEmpty { return }
            let seen = missing.first ?? "\(left) of the \(former.count) former events are still in its event log"
            guard reading < Self.readings.count else {
                events.settle(Set(present))
                throw RedfishError(
                    .command, "BMC \(endpoint) took the order to clear its event log, but: \(seen); restart the BMC")
            }
            try await time.pause(
                Self.readings.interval,
                AwaitedReading(
                    seen: "it took the order to clear its event log, but: \(seen)", count: reading,
                    remedy: "restart the BMC"))
        }
    }

    private func sensors(of system: RedfishResource) async throws -> Value {
        var sensors: [Value] = []
        var missing: [String] = []
        let paths = system.links("Links", "Chassis")
        do {
            for path in paths.prefix(Self.chassisLimit) {
                guard let chassis = try await resource(path, orNote: &missing) else { continue }
                try await addSensors(in: chassis, to: &sensors, orNote: &missing)
            }
        } catch let error as RedfishError where error.kind == .deadline && !sensors.isEmpty {
            missing.append("what follows the first \(sensors.count) sensors: \(error.message)")
        }
        if paths.count > Self.chassisLimit {
            missing.append(
                "BMC \(endpoint) has \(paths.count) chassis, of which the sensors of \(Self.chassisLimit) are read")
        }
        return ["sensors": .array(sensors), "missing": Value(missing)]
    }

    private func addSensors(
        in chassis: RedfishResource, to sensors: inout [Value], orNote missing: inout [String]
    ) async throws {
        let before = sensors.count
        if let path = chassis.link("Thermal"), let thermal = try await resource(path, orNote: &missing)?.value {
            sensors += list(thermal["Temperatures"], "Temperature", ["ReadingCelsius"], "°C", orNote: &missing)
            sensors += list(thermal["Fans"], "Fan", ["Reading", "ReadingRPM"], "RPM", orNote: &missing)
        }
        if let path = chassis.link("Power"), let power = try await resource(path, orNote: &missing)?.value {
            sensors += list(power["Voltages"], "Voltage", ["ReadingVolts"], "V", orNote: &missing)
            sensors += list(power["PowerControl"], "Power", ["PowerConsumedWatts"], "W", orNote: &missing)
        }
        // The same ones in the form of later versions.
        guard sensors.count == before, let collection = chassis.link("Sensors"),
            let listed = try await list(of: collection, atMost: Self.memberLimit, orNote: &missing)
        else { return }
        let paths = listed.members
        for path in paths {
            guard let sensor = try await resource(path, orNote: &missing)?.value else { continue }
            sensors += list([sensor], text(sensor["ReadingType"]), ["Reading"], .null, orNote: &missing)
        }
        let place = RedfishMessage.shown(chassis.path, 200)
        if listed.isCut {
            missing.append("BMC \(endpoint) has more sensors in \(place) than the \(paths.count) that are read")
        } else if listed.isOpen {
            missing.append(
                "BMC \(endpoint) does not say how many sensors \(place) has, and names as their next page one that was read or "
                    + "cannot be: there may be more than the \(paths.count) that are read")
        }
    }

    /// - Parameter unit: null for what the member says.
    private nonisolated func list(
        _ members: Value?, _ type: Value, _ keys: [String], _ unit: Value, orNote missing: inout [String]
    ) -> [Value] {
        let members = members?.arrayValue ?? []
        if members.count > Self.memberLimit {
            missing.append(
                "BMC \(endpoint) lists \(members.count) sensors of the type \(type.stringValue ?? "unknown") in one resource, of which "
                    + "\(Self.memberLimit) are shown")
        }
        return members.prefix(Self.memberLimit).map { member in
            let given = keys.compactMap { member[$0] }.filter { !$0.isNull }
            let reading = given.lazy.compactMap(\.doubleValue).first
            let isPercent = member["ReadingUnits"]?.stringValue == "Percent"
            let isPresent = member["Status"]?["State"]?.stringValue ?? "Enabled" == "Enabled"
            let isRead = isPresent && reading != nil
            let ownUnit: Value = unit.isNull ? self.unit(member["ReadingUnits"]) : unit
            let state = isRead ? status(member["Status"]?["Health"]) : notRead(isPresent ? given.first : nil)
            return [
                "name": text(member["Name"] ?? member["FanName"]), "type": type,
                "value": isRead ? Value(reading) : .null, "unit": isPercent ? "%" : ownUnit, "status": state,
                "states": [],
            ]
        }
    }

    /// A unit of UCUM, in the words that IPMI has for it.
    private nonisolated func unit(_ units: Value?) -> Value {
        switch units?.stringValue {
        case "Cel": "°C"
        case "[degF]": "°F"
        case "{rev}/min": "RPM"
        case "[ft_i]3/min": "CFM"
        default: text(units)
        }
    }

    /// The status of a sensor without a reading.
    private nonisolated func notRead(_ given: Value?) -> Value {
        guard let given else { return "not read" }
        let shown = RedfishMessage.shown(given.stringValue ?? given.json(.compact), 40)
        return .string("not read: '\(shown)' is no number")
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
        var state: Value = .null
        do {
            state = .string(try power(of: system).rawValue)
        } catch {
            missing.append(.string("power: \(error.message)"))
        }
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
            "power": state, "guid": text(system.value["UUID"]),
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
