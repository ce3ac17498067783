import Primitives

/// What a disk says of its own health.
package struct DiskHealth: Sendable, Hashable {
    /// The disk's own verdict; nil where it gives none.
    package var isPassed: Bool?
    /// Sectors that were replaced, of ATA; defects since it was made, of SCSI.
    package var replaced: Int?
    /// Sectors that could not be read and wait to be written.
    package var pending: Int?
    /// Sectors that could not be read.
    package var unreadable: Int?
    /// Of NVMe: errors of the medium.
    package var mediaErrors: Int?
    /// Of NVMe: bits of `critical_warning` (NVM Express Base Specification 2.0, figure 207).
    package var warningBits: Int?
    /// Of NVMe: per cent of the life that its maker gives it.
    package var used: Int?
    /// It was switched on.
    package var hours: Int?
    /// In degrees Celsius.
    package var temperature: Int?

    /// - Parameters: as the members.
    package init(
        isPassed: Bool? = nil, replaced: Int? = nil, pending: Int? = nil, unreadable: Int? = nil,
        mediaErrors: Int? = nil, warningBits: Int? = nil, used: Int? = nil, hours: Int? = nil, temperature: Int? = nil
    ) {
        self.isPassed = isPassed
        self.replaced = replaced
        self.pending = pending
        self.unreadable = unreadable
        self.mediaErrors = mediaErrors
        self.warningBits = warningBits
        self.used = used
        self.hours = hours
        self.temperature = temperature
    }

    /// Reads `smartctl --json --all` (smartctl(8)).
    ///
    /// - Parameter text: its output.
    /// - Returns: the reason where the disk has no SMART, or smartctl could not ask it.
    package static func smartctl(_ text: [UInt8]) -> Reading<DiskHealth> {
        guard let report = try? Value(json: text), report.objectValue != nil else {
            return .missing("smartctl has written no report")
        }
        var health = DiskHealth()
        health.isPassed = report["smart_status"]?["passed"]?.boolValue
        health.hours = report["power_on_time"]?["hours"]?.intValue
        health.temperature = report["temperature"]?["current"]?.intValue
        for attribute in report["ata_smart_attributes"]?["table"]?.arrayValue ?? [] {
            let value = attribute["raw"]?["value"]?.intValue
            switch attribute["id"]?.intValue {
            case 5: health.replaced = value
            case 197: health.pending = value
            case 198: health.unreadable = value
            default: break
            }
        }
        if let defects = report["scsi_grown_defect_list"]?.intValue { health.replaced = defects }
        if let log = report["nvme_smart_health_information_log"] { health.take(log) }
        guard health != DiskHealth(hours: health.hours, temperature: health.temperature) else {
            let messages = (report["smartctl"]?["messages"]?.arrayValue ?? []).compactMap { $0["string"]?.stringValue }
            let reason = messages.first.map { ": \($0.shownInMessage)" } ?? ""
            return .missing("the disk tells nothing of its health\(reason)")
        }
        return .read(health)
    }

    /// Reads `nvme smart-log --output-format=json` (nvme-smart-log(1)).
    package static func nvme(_ text: [UInt8]) -> Reading<DiskHealth> {
        guard let log = try? Value(json: text), log["critical_warning"] != nil else {
            return .missing("nvme has written no log")
        }
        var health = DiskHealth()
        health.take(log)
        health.hours = log["power_on_hours"]?.intValue
        // In kelvins.
        health.temperature = log["temperature"]?.intValue.flatMap { $0 > 200 ? $0 - 273 : nil }
        return .read(health)
    }

    private mutating func take(_ log: Value) {
        // Newer versions of nvme-cli have an object with the bits by name beside the number.
        warningBits = log["critical_warning"]?.intValue ?? log["critical_warning"]?["value"]?.intValue
        mediaErrors = log["media_errors"]?.intValue
        used = (log["percentage_used"] ?? log["percent_used"])?.intValue
        hours = hours ?? log["power_on_hours"]?.intValue
    }

    private static let warnings = [
        "its spare blocks are used up", "it is too hot or too cold", "its medium is unreliable",
        "it can only be read", "its cache is not saved when the power fails", "its persistent memory is unreliable",
    ]

    /// What is wrong so that nobody should trust the disk.
    package var faults: [String] {
        var faults: [String] = []
        if isPassed == false { faults.append("the disk itself says that it is failing") }
        let bits = warningBits ?? 0
        faults += Self.warnings.enumerated().filter { bits & 1 << $0.offset != 0 }.map(\.element)
        if let count = pending, count > 0 { faults.append("\(count) sectors cannot be read and wait to be replaced") }
        if let count = unreadable, count > 0 { faults.append("\(count) sectors could not be read") }
        return faults
    }

    /// What an operator should know.
    package var remarks: [String] {
        var remarks: [String] = []
        if let count = replaced, count > 0 { remarks.append("\(count) sectors are replaced") }
        if let count = mediaErrors, count > 0 { remarks.append("\(count) errors of the medium") }
        if let used, used >= 90 { remarks.append("\(used) % of its life is used") }
        return remarks
    }

    /// `healthy, 12345 h, 34 °C`
    package var summary: String {
        var parts = [isPassed == true ? "the disk says that it is well" : "no fault is told"]
        if let hours { parts.append("\(hours) h") }
        if let temperature { parts.append("\(temperature) °C") }
        return parts.joined(separator: ", ")
    }
}
