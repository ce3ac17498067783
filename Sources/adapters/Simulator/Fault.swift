import Primitives

/// A fault ordered for one machine.
package enum Fault: Sendable, Equatable {
    /// The BMC answers nothing.
    case bmcSilent
    /// The BMC refuses the password of the documents.
    case wrongPassword
    /// The BMC has another password once it has switched the machine on.
    case passwordChanged
    /// The BMC refuses every order.
    case ordersRefused
    /// A boot device order is accepted and ignored.
    case bootDeviceIgnored
    /// An order to switch the machine is accepted and ignored.
    case powerIgnored
    /// An image for the drive of the BMC is accepted and ignored. Redfish alone.
    case mediaIgnored
    /// The BMC has another certificate once the machine was switched on. Redfish alone.
    case certificateReplaced
    /// The clock of the BMC begins in 1970.
    case clockIn1970
    /// Power goes once, at this percentage of the first installation.
    case powerLost(at: Int)
    /// Signalling boot actions report failure.
    case bootActionFails
    /// Signalling boot actions never report.
    case neverSignals
    /// It starts the system that an earlier installation has left on its disk, whatever it is told.
    case bootedFromDisk
    /// Its cable of the provisioning network is in another of its interfaces.
    case swappedCables
    /// The first disk that the documents name is not there.
    case diskMissing
    /// The first disk that the documents name takes nothing that is written to it.
    case diskFails
    /// Its firmware asks so many seconds after it was switched on.
    case slowPXE(seconds: Int)
    /// The BMC starts anew after the first order to switch, and answers nothing meanwhile.
    case bmcReboots
    /// Something in the machine is not as the design says; its test finds it.
    case hardware(HardwareFault)

    /// Those without a number, as they are written.
    private static let plain: [(spelling: String, fault: Fault)] = [
        ("bmc-silent", .bmcSilent), ("wrong-password", .wrongPassword), ("password-changed", .passwordChanged),
        ("orders-refused", .ordersRefused),
        ("boot-device-ignored", .bootDeviceIgnored), ("power-ignored", .powerIgnored), ("media-ignored", .mediaIgnored),
        ("certificate-replaced", .certificateReplaced), ("clock-1970", .clockIn1970), ("bmc-reboots", .bmcReboots),
        ("boot-action-fails", .bootActionFails), ("never-signals", .neverSignals),
        ("booted-from-disk", .bootedFromDisk), ("swapped-cables", .swappedCables), ("disk-missing", .diskMissing),
        ("disk-fails", .diskFails),
    ]
    private static let powerLoss = "power-lost"
    private static let slowFirmware = "slow-pxe"

    /// How those with a number are written.
    private static let numbered: [(spelling: String, unit: String, range: ClosedRange<Int>)] = [
        (powerLoss, "PERCENT", 0...100), (slowFirmware, "SECONDS", 0...86400),
    ]

    /// How faults are written.
    package static let spellings =
        plain.map(\.spelling) + numbered.map { "\($0.spelling)@\($0.unit)" } + HardwareFault.allCases.map(\.rawValue)

    /// One of `spellings`, with a number from 0 to 100 for `PERCENT`, from 0 to 86400 for `SECONDS`.
    package init?(_ text: String) {
        if let known = Self.plain.first(where: { $0.spelling == text })?.fault
            ?? HardwareFault(rawValue: text).map(Fault.hardware)
        {
            self = known
        } else if let percent = Self.number(text, after: Self.powerLoss) {
            self = .powerLost(at: percent)
        } else if let seconds = Self.number(text, after: Self.slowFirmware) {
            self = .slowPXE(seconds: seconds)
        } else {
            return nil
        }
    }

    /// Whether a BMC without Redfish can have it.
    var isForIPMI: Bool { self != .mediaIgnored && self != .certificateReplaced }

    /// Whether it is one of the BMC, which a machine of the types `manual` and `libvirt` does not have.
    var isOfBMC: Bool {
        switch self {
        case .bmcSilent, .wrongPassword, .passwordChanged, .ordersRefused, .bootDeviceIgnored, .powerIgnored,
            .mediaIgnored,
            .certificateReplaced, .clockIn1970, .bmcReboots:
            true
        case .powerLost, .bootActionFails, .neverSignals, .bootedFromDisk, .swappedCables, .diskMissing, .diskFails,
            .slowPXE,
            .hardware:
            false
        }
    }

    /// As it is written, without a number.
    var spelling: String {
        switch self {
        case .hardware(let fault): fault.rawValue
        case .powerLost: Self.powerLoss
        case .slowPXE: Self.slowFirmware
        default: Self.plain.first { $0.fault == self }?.spelling ?? ""
        }
    }

    /// Why a text is no fault: `'power-lost@150' is none: PERCENT of power-lost@PERCENT is a number from 0 to 100`.
    package static func complaint(about text: String) -> String {
        let name = String(text.prefix { $0 != "@" })
        if let known = numbered.first(where: { $0.spelling == name }) {
            return
                "'\(text)' is none: \(known.unit) of \(name)@\(known.unit) is a number from \(known.range.lowerBound) to "
                + "\(known.range.upperBound)"
        }
        if name != text, Fault(name) != nil { return "'\(text)' is none: \(name) has no number" }
        let near = Suggestion.closest(to: name, among: numbered.map(\.spelling) + spellings).map {
            "; the nearest is \($0)"
        }
        return "'\(text)' is none\(near ?? ""). Faults are \(spellings.joined(separator: ", "))"
    }

    private static func number(_ text: String, after prefix: String) -> Int? {
        guard text.hasPrefix(prefix + "@"), let range = numbered.first(where: { $0.spelling == prefix })?.range else {
            return nil
        }
        return Int(text.dropFirst(prefix.count + 1)).flatMap { range.contains($0) ? $0 : nil }
    }
}
