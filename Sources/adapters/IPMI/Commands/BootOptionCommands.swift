/// Selectors of the system boot options (IPMI v2.0 table 28-14).
package enum BootOption {
    /// Guards several writes that belong together.
    package static let setInProgress: UInt8 = 0
    /// Which partition serves for diagnosis.
    package static let servicePartition: UInt8 = 1
    /// When the BMC clears the valid bit of the flags by itself.
    package static let validBitClearing: UInt8 = 3
    /// Whether the firmware has seen the options.
    package static let acknowledge: UInt8 = 4
    /// `BootFlags`.
    package static let flags: UInt8 = 5
}

/// Set System Boot Options (IPMI v2.0 §28.12).
package struct SetBootOption: Command {
    package static let networkFunction = NetworkFunction.chassis
    package static let code: UInt8 = 0x08
    package static let name = "Set System Boot Options"

    /// One of `BootOption`.
    package var parameter: UInt8
    /// The bytes of the parameter.
    package var value: [UInt8]

    /// - Parameter parameter: one of `BootOption`.
    package init(parameter: UInt8, value: [UInt8]) {
        self.parameter = parameter
        self.value = value
    }

    /// The order of `flags`.
    package static func flags(_ flags: BootFlags) -> SetBootOption {
        SetBootOption(parameter: BootOption.flags, value: flags.encoded)
    }

    /// Keeps the valid bit beyond the 60 seconds after which a BMC otherwise clears it without a Chassis Control.
    package static let keepsFlagsBeyondAMinute = SetBootOption(parameter: BootOption.validBitClearing, value: [0x08])

    package var data: [UInt8] { [parameter & 0x7f] + value }
}

/// Get System Boot Options, parameter 5 (IPMI v2.0 §28.13).
package struct GetBootFlags: Command {
    package static let networkFunction = NetworkFunction.chassis
    package static let code: UInt8 = 0x09
    package static let name = "Get System Boot Options"

    package init() {}

    package var data: [UInt8] { [BootOption.flags, 0, 0] }

    package static func response(_ data: [UInt8]) throws(PacketError) -> BootFlags {
        var reader = ByteReader(data)
        try reader.skip(1)
        guard try reader.byte() & 0x7f == BootOption.flags else { throw .invalid }
        // Some BMCs leave out the last bytes, others append more than there are.
        guard reader.remaining.count >= 2 else { throw .truncated }
        return try BootFlags(decoding: reader.remaining + [UInt8](repeating: 0, count: BootFlags.size))
    }
}
