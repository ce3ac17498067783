import Primitives

/// A machine as the installer sees it before it changes anything.
package struct MachineFacts: Sendable, Hashable {
    /// What booted the machine.
    package var firmware: Firmware
    /// Whether the firmware checks signatures of boot programs.
    package var hasSecureBoot: Bool
    /// Every disk that the kernel has, in the order of its names; optical drives, RAM disks and loop devices left out.
    package var disks: [Disk]
    /// What stands on disks: partitions, arrays, logical volumes, each after what it stands on.
    package var layers: [Layer]
    /// Every Ethernet interface with hardware of its own.
    package var interfaces: [Interface]

    package init(
        firmware: Firmware, hasSecureBoot: Bool = false, disks: [Disk], layers: [Layer] = [],
        interfaces: [Interface] = []
    ) {
        self.firmware = firmware
        self.hasSecureBoot = hasSecureBoot
        self.disks = disks
        self.layers = layers
        self.interfaces = interfaces
    }

    /// The kind of firmware that a machine boots by.
    package enum Firmware: String, Sendable, Hashable {
        case bios
        case uefi
    }

    /// A whole disk.
    package struct Disk: Sendable, Hashable {
        /// The kernel's name without `/dev/`: `sda`, `nvme0n1`.
        package var name: String
        /// In bytes; 0 where there is no medium.
        package var size: Int
        /// In bytes: 512 or 4096.
        package var logicalSectorSize: Int
        /// Where it is attached, each as `BUS@ADDRESS` or without the bus: `scsi@0:2.0.0`, `0:0:2:0`,
        /// `pci@0000:01:00.0`, `virtio@2`.
        package var addresses: [String]
        /// As the disk tells it, without blanks around it.
        package var serial: String?
        /// All world wide names: of `ID_WWN`, `ID_WWN_WITH_EXTENSION`, `wwid` of sysfs.
        package var wwns: [String]
        /// Names under `/dev/disk/by-id` and `/dev/disk/by-path`, without the folder.
        package var links: [String]
        package var isRemovable: Bool
        package var isReadOnly: Bool
        /// PTUUID of its partition table, else the UUID of what stands on the whole disk (`blkid`); nil where it is
        /// empty.
        package var identifier: String?
        /// Types of what `blkid` finds on the whole disk: `LVM2_member`, `gpt`, `VMFS_volume_member`.
        package var signatures: [String]
        /// Where an array's data begins on this member, in bytes (`mdadm --examine`); nil where it is none.
        package var arrayDataOffset: Int?
        /// In which ways the disk can erase itself; the best first.
        package var secureErasures: [SecureErasure.Method]

        package init(
            name: String, size: Int, logicalSectorSize: Int = 512, addresses: [String] = [], serial: String? = nil,
            wwns: [String] = [], links: [String] = [], isRemovable: Bool = false, isReadOnly: Bool = false,
            identifier: String? = nil, signatures: [String] = [], arrayDataOffset: Int? = nil,
            secureErasures: [SecureErasure.Method] = []
        ) {
            self.name = name
            self.size = size
            self.logicalSectorSize = logicalSectorSize
            self.addresses = addresses
            self.serial = serial
            self.wwns = wwns
            self.links = links
            self.isRemovable = isRemovable
            self.isReadOnly = isReadOnly
            self.identifier = identifier
            self.signatures = signatures
            self.arrayDataOffset = arrayDataOffset
            self.secureErasures = secureErasures
        }
    }

    /// A block device that stands on others and is active now.
    package struct Layer: Sendable, Hashable {
        /// What it is, which says how it is released.
        package enum Kind: String, Sendable, Hashable {
            case partition
            /// An md array.
            case array
            /// A device of the device mapper: a logical volume, an encrypted device, a path of multipath.
            case mapped
        }

        /// The kernel's name without `/dev/`: `sda1`, `md127`, `dm-0`.
        package var name: String
        /// The node to open: `/dev/sda1`, `/dev/mapper/vg0-root`.
        package var path: String
        /// What it is.
        package var kind: Kind
        /// In bytes.
        package var size: Int
        /// Kernel names of the disks and layers that it stands on.
        package var lowers: [String]
        package var isReadOnly: Bool
        /// As of a disk.
        package var signatures: [String]
        /// As of a disk.
        package var arrayDataOffset: Int?
        /// Where it is mounted now.
        package var mountPoints: [String]
        /// Whether it is swapped to now.
        package var isSwap: Bool

        package init(
            name: String, path: String? = nil, kind: Kind, size: Int, lowers: [String], isReadOnly: Bool = false,
            signatures: [String] = [], arrayDataOffset: Int? = nil, mountPoints: [String] = [], isSwap: Bool = false
        ) {
            self.name = name
            self.path = path ?? "/dev/\(name)"
            self.kind = kind
            self.size = size
            self.lowers = lowers
            self.isReadOnly = isReadOnly
            self.signatures = signatures
            self.arrayDataOffset = arrayDataOffset
            self.mountPoints = mountPoints
            self.isSwap = isSwap
        }
    }

    /// An Ethernet interface with hardware of its own.
    package struct Interface: Sendable, Hashable {
        /// The kernel's name: `eno1`.
        package var name: String
        /// The permanent address, which a bond does not change.
        package var mac: MACAddress
        /// `0000:01:00.0`; nil where the interface is not on a PCI bus.
        package var pciAddress: String?
        /// Whether a cable has a carrier; nil where it is not known.
        package var hasLink: Bool?

        package init(name: String, mac: MACAddress, pciAddress: String? = nil, hasLink: Bool? = nil) {
            self.name = name
            self.mac = mac
            self.pciAddress = pciAddress
            self.hasLink = hasLink
        }
    }
}
