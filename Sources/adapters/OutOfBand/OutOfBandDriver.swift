import Primitives
import SiteDesign

/// What can be done to a node while its own system is not asked (`docs/reference/drydock.md` §14).
///
/// Every requirement throws a `BoatyardError` that names node, BMC and remedy: `oob.deadline` once `deadline` is past.
/// It throws `CancellationError` at once where its task is cancelled. None gives up before its own retries and polls, or
/// its time, are used up.
///
/// An order, which changes the machine, runs alone at its BMC from its first command to its last. A look at the power
/// waits for a single command at most.
///
/// A new driver has a folder beside `IPMI` and `Manual`, and its line in `OutOfBand.drivers`.
package protocol OutOfBandDriver: Sendable {
    /// Whether a human does what the driver is told, who has the time until the deadline for it.
    var needsHuman: Bool { get }

    /// After which an order to a human is taken as done; nil where only the human's word counts, and where there is none.
    var humanPause: Duration? { get }

    /// The same driver, for an order that a human was given `time` ago, before the daemon was restarted.
    func resumed(after time: Duration) -> any OutOfBandDriver

    /// Whether machines of this type have a serial console at all.
    var hasConsole: Bool { get }

    /// What the design gives for the node's BMC alone, and a console must not show: its password, and its key (K_G).
    var consoleSecrets: [Secret<String>] { get }

    /// Whether the node is on. `unknown` where only a human can tell.
    func powerState(until deadline: Timestamp) async throws -> PowerState

    /// The version of the BMC's firmware: `2.40`. Nil where the driver cannot ask.
    func firmware(until deadline: Timestamp) async throws -> String?

    /// The next boot, and only that one, is from `source`. The order is read back.
    ///
    /// - Parameter mode: how the node's firmware boots.
    /// - Throws: `oob.boot-device` where the BMC took the order and reads back another one.
    func setNextBoot(
        from source: BootSource, _ mode: BootMode, until deadline: Timestamp
    ) async throws -> OutOfBandOutcome

    /// The image at an address is put into the drive of the BMC, and the next boot, and only that one, is from it. Both are
    /// read back. The next order to boot the disk, and to switch off, takes the image out.
    ///
    /// - Throws: as `setNextBoot(from:_:until:)`; `oob.parameters` where the BMC has no such drive.
    func setNextBoot(
        fromImage address: String, _ mode: BootMode, until deadline: Timestamp
    ) async throws -> OutOfBandOutcome

    /// Off without asking the operating system, then polled until it is off.
    ///
    /// - Throws: `oob.power` where it stays on.
    func powerOff(until deadline: Timestamp) async throws -> OutOfBandOutcome

    /// On, then polled until it is on.
    ///
    /// - Throws: `oob.power` where it stays off.
    func powerOn(until deadline: Timestamp) async throws -> OutOfBandOutcome

    /// Off, seen to be off, and on again. A node that does not go off is not told to go on.
    ///
    /// - Throws: `oob.power` where it stays on or off.
    func powerCycle(until deadline: Timestamp) async throws -> OutOfBandOutcome

    /// Where what is known of the BMC is kept; nil for a node without one.
    var memoryPlace: BMCMemory.Place? { get }

    /// Answers what an operator asks of the BMC, or tells it. An order is followed by looks at the machine.
    ///
    /// - Returns: an object, as `docs/api.md` has it (`nodes/{name}/bmc`).
    /// - Throws: `oob.request` for what the driver cannot be asked.
    func answer(_ request: BMCRequest, until deadline: Timestamp) async throws -> Value

    /// Opens the machine's serial console, in a session of its own beside those of orders. There is one of a machine.
    ///
    /// - Parameter takesOver: takes it from another session that has it.
    /// - Throws: `ConsoleTrouble` in place of a `BoatyardError`.
    func openConsole(takesOver: Bool, until deadline: Timestamp) async throws -> any MachineConsole
}

extension OutOfBandDriver {
    package var needsHuman: Bool { false }

    package var humanPause: Duration? { nil }

    /// By default nothing is different.
    package func resumed(after time: Duration) -> any OutOfBandDriver { self }

    package func setNextBoot(
        fromImage address: String, _ mode: BootMode, until deadline: Timestamp
    ) async throws -> OutOfBandOutcome {
        throw BoatyardError(
            "oob.parameters", "Only nodes of the type redfish boot from an image; set oob.type", kind: .refused)
    }

    package var memoryPlace: BMCMemory.Place? { nil }

    package func answer(_ request: BMCRequest, until deadline: Timestamp) async throws -> Value {
        try await plainAnswer(request, until: deadline)
    }

    /// What every driver can do: read and switch the power, and order the next boot.
    func plainAnswer(_ request: BMCRequest, until deadline: Timestamp) async throws -> Value {
        guard !needsHuman else {
            throw BoatyardError("oob.request", "The node has no BMC that could be asked: a person switches it")
        }
        switch request {
        case .powerStatus: return ["power": .string(try await powerState(until: deadline).rawValue)]
        case .power(let change):
            let before = try await powerState(until: deadline)
            _ =
                switch change {
                case .on: try await powerOn(until: deadline)
                case .off: try await powerOff(until: deadline)
                case .cycle: try await powerCycle(until: deadline)
                }
            return BMCRequest.Power.answer(to: change, was: .string(before.rawValue))
        default:
            throw BoatyardError(
                "oob.request", "The driver of the node's out-of-band type cannot do this: \(request.name)")
        }
    }

    package func firmware(until deadline: Timestamp) async throws -> String? { nil }

    /// By default none.
    package var hasConsole: Bool { false }

    package var consoleSecrets: [Secret<String>] { [] }

    /// By default there is none.
    package func openConsole(takesOver: Bool, until deadline: Timestamp) async throws -> any MachineConsole {
        throw ConsoleTrouble("Nodes of this out-of-band type have no serial console; ipmi has one.", passes: false)
    }
}

/// Where a node boots from.
package enum BootSource: String, Sendable, Hashable {
    case network
    /// The first disk in the order of the firmware.
    case disk
}

package enum PowerState: String, Sendable, Hashable {
    case on
    case off
    case unknown
}

/// What a successful action has to say to the people who read the task.
package struct OutOfBandOutcome: Sendable, Hashable {
    package var message: String
    /// Nothing was done: somebody has to do it.
    package var needsHuman: Bool

    package init(message: String, needsHuman: Bool = false) {
        self.message = message
        self.needsHuman = needsHuman
    }
}
