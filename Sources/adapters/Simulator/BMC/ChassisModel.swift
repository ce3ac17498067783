import IPMI

/// What a BMC switches.
///
/// Called on the BMC's event loop: every requirement returns at once.
package protocol ChassisModel: Sendable {
    var isPoweredOn: Bool { get }

    /// What was last set; `BootFlags.cleared` once a one-time order has been used up.
    var bootFlags: BootFlags { get }

    func setBootFlags(_ flags: BootFlags)

    /// The address of the image in the drive of the BMC; nil where that is empty.
    var media: String? { get }

    func setMedia(_ image: String?)

    /// - Returns: `completed`, or why not: `notSupportedInPresentState` for a reset while the power is off.
    func control(_ action: ChassisControl.Action) -> CompletionCode
}

/// What happens to a machine when its BMC is told something.
package enum ChassisEvent: Sendable, Hashable {
    /// It starts, from the device of these flags.
    case poweredOn(BootFlags)
    case poweredOff
    /// It starts anew without having lost power.
    case reset(BootFlags)
    case bootFlagsChanged(BootFlags)
    /// An image was put into the drive of the BMC, or it was emptied.
    case mediaChanged(String?)
}

/// The power switch and the boot order of a machine that exists only as this value.
package struct Chassis: Sendable, Hashable {
    /// Whether the machine is on.
    package private(set) var isPoweredOn: Bool
    /// The boot flags for the next boot.
    package private(set) var bootFlags = BootFlags.cleared
    /// The address of the image in the drive of the BMC.
    package private(set) var media: String?

    package init(isPoweredOn: Bool = false) { self.isPoweredOn = isPoweredOn }

    /// Sets the boot flags.
    ///
    /// - Returns: what happens by that.
    package mutating func setBootFlags(_ flags: BootFlags) -> [ChassisEvent] {
        bootFlags = flags
        return [.bootFlagsChanged(flags)]
    }

    /// Puts an image into the drive of the BMC, or empties it.
    ///
    /// - Returns: what happens by that.
    package mutating func setMedia(_ image: String?) -> [ChassisEvent] {
        guard image != media else { return [] }
        media = image
        return [.mediaChanged(image)]
    }

    /// Carries out a chassis control command.
    ///
    /// - Returns: the completion code, and what happens by that.
    package mutating func control(_ action: ChassisControl.Action) -> (CompletionCode, [ChassisEvent]) {
        switch action {
        case .off, .softOff: return (.completed, turnOff())
        case .on: return (.completed, turnOn())
        case .cycle:
            guard isPoweredOn else { return (.notSupportedInPresentState, []) }
            return (.completed, turnOff() + turnOn())
        case .reset:
            guard isPoweredOn else { return (.notSupportedInPresentState, []) }
            return (.completed, [.reset(takeBootFlags())])
        case .diagnostic: return (isPoweredOn ? .completed : .notSupportedInPresentState, [])
        }
    }

    /// The machine switches itself off, as an installer does when it is done.
    package mutating func turnOff() -> [ChassisEvent] {
        guard isPoweredOn else { return [] }
        isPoweredOn = false
        return [.poweredOff]
    }

    /// The machine starts anew by itself, as an installer does when it is done.
    package mutating func restart() -> [ChassisEvent] { isPoweredOn ? [.reset(takeBootFlags())] : [] }

    private mutating func turnOn() -> [ChassisEvent] {
        guard !isPoweredOn else { return [] }
        isPoweredOn = true
        return [.poweredOn(takeBootFlags())]
    }

    /// A one-time order is used up by the start that honours it.
    private mutating func takeBootFlags() -> BootFlags {
        let flags = bootFlags
        if !flags.isPersistent { bootFlags = .cleared }
        return flags.isValid ? flags : .cleared
    }
}
