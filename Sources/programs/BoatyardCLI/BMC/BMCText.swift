import OrderedCollections
import Primitives

/// What BMCs answer, for people.
enum BMCText {
    static func text(_ value: Value?) -> String {
        switch value {
        case .string(let text): Text.line(text)
        case .int(let number): "\(number)"
        case .bool(let isSo): isSo ? "yes" : "no"
        case .double(let number): Self.number(number)
        default: ""
        }
    }

    /// To three places behind the point, without zeros at the end.
    static func number(_ number: Double) -> String {
        guard number.magnitude < 1e12 else { return "\(number)" }
        let thousandths = Int(exactly: (number * 1000).rounded()) ?? 0
        let rest = Int(thousandths.magnitude % 1000)
        var digits = ""
        if rest > 0 {
            digits = "." + String("\(1000 + rest)".dropFirst())
            while digits.hasSuffix("0") { digits = String(digits.dropLast()) }
        }
        return (thousandths < 0 ? "-" : "") + "\(thousandths.magnitude / 1000)" + digits
    }

    private static func name(_ answer: Value) -> String { text(answer["node"] ?? answer["bmc"]) }

    static func power(_ answer: Value) -> String {
        let power = text(answer["power"])
        guard let was = answer["was"] else { return "\(name(answer)): \(power)" }
        if answer["seen_off"]?.boolValue == true {
            return "\(name(answer)): off and then \(power), both seen; it was \(text(was))"
        }
        return "\(name(answer)): \(power), seen; it was \(text(was))"
    }

    static func boot(_ answer: Value) -> String {
        let isPersistent = answer["persistent"]?.boolValue == true
        var line = "\(name(answer)): boots from \(text(answer["boot"])) \(isPersistent ? "from now on" : "next")"
        if answer["uefi"]?.boolValue == true { line += ", by UEFI" }
        guard let shown = answer["read_back"], !shown.isNull else {
            return line + "; the BMC cannot say whether it will"
        }
        line += ", read back"
        for (key, meaning) in [("persistent", "persistent"), ("uefi", "for UEFI")] {
            guard let isSo = shown[key]?.boolValue, let wanted = answer[key]?.boolValue, isSo != wanted else {
                continue
            }
            line += isSo ? "; the BMC shows it as \(meaning)" : "; the BMC does not show it as \(meaning)"
        }
        return line
    }

    static func clock(_ answer: Value) -> String {
        let ahead = answer["seconds_ahead"]?.doubleValue
        guard let time = answer["time"]?.stringValue else {
            return "\(name(answer)): its clock is not set" + (ahead == nil ? "" : ", and counts from the BMC's start")
        }
        let hint =
            ahead.map { Timestamp.isZone(secondsAhead: $0) } ?? false ? "; it may show local time and not UTC" : ""
        return "\(name(answer)): \(Text.line(time)), " + (ahead.map { deviation($0) } ?? "beside no other clock") + hint
    }

    /// What is said of a BMC's clock that is wrong.
    ///
    /// - Parameter ahead: by how many seconds; nil where it is not set.
    static func wrongClock(_ ahead: Double?) -> (seen: String, remedy: String) {
        let remedy =
            "Set its NTP server, or its time, in the BMC's own settings; its event log has wrong times until then."
        guard let ahead else { return ("it is not set", remedy) }
        guard Timestamp.isZone(secondsAhead: ahead) else { return ("it is \(deviation(ahead))", remedy) }
        return (
            "it is \(deviation(ahead)), and may show local time and not UTC",
            "Set its time zone to UTC in the BMC's own settings, or its NTP server where the time itself is wrong; its event log has "
                + "other times than this host until then."
        )
    }

    /// By how much a clock differs from this host's: `2 s ahead`, `1 h 59 min behind`.
    static func deviation(_ seconds: Double) -> String {
        guard seconds.magnitude >= 0.5 else { return "as this host's" }
        let whole = Int(exactly: min(seconds.magnitude, 1e12).rounded()) ?? 0
        let words =
            switch whole {
            case ..<120: "\(whole) s"
            case ..<7200: "\(whole / 60) min"
            case ..<172_800: "\(whole / 3600) h \(whole % 3600 / 60) min"
            default: "\(whole / 86400) days"
            }
        return "\(words) \(seconds < 0 ? "behind" : "ahead")"
    }

    static func identify(_ answer: Value) -> String {
        let seconds = answer["identify"]?.intValue ?? 0
        let what = seconds > 0 ? "lamp on for \(seconds) s" : "lamp off"
        return "\(name(answer)): \(what)"
            + (answer["seen"]?.boolValue == true ? ", seen" : "; the BMC does not show it")
    }

    static func eventLog(_ answer: Value) -> String {
        let entries = answer["entries"]?.arrayValue ?? []
        var table = Table("Record", "Time", "Sensor", "Event", "Bytes")
        for entry in entries {
            let since = entry["seconds_since_start"]?.intValue.map { "\($0) s after start" } ?? ""
            let time = entry["time"]?.stringValue.map { Text.second($0) } ?? since
            let sensor = entry["sensor"].map { "\(text(entry["sensor_type"])) #\(text($0))" } ?? ""
            let end = entry["asserted"]?.boolValue == false ? " (ended)" : ""
            let event = entry["event"].map { text($0) + end } ?? "of the manufacturer, type \(text(entry["type"]))"
            table.rows.append([text(entry["record"]), time, sensor, event, text(entry["bytes"])])
        }
        let missing = (answer["missing"]?.arrayValue ?? []).map { "Not told: \(text($0))" }
        let isEmpty = entries.isEmpty && missing.isEmpty
        var lines = [isEmpty ? "\(name(answer)): the event log is empty." : table.text]
        if answer["overflown"]?.boolValue == true { lines.append("Events were lost: the log was full.") }
        if answer["cleared"]?.boolValue == true, !entries.isEmpty { lines.append("The event log is empty now.") }
        lines += missing
        return lines.joined(separator: "\n")
    }

    static func sensors(_ answer: Value) -> String {
        let sensors = answer["sensors"]?.arrayValue ?? []
        let missing = (answer["missing"]?.arrayValue ?? []).map { "\nNot told: \(text($0))" }.joined()
        guard !sensors.isEmpty else { return "\(name(answer)): the BMC describes no sensors.\(missing)" }
        let hasThresholds = sensors.contains { $0["thresholds"] != nil }
        var table =
            hasThresholds
            ? Table("Sensor", "Type", "Reading", "Status", "Thresholds")
            : Table("Sensor", "Type", "Reading", "Status")
        for sensor in sensors {
            let states = (sensor["states"]?.arrayValue ?? []).map { text($0) }.joined(separator: ", ")
            let unit = sensor["unit"]?.stringValue ?? ""
            let reading = sensor["value"]?.doubleValue.map { unit.isEmpty ? number($0) : "\(number($0)) \(unit)" }
            var row = [
                text(sensor["name"]), text(sensor["type"]), reading ?? states, text(sensor["status"]),
            ]
            if hasThresholds {
                let limits = sensor["thresholds"]?.objectValue ?? [:]
                row.append(
                    limits.map { "\($0.key.replacing("_", with: " ")) \(text($0.value))" }.joined(separator: ", "))
            }
            table.rows.append(row)
        }
        return table.text + missing
    }

    static func information(_ answer: Value) -> String {
        var table = Table("", "")
        func add(_ title: String, _ value: Value?) {
            let shown = text(value)
            if !shown.isEmpty { table.rows.append([title, shown]) }
        }
        let device = answer["device"]
        add("BMC", answer["bmc"])
        add("Power", answer["power"])
        add("BMC firmware", device?["firmware"])
        add("IPMI", device?["ipmi"])
        let maker = text(device?["manufacturer_name"])
        let number = text(device?["manufacturer"])
        if !maker.isEmpty || !number.isEmpty {
            add("BMC made by", .string("\(maker.isEmpty ? "number" : maker) (\(number))"))
        }
        add("BMC product", device?["product"])
        add("GUID", answer["guid"])
        for area in ["product", "board", "chassis"] {
            for (key, value) in answer["inventory"]?[area]?.objectValue ?? [:] {
                if let further = value.arrayValue {
                    add("\(area) further", .string(further.map { text($0) }.joined(separator: ", ")))
                } else {
                    add("\(area) \(key.replacing("_", with: " "))", value)
                }
            }
        }
        add("board made", answer["inventory"]?["board_made"])
        let lan = answer["lan"]
        add("LAN address", lan?["address"])
        for key in ["source", "netmask", "gateway", "mac", "vlan"] { add("LAN \(key)", lan?[key]) }
        for address in lan?["ipv6"]?.arrayValue ?? [] {
            add(
                "LAN address",
                .string(
                    "\(text(address["address"]))/\(text(address["prefix_length"]))"
                        + ", \(text(address["source"]))"))
        }
        let suites = (lan?["cipher_suites"]?.arrayValue ?? []).map { suite in
            text(suite["number"]) + (suite["privilege"]?.stringValue.map { " (\($0))" } ?? "")
        }
        add("Cipher suites", .string(suites.joined(separator: ", ")))
        if let session = answer["session"] {
            add("This session", .string("cipher suite \(text(session["suite"])), \(text(session["privilege"]))"))
        }
        for user in answer["users"]?.arrayValue ?? [] {
            let state = user["enabled"]?.boolValue == false ? ", not enabled" : ""
            let level = user["privilege"]?.stringValue ?? "no access"
            add("User \(text(user["number"]))", .string("\(text(user["name"])), \(Text.line(level))\(state)"))
        }
        for missing in answer["missing"]?.arrayValue ?? [] { add("Not told", missing) }
        return table.bodyText
    }
}
