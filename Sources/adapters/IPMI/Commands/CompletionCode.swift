import Primitives

/// The first byte of every response (IPMI v2.0 table 5-2). Codes 0x80 to 0xBE depend on the command.
package struct CompletionCode: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    package var rawValue: UInt8

    /// Any byte.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Success.
    package static let completed = CompletionCode(rawValue: 0x00)
    /// Of Get and Set System Boot Options and Get LAN Configuration Parameters.
    package static let parameterNotSupported = CompletionCode(rawValue: 0x80)
    /// Of Activate Payload: another session has it. Of Deactivate Payload: none has.
    package static let payloadActive = CompletionCode(rawValue: 0x80)
    /// Of Activate Payload: somebody has switched the payload off.
    package static let payloadDisabled = CompletionCode(rawValue: 0x81)
    /// Of Activate Payload: as many as the BMC has are active.
    package static let payloadLimit = CompletionCode(rawValue: 0x82)
    /// Of Activate Payload: not with encryption.
    package static let payloadNotEncrypted = CompletionCode(rawValue: 0x83)
    /// Of Activate Payload: not without encryption.
    package static let payloadOnlyEncrypted = CompletionCode(rawValue: 0x84)
    /// Of Set System Boot Options: another one is setting them.
    package static let setInProgress = CompletionCode(rawValue: 0x81)
    /// Of Set Session Privilege Level.
    package static let levelNotAvailable = CompletionCode(rawValue: 0x81)
    /// Of Close Session.
    package static let invalidSessionID = CompletionCode(rawValue: 0x87)
    /// The BMC does not know the command.
    package static let invalidCommand = CompletionCode(rawValue: 0xc1)
    /// The reservation is no longer valid.
    package static let reservationCanceled = CompletionCode(rawValue: 0xc5)
    /// The request has too many or too few bytes.
    package static let requestDataLengthInvalid = CompletionCode(rawValue: 0xc7)
    /// There is no such sensor, data or record.
    package static let requestedDataNotPresent = CompletionCode(rawValue: 0xcb)
    /// A field of the request has a value that is not valid.
    package static let invalidDataField = CompletionCode(rawValue: 0xcc)
    /// The session's privilege level does not suffice.
    package static let insufficientPrivilege = CompletionCode(rawValue: 0xd4)
    /// The command makes no sense now: a reset of a machine that is off.
    package static let notSupportedInPresentState = CompletionCode(rawValue: 0xd5)

    /// Whether the BMC is busy or starting, and did nothing: the same request may be carried out a moment later.
    package var isBusy: Bool { [0xc0, 0xd0, 0xd2].contains(rawValue) }

    /// Whether the BMC does not say what became of the request.
    package var isUndecided: Bool { [0xc3, 0xce].contains(rawValue) }

    /// Whether the BMC will never carry the request out.
    package var isPermanent: Bool { [0xc1, 0xc2, 0xc7, 0xc8, 0xc9, 0xcc, 0xcd, 0xd6].contains(rawValue) }

    /// What to do where a command ends with it.
    var remedy: String {
        switch rawValue {
        case 0xc0, 0xc3, 0xc4, 0xce, 0xd2, 0xd3, 0xff: "try again later, or restart the BMC"
        case 0xc1, 0xc2, 0xcc: "update its firmware, or do this by hand"
        case 0xd0, 0xd1: "wait until its firmware is updated"
        case 0xd4: "give the account the role Administrator or Operator"
        case 0xd5, 0xd6: "look whether it is locked or disabled in its own settings, and at its event log"
        default: "look at its event log, and update its firmware"
        }
    }

    package var description: String {
        switch rawValue {
        case 0x00: "completed"
        case 0xc0: "node busy"
        case 0xc1: "invalid command"
        case 0xc2: "command invalid for this logical unit"
        case 0xc3: "timeout while processing the command"
        case 0xc4: "out of space"
        case 0xc5: "reservation cancelled or invalid"
        case 0xc6: "request data truncated"
        case 0xc7: "request data length invalid"
        case 0xc8: "request data field length limit exceeded"
        case 0xc9: "parameter out of range"
        case 0xca: "cannot return the number of bytes requested"
        case 0xcb: "requested sensor, data or record not present"
        case 0xcc: "invalid data field in request"
        case 0xcd: "command illegal for this sensor or record type"
        case 0xce: "no response available"
        case 0xcf: "cannot execute a duplicated request"
        case 0xd0: "no response: repository in update mode"
        case 0xd1: "no response: device in firmware update mode"
        case 0xd2: "no response: initialization in progress"
        case 0xd3: "destination unavailable"
        case 0xd4: "insufficient privilege level"
        case 0xd5: "not supported in the present state"
        case 0xd6: "parameter is illegal because the command is disabled"
        case 0xff: "unspecified error"
        default: "completion code 0x" + [rawValue].hex
        }
    }
}
