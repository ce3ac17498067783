import Primitives

/// What is known of the power of a node and of its BMC, and since when.
package struct PowerObservation: Sendable, Hashable {
    /// As the BMC has said last; `unknown` before it has.
    package var power = Machine.Power.unknown
    /// When it said so last; nil before it has.
    package var observed: Timestamp?
    /// Why it could not be asked last; nil where it has answered.
    package var failure: String?
    /// The code of that: `bmc.timeout`; nil where it has answered, or the failure has none.
    package var failureCode: String?
    /// Since when it has not answered, or not in another way; nil where it has.
    package var failedSince: Timestamp?
    /// To what a task has switched it last; nil where none has.
    package var wanted: Machine.Power?
    /// Of the BMC: `2.40`; nil where it is not known.
    package var firmware: String?
    /// What it was before the last change; nil where it has not changed.
    package var formerFirmware: String?
    package var firmwareChanged: Timestamp?

    /// Whether what it shows may be out of date.
    ///
    /// - Parameter limit: in seconds: how old it may be.
    package func isStale(at time: Timestamp, limit: Double) -> Bool {
        guard failure == nil, let observed else { return true }
        return abs(time.seconds(since: observed)) > limit
    }

    /// Takes over what the BMC has said.
    mutating func take(_ look: PowerLook, at time: Timestamp) {
        switch look.result {
        case .success(let power):
            (self.power, observed) = (power, time)
            forgetFailure()
        case .failure(let failure):
            if failedSince == nil || failureCode != failure.code { failedSince = time }
            (self.failure, failureCode) = (failure.message, failure.code)
        }
        if let firmware = look.firmware, firmware != self.firmware {
            if self.firmware != nil { (formerFirmware, firmwareChanged) = (self.firmware, time) }
            self.firmware = firmware
        }
    }

    mutating func forgetFailure() { (failure, failureCode, failedSince) = (nil, nil, nil) }
}

/// What came of a look at the power of a node.
struct PowerLook: Sendable {
    struct Failure: Error, Sendable, CustomStringConvertible {
        var message: String
        /// `bmc.timeout`; nil for what has none.
        var code: String?
        var description: String { message }

        static let account = "bmc.authentication"
        static let certificate = "bmc.certificate"

        /// Whether the BMC refuses the account.
        var isOfAccount: Bool { code == Self.account }
        /// Whether it stays as it is until somebody changes something.
        var lasts: Bool { Self.lasts(code) }

        /// Whether a failure with this code does.
        static func lasts(_ code: String?) -> Bool { code == account || code == certificate }
    }

    var node: String
    var result: Result<Machine.Power, Failure>
    /// Nil where it was not asked.
    var firmware: String?
}

extension PowerLook.Failure {
    init(_ error: any Error) {
        let known = error as? BoatyardError
        // A secret that is not tried again: why it was refused says what to do.
        let reason = known?.code == Self.account ? known?.cause?.inWords : nil
        self.init(message: reason ?? error.inWords, code: known?.code)
    }
}

/// A node that is not as it should be.
package struct NodeDrift: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// It was installed with another revision than the committed one.
        case revision
        /// It is off where it should be on, or the reverse.
        case power
        /// The firmware of its BMC has changed in the last week.
        case firmware
        /// Its BMC refuses the account of the design.
        case account
        /// Its BMC shows another certificate than the one it is known by, or one that is not trusted.
        case certificate
        /// No document names it any more.
        case undocumented
    }

    package var kind: Kind
    /// A clause that follows the name of the node: `is off, although it is Deployed`.
    package var message: String

    /// In seconds: how long a change of firmware is told.
    private static let recent = 7 * 86400.0

    /// - Parameters:
    ///   - node: its name, for messages that name a command.
    ///   - isAtWork: whether a task works on it, which switches it as it needs.
    ///   - limit: in seconds: how old an observation may be.
    static func all(
        of node: String, _ state: MachineState?, _ observation: PowerObservation?, deployed: Int?, committed: Int?,
        isAtWork: Bool, at time: Timestamp, limit: Double
    ) -> [NodeDrift] {
        var drift: [NodeDrift] = []
        if let deployed, let committed, deployed != committed {
            drift.append(
                NodeDrift(
                    kind: .revision,
                    message: "was installed with revision \(deployed), the committed one is \(committed)"))
        }
        guard let observation else { return drift }
        if !isAtWork, !observation.isStale(at: time, limit: limit) {
            if state == .deployed, observation.power == .off {
                drift.append(NodeDrift(kind: .power, message: "is off, although it is Deployed"))
            }
            if state == nil, observation.wanted == .off, observation.power == .on {
                drift.append(
                    NodeDrift(kind: .power, message: "is on, although it was switched off when its disks were erased"))
            }
        }
        if let former = observation.formerFirmware, let firmware = observation.firmware,
            let changed = observation.firmwareChanged, time.seconds(since: changed) < recent
        {
            drift.append(
                NodeDrift(
                    kind: .firmware,
                    message: "has a BMC whose firmware has changed from \(former) to \(firmware) "
                        + "(\(changed.formatted(.isoSeconds)))"))
        }
        if let failure = lastingFailure(observation, of: node) { drift.append(failure) }
        return drift
    }

    /// What keeps the daemon from the BMC of a node until somebody changes something.
    private static func lastingFailure(_ observation: PowerObservation, of node: String) -> NodeDrift? {
        guard let since = observation.failedSince?.formatted(.isoSeconds) else { return nil }
        if observation.failureCode == PowerLook.Failure.certificate {
            return NodeDrift(
                kind: .certificate,
                message:
                    "has a BMC that is not trusted: it has shown another certificate since \(since). If it was replaced, "
                    + "boatyard bmc forget \(node) accepts it, where oob.certificate of the node does not say another")
        }
        if observation.failureCode == PowerLook.Failure.account {
            let failure = observation.failure ?? ""
            // The name of the node is in front of it already.
            let name = "Node \(node), "
            let reason = failure.hasPrefix(name) ? String(failure.dropFirst(name.count)) : failure
            return NodeDrift(
                kind: .account,
                message:
                    "has a BMC that refuses the account or its password since \(since)"
                    + "\(reason.isEmpty ? "" : ": \(reason)"). Once they are right on the BMC or in the committed documents: "
                    + "boatyard bmc power status \(node)")
        }
        return nil
    }

    /// Of a node that has the record of a machine, and that no document names.
    static func undocumented(_ node: String) -> NodeDrift {
        NodeDrift(
            kind: .undocumented,
            message: "is still known, but no document names it any more. boatyard forget \(node) removes its record")
    }
}
