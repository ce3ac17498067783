import Primitives

/// Something that happened to a machine on its way from power-on to its last signal.
package struct TimelineEvent: Sendable, Hashable {
    /// What kind of event it is. Operations of the agent and phases have their names in `TimelineEvent.step` besides.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The BMC was told to power the machine or to choose its boot device, or the machine was found to be off while it was
        /// being installed or erased.
        case power
        /// DHCP gave an address, or an address and a boot program.
        case dhcp
        /// TFTP sent a boot program.
        case tftp
        /// A boot script was asked for.
        case script
        /// The kernel or the ramdisk of the installer was asked for.
        case download
        case inventory
        /// The machine was given its plan.
        case plan
        /// The agent began, ended or failed an operation.
        case operation
        /// The installer, or the installed system, reported a phase.
        case phase
        /// A boot action signalled.
        case signal
        /// The machine's serial console is not read.
        case console
        /// An operator has ordered a rescue or its end, or other work has ended it.
        case rescue
        /// A test of its hardware was ordered, or has ended.
        case test
        /// A task that failed with the machine has begun anew with it.
        case attempt
        /// A task has failed with the machine.
        case failure

        /// Whether anybody on the provisioning network can bring it about, who has no key.
        var isOpenToAll: Bool {
            switch self {
            case .dhcp, .tftp, .script, .download: true
            case .power, .inventory, .plan, .operation, .phase, .signal, .console, .rescue, .test, .attempt, .failure:
                false
            }
        }

        /// Whether an event comes when somebody orders it, however long the machine has been ready for it: nothing is usual then.
        func isOrdered(_ step: String) -> Bool {
            switch self {
            case .plan, .rescue, .attempt, .failure: true
            case .power: ["network-next", "off", "operator"].contains(step)
            case .test: step == "begun"
            case .dhcp, .tftp, .script, .download, .inventory, .operation, .phase, .signal, .console: false
            }
        }
    }

    /// Rises from event to event.
    package var id: Int64
    package var kind: Kind
    /// Which one of its kind: `installed`, `partition sda`; with the kind it names a point that other machines pass, too.
    package var step: String
    /// A sentence, or a few words.
    package var message: String
    package var time: Timestamp
    /// In seconds: since the event before; nil for the first one, and after more than an hour.
    package var elapsed: Double?
    /// In seconds: the median of what other machines took to come here; nil where none has, and where it was ordered.
    package var usual: Double?
}

/// The timeline of one machine, and what it is at now.
package struct Timeline: Sendable, Hashable {
    /// What a machine has been at since its last event.
    package struct Pause: Sendable, Hashable {
        /// In seconds.
        package var seconds: Double
        /// In seconds: the median of what other machines took from here to their next event; nil where none has gone on.
        package var usual: Double?
        /// How many machines that median is of.
        package var machines: Int

        /// Whether it takes far longer than it usually does.
        package var isStalled: Bool {
            guard let usual else { return false }
            return seconds > max(usual * 3, usual + 30)
        }
    }

    package var mac: MACAddress
    /// The oldest first.
    package var events: [TimelineEvent]
    /// Nil where the machine is at nothing: it has come to its end, or nothing is known of it.
    package var pause: Pause?
}
