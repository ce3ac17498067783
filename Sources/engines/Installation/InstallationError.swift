import Primitives

/// Why a machine cannot be installed or erased as its plan says.
///
/// Messages name the machine, what was seen on it, and the remedy.
package struct InstallationError: TypedError, Equatable {
    /// What stands in the way; the code of the error is `installation.` and this.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        /// The plan cannot be read, or says what no plan may.
        case plan
        /// The image has no file on the host that machines get it from.
        case image
        /// The machine was booted by another kind of firmware than the plan is for.
        case firmware
        /// No disk fits a selector. It may still appear: controllers take their time.
        case diskMissing = "disk-missing"
        /// Several disks fit a selector.
        case diskAmbiguous = "disk-ambiguous"
        /// The disk is read-only or has no size.
        case diskUnusable = "disk-unusable"
        /// Other machines use the disk, too.
        case diskShared = "disk-shared"
        /// What the plan wants does not fit on the disk or into the volume group.
        case space
        /// The layout contradicts itself: something is mounted twice, or nothing at `/`.
        case layout
        /// No network interface fits a selector.
        case interfaceMissing = "interface-missing"
        /// Several network interfaces fit a selector.
        case interfaceAmbiguous = "interface-ambiguous"
        /// The network contradicts itself.
        case network
    }

    /// What stands in the way.
    package let reason: Reason
    package let message: String
    /// The member of a plan that is wrong, `volume_groups[0].logical_volumes[1].filesystem.type`, and what is wrong with it, `is 'zfs'; …`;
    /// nil where no member is known.
    package let member: (path: String, fault: String)?

    /// Whether another attempt would meet it again.
    package let isPermanent: Bool

    /// - Parameter isPermanent: whether neither the plan nor what the machine shows can be another one at the next boot; nil where
    ///   the reason alone tells.
    package init(
        _ reason: Reason, _ message: String, member: (path: String, fault: String)? = nil, isPermanent: Bool? = nil
    ) {
        self.reason = reason
        self.message = message
        self.member = member
        self.isPermanent = isPermanent ?? reason.isPermanent
    }

    package static func == (left: InstallationError, right: InstallationError) -> Bool {
        left.reason == right.reason && left.message == right.message
    }

    package var kind: ErrorKind { .invalid }
    package var code: String { "installation.\(reason.rawValue)" }
}

extension InstallationError.Reason {
    /// Whether the plan alone is what is wrong: another boot may be one of another installer or firmware, and find other disks and
    /// cards, or give them other names.
    fileprivate var isPermanent: Bool {
        switch self {
        case .plan, .firmware, .diskMissing, .diskAmbiguous, .diskUnusable, .diskShared, .space, .interfaceMissing,
            .interfaceAmbiguous:
            false
        case .image, .layout, .network: true
        }
    }
}
