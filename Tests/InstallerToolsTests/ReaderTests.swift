import Primitives
import Testing

@testable import Installation
@testable import InstallerTools

@Suite("What programs write is read") struct ReaderTests {
    @Test("blkid's marks, identifiers and blanks in them")
    func blkid() {
        let disk = DiskContents(blkid: "DEVNAME=/dev/sda\nPTUUID=4b1f6b3c-1\nPTTYPE=gpt\n")
        #expect(disk.identifier == "4b1f6b3c-1" && disk.type == nil && disk.partitionUUID == nil)
        let part = DiskContents(
            blkid: "UUID=AB12-34CD\nLABEL=a\\ b\nTYPE=vfat\nPART_ENTRY_UUID=6F0A\nPART_ENTRY_SCHEME=gpt\n")
        #expect(part.identifier == "AB12-34CD" && part.type == "vfat" && part.partitionUUID == "6f0a")
        #expect(DiskContents(blkid: "").identifier == nil)
    }

    @Test("wipefs names each kind of mark once")
    func wipefs() {
        let text = """
            {"signatures": [
                {"device":"sda", "offset":"0x200", "type":"gpt", "uuid":null, "label":null},
                {"device":"sda", "offset":"0x1fffe00", "type":"gpt", "uuid":null, "label":null},
                {"device":"sda", "offset":"0x1fe", "type":"PMBR", "uuid":null, "label":null}]}
            """
        #expect(DiskContents.signatures(wipefs: text) == ["gpt", "PMBR"])
        #expect(DiskContents.signatures(wipefs: "") == [])
    }

    @Test(
        "mdadm's data offset in bytes",
        arguments: [
            ("     Version : 1.2\n    Data Offset : 264192 sectors\n   New Offset : 1 sectors\n", 135_266_304),
            ("no array", nil), ("Data Offset : 99999999999999999999 sectors\n", nil),
            ("Data Offset : 9223372036854775807 sectors\n", nil),
        ] as [(String, Int?)])
    func mdadm(text: String, offset: Int?) {
        #expect(DiskContents.dataOffset(mdadm: text) == offset)
    }

    @Test(
        "ipmitool's address, of which all zeros is none",
        arguments: [
            ("IP Address Source       : DHCP Address\nIP Address              : 10.0.0.11\n", "10.0.0.11"),
            ("IP Address              : 0.0.0.0\n", nil), ("Invalid channel: 2\n", nil),
        ] as [(String, String?)])
    func ipmitool(text: String, address: String?) {
        #expect(BMCAddress.parse(text)?.description == address)
    }

    @Test("ethtool's permanent address, of which all zeros is none")
    func ethtool() {
        #expect(
            NetworkCard.permanentAddress(in: "Permanent address: 52:54:00:AA:bb:cc\n")?.description
                == "52:54:00:aa:bb:cc")
        #expect(NetworkCard.permanentAddress(in: "Permanent address: 00:00:00:00:00:00\n") == nil)
        #expect(NetworkCard.permanentAddress(in: "Permanent address: not set\n") == nil)
    }

    @Test("ways of a disk to erase itself, the best first, and none of a frozen one")
    func erasures() {
        #expect(
            ErasureMethods.nvme(#"{"sanicap": 3, "oacs": 30, "fna": 4}"#)
                == [.nvmeCryptoSanitize, .nvmeBlockSanitize, .nvmeCryptoFormat, .nvmeFormat])
        #expect(ErasureMethods.nvme(#"{"sanicap": 0, "oacs": 2, "fna": 0}"#) == [.nvmeFormat])
        #expect(ErasureMethods.nvme("") == [])
        let security = """
            Commands/features:
            \tEnabled\tSupported:
            Security:
            \tMaster password revision code = 65534
            \t\tsupported
            \tnot\tenabled
            \tnot\tlocked
            \tnot\tfrozen
            \tnot\texpired: security count
            \t\tsupported: enhanced erase
            """
        #expect(ErasureMethods.ata(security) == [.ataEnhanced, .ata])
        #expect(ErasureMethods.ata(security.replacing("\tnot\tfrozen", with: "\t\tfrozen")) == [])
        #expect(ErasureMethods.ata(security.replacing("\t\tsupported: enhanced erase", with: "")) == [.ata])
        #expect(ErasureMethods.ata("no such section") == [])
    }

    @Test("the state of a sanitize operation, however nvme-cli names it")
    func sanitize() {
        #expect(ErasureExecutor.sanitizeStatus(#"{"nvme0": {"sprog": 65535, "sstat": {"status": 1}}}"#) == 1)
        #expect(ErasureExecutor.sanitizeStatus(#"{"sprog": 100, "sstat": 258}"#) == 2)
        #expect(ErasureExecutor.sanitizeStatus("nothing") == nil)
    }

    @Test("mount points, also such with blanks, by device and by folder")
    func mounts() {
        let table = MountTable(
            """
            21 1 8:2 / / rw,relatime - ext4 /dev/sda2 rw
            30 21 8:3 / /target rw - ext4 /dev/sda3 rw
            31 30 0:5 / /target/dev rw shared:2 - devtmpfs dev rw
            32 30 8:3 / /mnt/a\\040b rw - ext4 /dev/sda3 rw
            33 21 0:9 / /targets rw - tmpfs t rw
            short line
            """)
        #expect(table.points(of: "8:3") == ["/target", "/mnt/a b"])
        #expect(table.points(below: "/target") == ["/target/dev", "/target"])
    }

    private static let firmware = """
        BootCurrent: 0002
        Timeout: 0 seconds
        BootOrder: 0002,0009,0001,0000
        Boot0000* UiApp\tFvVol(7cb8bdc9)/FvFile(462caa21)
        Boot0001* debian\tHD(2,GPT,AAAA0000-0000-8000-8000-000000000001,0x1000,0x40000)/File(\\EFI\\debian\\shimx64.efi)
        Boot0002* UEFI PXEv4 (MAC:525400000011)\tPciRoot(0x0)/Pci(0x3,0x0)
        Boot0003  \u{fffd}\u{fffd}
        MirroredPercentageAbove4G: 0.00
        """

    @Test("boot entries of firmware, whatever labels it has, and an order without those that are gone")
    func bootEntries() {
        let entries = EFIEntries(Self.firmware)
        #expect(entries.entries.map(\.number) == ["0000", "0001", "0002", "0003"])
        #expect(entries.entries[1].label == "debian")
        #expect(entries.order == ["0002", "0009", "0001", "0000"])
        #expect(entries.order(first: ["0001"]) == ["0001", "0002", "0000"])
        #expect(EFIEntries("").order(first: []) == [])
        #expect(EFIEntries("").firstDisk == nil && entries.firstDisk?.path.hasPrefix("HD(") == true)
    }

    @Test("entries count as made only where label, partition, program and place in the order are right")
    func bootEntriesMade() {
        let device = BlockDevice.partition(uuid: "aaaa0000-0000-8000-8000-000000000001", number: 2, disk: "sda")
        let program = "\\EFI\\debian\\shimx64.efi"
        let first = EFIEntries(Self.firmware.replacing("BootOrder: 0002", with: "BootOrder: 0001,0002"))
        #expect(first.has([device], labels: ["debian"], program: program))
        #expect(!EFIEntries(Self.firmware).has([device], labels: ["debian"], program: program))
        #expect(!first.has([device], labels: ["ubuntu"], program: program))
        #expect(!first.has([device], labels: ["debian"], program: "\\EFI\\debian\\grubx64.efi"))
        let other = BlockDevice.partition(uuid: "aaaa0000-0000-8000-8000-000000000002", number: 2, disk: "sda")
        #expect(!first.has([other], labels: ["debian"], program: program))
    }

    @Test("the file of a unit, also of an instance")
    func units() {
        #expect(SystemExecutor.file(of: "getty@tty1.service") == "getty@.service")
        #expect(SystemExecutor.file(of: "ssh.service") == "ssh.service")
        #expect(SystemExecutor.value("ID", in: "NAME=\"x\"\nID=\"debian\"\n") == "debian")
    }

    @Test("pauses grow to their bound with jitter, are no shorter than asked for, and begin anew after a success")
    func backoff() {
        var backoff = Backoff(first: 1, longest: 4)
        #expect(backoff.take(fraction: 0) == 0.25)
        #expect(backoff.take(fraction: 1) == 2)
        #expect(backoff.take(asked: 10, fraction: 1) == 14)
        #expect(backoff.take(fraction: 1) == 4)
        backoff.reset()
        #expect(backoff.take(fraction: 1) == 1)
    }

    @Test("the network of the ramdisk is that of the interface which was booted from")
    func network() throws {
        let file = BootNetwork.file(mac: try #require(MACAddress("525400000011")))
        #expect(file.contains("MACAddress=52:54:00:00:00:11\n"))
        #expect(file.contains("ClientIdentifier=mac\n"))
    }
}
