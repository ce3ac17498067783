import Glibc
import Primitives
import TestSupport
import Testing

@testable import Installation
@testable import InstallerTools

/// A tree like `/sys` and `/run/udev`, in a temporary folder.
@Suite struct FactsTests {
    private struct Tree {
        let root: String
        /// Links of sysfs are resolved.
        var system: InstallerTools.SystemFiles { InstallerTools.SystemFiles(root: root) }

        func file(_ path: String, _ text: String) throws {
            try FileContents.makeFolder(root + path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
            try FileContents.write(Array(text.utf8), to: root + path)
        }

        func link(_ path: String, to target: String) throws {
            try FileContents.makeFolder(root + target)
            try FileContents.makeFolder(root + path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex))
            guard symlink(root + target, root + path) == 0 else { throw Trouble("no link \(path)") }
        }
    }

    private func withTree(_ body: (Tree) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let pointer = try #require(realpath(folder, nil))
            defer { free(pointer) }
            try await body(Tree(root: String(cString: pointer)))
        }
    }

    private func disk(_ tree: Tree, _ name: String, sectors: Int = 2048, sector: Int = 512, device: String) throws {
        try tree.file("/sys/block/\(name)/size", "\(sectors)\n")
        try tree.file("/sys/block/\(name)/ro", "0\n")
        try tree.file("/sys/block/\(name)/removable", "0\n")
        try tree.file("/sys/block/\(name)/queue/logical_block_size", "\(sector)\n")
        try tree.link("/sys/block/\(name)/device", to: device)
    }

    @Test("the drivers between the processor and a disk are those of the installer that can be loaded")
    func drivers() async throws {
        try await withTree { tree in
            let controller = "/sys/devices/pci0000:00/0000:00:1c.0/0000:01:00.0"
            let target = "\(controller)/ata1/host0/target0:0:0/0:0:0:0"
            try disk(tree, "sda", device: target)
            let devices = [
                ("/sys/devices/pci0000:00/0000:00:1c.0", "pci:v00008086d0000A110", "pcieport"),
                (controller, "pci:v00008086d00002922", "ahci"), (target, "scsi:t-0x00", "sd"),
            ]
            for (device, alias, driver) in devices {
                try tree.file("\(device)/modalias", "\(alias)\n")
                try tree.link("\(device)/driver", to: "/sys/bus/\(driver)")
            }
            try tree.link("/sys/bus/ahci/module", to: "/sys/module/ahci")
            try tree.link("/sys/bus/sd/module", to: "/sys/module/sd_mod")
            let facts = FactsReader(system: tree.system)
            #expect(
                facts.drivers(ofDisk: "sda") == [
                    DiskDriver(disk: "sda", device: "0000:01:00.0", alias: "pci:v00008086d00002922", module: "ahci"),
                    DiskDriver(disk: "sda", device: "0:0:0:0", alias: "scsi:t-0x00", module: "sd_mod"),
                ])
            #expect(facts.drivers(ofDisk: "sdb").isEmpty)
        }
    }

    @Test(
        "in a virtual machine of a rehearsal devices are where the design has them; a table that is none changes nothing"
    )
    func virtualDevices() async throws {
        try await withTree { tree in
            for (place, name) in ["sda", "sdb", "sdc"].enumerated() {
                let device = "/sys/devices/pci0000:00/0000:00:05.0/virtio1/host0/target0:0:\(place)/0:0:\(place):0"
                try disk(tree, name, device: device)
                let page: [UInt8] = [0, 0x80, 0, 4] + Array("VM-\(place)".utf8)
                try FileContents.write(page, to: "\(tree.root)\(device)/vpd_pg80")
            }
            try tree.link("/sys/class/net/ens3/device", to: "/sys/devices/pci0000:00/0000:00:03.0/virtio0")
            for (name, text) in [("type", "1"), ("address", "52:54:00:30:01:11"), ("addr_assign_type", "0")] {
                try tree.file("/sys/class/net/ens3/\(name)", text)
            }
            try tree.file(VirtualDevices.file, "{")
            let plain = FactsReader(system: tree.system)
            #expect(plain.kernelFacts(ofDisk: "sdb")?.addresses == ["scsi@0:0:1:0", "pci@0000:00:05.0"])
            #expect(try await NetworkCard.all(in: tree.system).map(\.pciAddress) == ["0000:00:03.0"])
            #expect(try await BMCAddress.read(in: tree.system) == nil)
            try tree.file(
                VirtualDevices.file,
                """
                {"bmc": "10.0.0.11",
                 "interfaces": [{"mac": "52:54:00:30:01:11", "name": "eno1", "address": "0000:5e:00.1"}],
                 "disks": [{"serial": "VM-0", "bus": "scsi", "address": "0:2.0.0"},
                           {"serial": "VM-1", "bus": "wwn", "address": "0x5000c500a1b2c3d4"}]}
                """)
            let reader = FactsReader(system: tree.system)
            #expect(reader.kernelFacts(ofDisk: "sda")?.addresses.map(BusAddress.canonical) == ["scsi@0:2:0:0"])
            #expect(reader.kernelFacts(ofDisk: "sdb")?.hasWWN("5000c500a1b2c3d4") == true)
            #expect(reader.kernelFacts(ofDisk: "sdc")?.addresses == ["scsi@0:0:2:0", "pci@0000:00:05.0"])
            #expect(try InventoryDisk.all(in: tree.system).first?.json["address"] == "0:2.0.0")
            #expect(try await NetworkCard.all(in: tree.system).map(\.name) == ["ens3"])
            #expect(try await NetworkCard.all(in: tree.system).map(\.pciAddress) == ["0000:5e:00.1"])
            #expect(try await BMCAddress.read(in: tree.system)?.description == "10.0.0.11")
        }
    }

    @Test("disks of each bus have size, sectors, serial, names of the world, addresses and links")
    func disks() async throws {
        try await withTree { tree in
            let pci = "/sys/devices/pci0000:00/0000:00:1f.2"
            try disk(tree, "sda", sectors: 937_703_088, device: "\(pci)/ata1/host0/target0:2:0/0:2:0:0")
            let page: [UInt8] = [0, 0x80, 0, 8] + Array("  S1234 ".utf8)
            try FileContents.write(page, to: "\(tree.root)\(pci)/ata1/host0/target0:2:0/0:2:0:0/vpd_pg80")
            try tree.file("\(pci)/ata1/host0/target0:2:0/0:2:0:0/wwid", "naa.5000c500a1b2c3d4\n")
            try tree.file("/sys/block/sda/dev", "8:0\n")
            try tree.file(
                "/run/udev/data/b8:0",
                "S:disk/by-id/ata-DISK_S1234\nS:disk/by-path/pci-0000:00:1f.2-ata-1\nS:disk/by-label/x\n"
                    + "E:ID_WWN=0x5000c500a1b2c3d4\nE:ID_SERIAL_SHORT=other\n")
            try disk(
                tree, "nvme0n2", sector: 4096, device: "/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/nvme/nvme0")
            try tree.file("/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/nvme/nvme0/serial", "NV1 \n")
            try tree.file("/sys/block/nvme0n2/wwid", "eui.0025385b71b00001\n")
            try disk(tree, "vda", device: "/sys/devices/pci0000:00/0000:00:04.0/virtio1")
            try tree.file("/sys/block/vda/serial", "V1\n")
            for name in ["loop0", "sr0", "mmcblk0boot0", "dm-0"] { try disk(tree, name, device: "/sys/devices/x") }
            try tree.file("/sys/block/ram0/size", "8\n")

            let reader = FactsReader(system: tree.system)
            #expect(try reader.diskNames() == ["nvme0n2", "sda", "vda"])
            let sda = try #require(reader.kernelFacts(ofDisk: "sda"))
            #expect(sda.size == 480_103_981_056 && sda.logicalSectorSize == 512 && sda.serial == "S1234")
            #expect(sda.wwns == ["0x5000c500a1b2c3d4", "naa.5000c500a1b2c3d4"])
            #expect(sda.links == ["ata-DISK_S1234", "pci-0000:00:1f.2-ata-1"])
            #expect(sda.addresses.map(BusAddress.canonical) == ["scsi@0:2:0:0", "pci@0000:00:1f.2"])
            let nvme = try #require(reader.kernelFacts(ofDisk: "nvme0n2"))
            #expect(nvme.logicalSectorSize == 4096 && nvme.serial == "NV1" && nvme.wwns == ["eui.0025385b71b00001"])
            #expect(nvme.addresses == ["nvme@0:2", "pci@0000:01:00.0"])
            #expect(reader.kernelFacts(ofDisk: "vda")?.addresses == ["virtio@1", "pci@0000:00:04.0"])
            #expect(reader.kernelFacts(ofDisk: "sdz") == nil)
            #expect(reader.kernelFacts(ofDisk: "../x") == nil)
            let json = try InventoryDisk.all(in: tree.system).map(\.json)
            #expect(json.map { $0["address"]?.stringValue } == ["0:2", "0:2.0.0", "1"])
        }
    }

    @Test("disks that the kernel does not list are no machine without disks: nothing is planned, and nothing erased")
    func unreadable() async throws {
        try await withTree { tree in
            try FileContents.makeFolder(tree.root + "/sys")
            // A link to itself stands for what cannot be read.
            try #require(symlink("block", tree.root + "/sys/block") == 0)
            let error = await #expect(throws: BoatyardError.self) {
                try await FactsReader(system: tree.system).read(looksForErasure: true)
            }
            #expect(error?.code == "file.read")
            #expect(throws: BoatyardError.self) { try InventoryDisk.all(in: tree.system) }
            try #require(unlink(tree.root + "/sys/block") == 0)
            #expect(try FactsReader(system: tree.system).diskNames().isEmpty)
        }
    }

    @Test("partitions, arrays and volumes come after what they stand on, with what uses them")
    func layers() async throws {
        try await withTree { tree in
            try disk(tree, "sda", device: "/sys/devices/x")
            try tree.file("/sys/block/sda/sda1/partition", "1\n")
            try tree.file("/sys/block/sda/sda1/size", "1024\n")
            try tree.file("/sys/class/block/sda1/dev", "8:1\n")
            try tree.file("/sys/block/dm-0/size", "512\n")
            try tree.file("/sys/block/dm-0/dm/name", "vg0-root\n")
            try tree.file("/sys/block/dm-0/slaves/md127/x", "")
            try tree.file("/sys/block/md127/size", "1000\n")
            try tree.file("/sys/block/md127/slaves/sda1/x", "")
            try tree.file("/sys/block/md126/size", "0\n")
            try tree.file("/proc/self/mountinfo", "30 21 8:1 / /mnt rw - ext4 /dev/sda1 rw\n")
            try tree.file("/proc/swaps", "Filename Type Size Used Priority\n/dev/dm-0 partition 1 0 -2\n")

            let layers = try await FactsReader(system: tree.system).layers(above: ["sda"])
            #expect(layers.map(\.name) == ["sda1", "md127", "dm-0"])
            #expect(layers.map(\.kind) == [.partition, .array, .mapped])
            #expect(layers.map(\.path) == ["/dev/sda1", "/dev/md127", "/dev/mapper/vg0-root"])
            #expect(layers.map(\.lowers) == [["sda"], ["sda1"], ["md127"]])
            #expect(layers.map(\.mountPoints) == [["/mnt"], [], []])
            #expect(layers.map(\.isSwap) == [false, false, true])
            #expect(layers[0].size == 524_288)
        }
    }

    @Test("cards are what has hardware and an Ethernet address; others, and virtual ones, are left out")
    func cards() async throws {
        try await withTree { tree in
            try tree.link("/sys/class/net/eno1/device", to: "/sys/devices/pci0000:00/0000:02:00.1")
            try tree.file("/sys/class/net/eno1/type", "1\n")
            try tree.file("/sys/class/net/eno1/address", "52:54:00:00:00:11\n")
            try tree.file("/sys/class/net/eno1/addr_assign_type", "0\n")
            try tree.file("/sys/class/net/eno1/carrier", "1\n")
            try tree.file("/sys/class/net/eno1/speed", "25000\n")
            try tree.link("/sys/class/net/ib0/device", to: "/sys/devices/x")
            try tree.file("/sys/class/net/ib0/type", "32\n")
            try tree.file("/sys/class/net/lo/type", "772\n")
            try tree.file("/sys/class/net/br0/address", "52:54:00:00:00:12\n")
            let cards = try await NetworkCard.all(in: tree.system)
            #expect(
                cards == [
                    NetworkCard(
                        name: "eno1", mac: try #require(MACAddress("525400000011")), pciAddress: "0000:02:00.1",
                        hasLink: true,
                        speed: 25000)
                ])
        }
    }

    @Test("a machine tells serial, UUID, CPUs, memory and firmware, or nothing where it has none")
    func identity() async throws {
        try await withTree { tree in
            #expect(MachineIdentity(in: tree.system).serial == nil)
            #expect(!MachineIdentity(in: tree.system).isUEFI)
            try tree.file("/sys/class/dmi/id/product_serial", "CN7016 \n")
            try tree.file("/sys/class/dmi/id/product_uuid", "4c4c4544-0043-4e10-8037-b7c04f363232\n")
            try tree.file("/proc/cpuinfo", "processor\t: 0\nmodel name : x\n\nprocessor\t: 1\n")
            try tree.file("/proc/meminfo", "MemTotal:       16331720 kB\nMemFree: 1 kB\n")
            try tree.file("/sys/firmware/efi/fw_platform_size", "64\n")
            let identity = MachineIdentity(in: tree.system)
            #expect(identity.serial == "CN7016" && identity.uuid == "4c4c4544-0043-4e10-8037-b7c04f363232")
            #expect(identity.cpuCount == 2 && identity.memory == 15948 && identity.isUEFI)
        }
    }

    @Test("an inventory of this host has the members that the protocol names, in its bounds")
    func inventory() async throws {
        let mac = try #require(MACAddress("525400000011"))
        let json = try await Inventory.take(mac: mac, log: InstallerLog { _ in }).json
        #expect(json["mac"]?.stringValue == "52:54:00:00:00:11")
        #expect((json["cpu_count"]?.intValue ?? 0) > 0)
        #expect((json["memory_mib"]?.intValue ?? 0) > 0)
        #expect(json["disks"]?.arrayValue != nil && json["interfaces"]?.arrayValue != nil)
        #expect(json["firmware"]?.stringValue == (access("/sys/firmware/efi", F_OK) == 0 ? "uefi" : "bios"))
    }
}
