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
    /// It starts the system that an earlier installation has left on its disk, whatever it is told.
    case bootedFromDisk
    /// Its cable of the provisioning network is in another of its interfaces.
    case swappedCables
    /// The first disk that the documents name is not there.
    case diskMissing
    /// Its firmware asks so many seconds after it was switched on.
    case slowPXE(seconds: Int)
    /// The BMC starts anew after the first order, and answers nothing meanwhile.
    case bmcReboots

    /// How faults are written.
    package static let spellings = [
        "bmc-silent", "wrong-password", "boot-device-ignored", "power-lost@PERCENT", "boot-action-fails",
        "never-signals", "booted-from-disk", "swapped-cables", "disk-missing", "slow-pxe@SECONDS", "bmc-reboots",
    ]

    /// One of `spellings`, with a number from 0 to 100 for `PERCENT`, from 0 to 86400 for `SECONDS`.
    package init?(_ text: String) {
        switch text {
        case "bmc-silent": self = .bmcSilent
        case "wrong-password": self = .wrongPassword
        case "boot-device-ignored": self = .bootDeviceIgnored
        case "boot-action-fails": self = .bootActionFails
        case "never-signals": self = .neverSignals
        case "booted-from-disk": self = .bootedFromDisk
        case "swapped-cables": self = .swappedCables
        case "disk-missing": self = .diskMissing
        case "bmc-reboots": self = .bmcReboots
        default:
            if let percent = Self.number(text, after: "power-lost@", in: 0...100) {
                self = .powerLost(at: percent)
            } else if let seconds = Self.number(text, after: "slow-pxe@", in: 0...86400) {
                self = .slowPXE(seconds: seconds)
            } else {
                return nil
            }
        }
    }

    private static func number(_ text: String, after prefix: String, in range: ClosedRange<Int>) -> Int? {
        guard text.hasPrefix(prefix) else { return nil }
        return Int(text.dropFirst(prefix.count)).flatMap { range.contains($0) ? $0 : nil }
    }
}
