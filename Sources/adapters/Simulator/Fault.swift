/// A fault ordered for one machine.
package enum Fault: Sendable, Equatable {
    /// The BMC answers nothing.
    case bmcSilent
    /// The BMC refuses the password of the documents.
    case wrongPassword
    /// A boot device order is accepted and ignored.
    case bootDeviceIgnored
    /// Power goes once, at this percentage of the first installation.
    case powerLost(at: Int)
    /// Signalling boot actions report failure.
    case bootActionFails
    /// Signalling boot actions never report.
    case neverSignals

    /// How faults are written.
    package static let spellings = [
        "bmc-silent", "wrong-password", "boot-device-ignored", "power-lost@PERCENT", "boot-action-fails",
        "never-signals",
    ]

    /// One of `spellings`, with a number from 0 to 100 for `PERCENT`.
    package init?(_ text: String) {
        switch text {
        case "bmc-silent": self = .bmcSilent
        case "wrong-password": self = .wrongPassword
        case "boot-device-ignored": self = .bootDeviceIgnored
        case "boot-action-fails": self = .bootActionFails
        case "never-signals": self = .neverSignals
        default:
            guard text.hasPrefix("power-lost@"), let percent = Int(text.dropFirst("power-lost@".count)),
                (0...100).contains(percent)
            else { return nil }
            self = .powerLost(at: percent)
        }
    }
}
