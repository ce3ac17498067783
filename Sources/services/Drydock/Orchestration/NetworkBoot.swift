import Primitives

/// A machine that was told to boot from the network: how often, what has been heard of it since, and what follows.
///
/// A value that decides from what is known and reads nothing (`docs/reference/drydock.md` §13.22).
struct NetworkBoot: Sendable, Hashable {
    /// How often it was told within its task. 0 before the first time.
    var orders: Int
    /// How often it may be told.
    var limit: Int
    /// Whether its installer comes in the drive of its BMC, and not by the network.
    var isByMedia = false
    /// Whether the last order has been carried out, as far as its BMC says.
    var isTold: Bool
    var signs: BootSigns
    /// Whether its installer has come and has fallen silent since, where that is not what is waited for.
    var isGone = false
    /// In seconds: how long something might be heard of it.
    var patience = 0.0
    /// Until when something has to be heard of it.
    var hearing: Timestamp
    /// Until when what is waited for has to come.
    var arrival: Timestamp

    enum Step: Sendable, Hashable {
        /// It is told to boot from the network, and switched off and on.
        case order
        /// Nothing is done before that.
        case waits(until: Timestamp)
        /// It is not told again.
        case fails
    }

    func step(at now: Timestamp) -> Step {
        guard orders > 0 else { return .order }
        // The daemon ended in the middle of the order.
        if !isTold, !signs.isHeard { return .order }
        if !isGone {
            if now < hearing { return .waits(until: hearing) }
            if signs.isHeard, now < arrival { return .waits(until: arrival) }
        }
        // Somebody else has come forward in its place: it would again.
        return orders < limit && signs.rival == nil ? .order : .fails
    }

    /// What happens at the end of a wait, in the words of `TaskWait.then`.
    ///
    /// - Parameter failure: what happens where it is not told again.
    func then(orElse failure: String) -> String {
        signs.rival == nil && orders < limit ? "it is told again to boot from \(source)" : failure
    }

    /// What was done, as a clause, where it was told at least once.
    var deed: String {
        "it was told \(orders == 1 ? "once" : "\(orders) times") to boot from \(source), and switched off and on"
    }

    /// From where it was told to boot.
    var source: String { Self.source(isByMedia: isByMedia) }

    static func source(isByMedia: Bool) -> String {
        isByMedia ? "the image in the drive of its BMC" : "the network"
    }
}

/// What was heard of a machine since it was told to boot from the network.
struct BootSigns: Sendable, Hashable {
    /// Its firmware, a boot program or an installer has asked for something.
    var isHeard = false
    /// Its installer has sent its inventory.
    var hasArrived = false
    /// What says that it runs the system on its disk, as a clause; nil where nothing does.
    var disk: String?
    /// Who else has come forward as the node, as a sentence with its remedy; nil where nobody has.
    var rival: String?
}

/// What has become of the order to boot from the network, for a message.
struct NetworkBootFailure: Sendable, Hashable {
    /// The name of the node.
    var node: String
    /// From where it is to boot; nil where neither design nor inventory says.
    var mac: MACAddress?
    /// `10.20.0.11`; nil where it has none.
    var bmcAddress: String?
    var boot: NetworkBoot
    /// What was waited for: `its inventory`.
    var awaited: String
    /// What its BMC says of its power now; nil where it does not answer.
    var power: Machine.Power?
    /// The last events of its timeline, as a sentence without full stop; empty for none.
    var lastSeen: String
    /// What its console has shown last, as sentences; empty where nobody has read it.
    var console: String

    /// What was seen, what was tried, and what to do.
    var message: String {
        [seen, lastSeen.isEmpty ? "" : lastSeen + ".", console, remedy].filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// What was tried: nothing where its installer seemed to be there all the time.
    private var told: String {
        boot.orders == 0
            ? "it was not told to boot from \(boot.source), as its installer was heard before"
            : boot.deed
    }

    private var place: String {
        mac.map { "none boots from \($0)" } ?? "none has the BMC address \(bmcAddress ?? "(none)")"
    }

    private var seen: String {
        if boot.orders == 0 {
            return
                "The installer of \(node) was there and has fallen silent, and \(awaited) did not come in time: \(told)."
        }
        if boot.signs.isHeard {
            let deed =
                boot.isByMedia ? "has started the installer of its image" : "has asked for a boot over the network"
            return "\(node) \(deed), but \(awaited) did not come in time: \(told)."
        }
        if let disk = boot.signs.disk {
            return "\(node) has booted from its disk, not from \(boot.source): \(told), and \(disk)."
        }
        if boot.signs.rival != nil {
            return "Another machine than that of \(node) came forward: \(told), and \(place)."
        }
        let state: String =
            switch power {
            case .on: " Its BMC says that it is on."
            case .off: " Its BMC says that it is off."
            case .unknown, .error, nil: ""
            }
        let silence =
            boot.isByMedia
            ? "The installer of \(node) has never asked for anything"
            : "\(node) has never asked for anything on the network"
        return "\(silence): \(told), nothing was heard of it within \(Int(boot.patience.rounded(.up))) s, and "
            + "\(place).\(state)"
    }

    private var remedy: String {
        if boot.orders == 0 || boot.signs.isHeard { return "Look at its screen or console, then run the action again." }
        if let rival = boot.signs.rival { return rival }
        let own = "the interface \(mac.map { "\($0)" } ?? "that it boots from")"
        if boot.signs.disk != nil, boot.isByMedia {
            return
                "Its BMC takes the order of the boot device without effect, or its firmware does not boot from virtual media: "
                + "enable that there, or choose the drive by hand, and run the action again."
        }
        if boot.signs.disk != nil {
            return
                "Its BMC takes the order of the boot device without effect, or its firmware does not boot from \(own): "
                + "enable network boot there, put it first in the boot order, or choose it by hand, and run the action again."
        }
        if boot.isByMedia {
            return
                "Check that its firmware boots from virtual media, that its BMC reaches the daemon's listener for machines to read "
                + "the image, and the cable and address of \(own), by which the installer asks; a machine that takes longer than "
                + "that needs a higher timeouts.network_boot."
        }
        return "Check its cable and the port of its switch, that its firmware has network boot enabled for \(own), its "
            + "boot order, and the provisioning network; a machine whose firmware takes longer than that needs a higher "
            + "timeouts.network_boot."
    }
}
