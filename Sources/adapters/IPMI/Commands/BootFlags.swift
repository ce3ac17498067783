/// Where a machine boots from next (IPMI v2.0 table 28-14, parameter 5).
package struct BootDevice: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// 0 to 15.
    package var rawValue: UInt8

    /// Keeps the low four bits.
    package init(rawValue: UInt8) { self.rawValue = rawValue & 0x0f }

    /// No override: the firmware's own order.
    package static let none = BootDevice(rawValue: 0)
    /// The network.
    package static let pxe = BootDevice(rawValue: 1)
    /// The default hard disk.
    package static let disk = BootDevice(rawValue: 2)
    /// The default hard disk in safe mode.
    package static let safeDisk = BootDevice(rawValue: 3)
    /// The diagnostic partition.
    package static let diagnostic = BootDevice(rawValue: 4)
    /// CD or DVD.
    package static let cdrom = BootDevice(rawValue: 5)
    /// The firmware's set-up.
    package static let bios = BootDevice(rawValue: 6)
    /// Floppy or primary removable medium.
    package static let floppy = BootDevice(rawValue: 15)

    package var description: String {
        switch self {
        case .none: "none"
        case .pxe: "pxe"
        case .disk: "disk"
        case .safeDisk: "safe"
        case .diagnostic: "diag"
        case .cdrom: "cdrom"
        case .bios: "bios"
        case .floppy: "floppy"
        default: "device \(rawValue)"
        }
    }
}

/// The five bytes of the boot flags (IPMI v2.0 table 28-14, parameter 5).
package struct BootFlags: Sendable, Hashable {
    /// Off: the other fields mean nothing.
    package var isValid: Bool
    /// On: for every boot to come, not only for the next one.
    package var isPersistent: Bool
    /// The order is for UEFI firmware.
    package var isEFI: Bool
    /// Where the machine boots from.
    package var device: BootDevice

    /// The bits that have no field of their own, kept so that what was written is read back.
    private var others: [UInt8] = [0, 0, 0, 0, 0]

    /// In bytes.
    package static let size = 5

    /// No override.
    package static let cleared = BootFlags(device: .none, isValid: false)

    /// By default an order for the next boot of BIOS firmware.
    package init(device: BootDevice, isPersistent: Bool = false, isEFI: Bool = false, isValid: Bool = true) {
        self.device = device
        self.isPersistent = isPersistent
        self.isEFI = isEFI
        self.isValid = isValid
    }

    /// - Parameter bytes: of the parameter, at least five.
    /// - Throws: `PacketError` where there are fewer.
    package init(decoding bytes: [UInt8]) throws(PacketError) {
        var reader = ByteReader(bytes)
        others = try reader.bytes(Self.size)
        isValid = others[0] & 0x80 != 0
        isPersistent = others[0] & 0x40 != 0
        isEFI = others[0] & 0x20 != 0
        device = BootDevice(rawValue: others[1] >> 2 & 0x0f)
        others[0] &= 0x1f
        others[1] &= 0xc3
    }

    /// The five bytes, the ones without a field as they were read.
    package var encoded: [UInt8] {
        var bytes = others
        bytes[0] |= (isValid ? 0x80 : 0) | (isPersistent ? 0x40 : 0) | (isEFI ? 0x20 : 0)
        bytes[1] |= device.rawValue << 2
        return bytes
    }

    /// What the next boot really does, given that flags without the valid bit mean nothing.
    package var nextDevice: BootDevice { isValid ? device : .none }
}
