/// Power, boot order and disk of a virtual machine, as a pure state machine.
///
/// ```
/// off ── power on ──► on ── power off ──► off
///                     on ── reset, reboot ──► on, booting anew
/// ```
/// A boot goes to the network where the next boot was so ordered, else to the disk where a system is installed, else to
/// the network, which is the order that a fresh machine's firmware has.
package struct Chassis: Sendable {
    package enum Device: String, Sendable {
        case network
        case disk
    }

    package enum Event: Sendable {
        case powerOn
        case powerOff
        /// By the BMC.
        case reset
        /// By the running system, with what it leaves on the disk.
        case reboot(disk: InstalledSystem?)
        case bootDevice(Device, persistent: Bool)
    }

    package enum Effect: Sendable, Equatable {
        case stop
        case boot(Device)
    }

    package private(set) var isOn = false
    package private(set) var disk: InstalledSystem?
    private var oneShot: Device?
    private var persistent: Device?

    package init() {}

    package mutating func receive(_ event: Event) -> [Effect] {
        switch event {
        case .powerOn:
            guard !isOn else { return [] }
            isOn = true
            return [.boot(nextDevice())]
        case .powerOff:
            guard isOn else { return [] }
            isOn = false
            return [.stop]
        case .reset:
            guard isOn else { return [] }
            return [.stop, .boot(nextDevice())]
        case .reboot(let disk):
            guard isOn else { return [] }
            self.disk = disk
            return [.boot(nextDevice())]
        case .bootDevice(let device, let persistent):
            if persistent { self.persistent = device } else { oneShot = device }
            return []
        }
    }

    private mutating func nextDevice() -> Device {
        defer { oneShot = nil }
        return oneShot ?? persistent ?? (disk == nil ? .network : .disk)
    }
}

/// What an installation left on the disk.
package struct InstalledSystem: Sendable, Equatable {
    /// The deployment's ULID.
    package var deployment: String
    package var token: String
    /// Where the installer and the installed system report.
    package var eventsURL: String
    package var lastSequence: Int
    package var bootActions: [PlannedBootAction]
    package var key: String?
}

/// A boot action as the install plan lists it.
package struct PlannedBootAction: Sendable, Equatable {
    package var name: String
    package var signaling: Bool
    package var reportURL: String
}
