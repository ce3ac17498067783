import OrderedCollections
import Primitives
import Testing

@testable import Installation

@Suite("Texts of the new system")
struct TextTests {
    private static let uuid = "01234567-89ab-4def-8123-456789abcdef"

    // MARK: File systems

    @Test(
        "file systems are made with features that the oldest target has, without discarding, and with UUID and label",
        arguments: [
            (
                FileSystemCreation.Kind.ext4, "data",
                "mkfs.ext4 -F -q -E nodiscard,lazy_itable_init=1,lazy_journal_init=1 -O"
                    + " ^orphan_file,^metadata_csum_seed -U \(uuid) -L data /dev/x"
            ),
            (.ext2, nil, "mkfs.ext2 -F -q -E nodiscard,lazy_itable_init=1,lazy_journal_init=1 -U \(uuid) /dev/x"),
            (.xfs, "data", "mkfs.xfs -f -q -K -i nrext64=0 -m uuid=\(uuid) -L data /dev/x"),
            (.btrfs, nil, "mkfs.btrfs -f -q -K -U \(uuid) /dev/x"), (.swap, nil, "mkswap -f -U \(uuid) /dev/x"),
        ] as [(FileSystemCreation.Kind, String?, String)])
    func commands(kind: FileSystemCreation.Kind, label: String?, expected: String) {
        let creation = FileSystemCreation(device: .disk("x"), kind: kind, uuid: Self.uuid, label: label)
        #expect(creation.command(path: "/dev/x").joined(separator: " ") == expected)
    }

    @Test("a FAT file system has a serial number for a UUID")
    func fat() {
        let creation = FileSystemCreation(device: .disk("x"), kind: .vfat, uuid: "1A2B-3C4D", label: "ESP")
        #expect(creation.command(path: "/dev/x") == ["mkfs.vfat", "-i", "1A2B3C4D", "-n", "ESP", "/dev/x"])
        var large = creation
        large.size = 512 << 20
        #expect(large.command(path: "/dev/x").starts(with: ["mkfs.vfat", "-F", "32", "-i"]))
    }

    @Test("the system is checked at boot, and does not need the disks that it does not stand on")
    func table() throws {
        let operations = try Fixture.operations()
        let uuids = operations.formats.map(\.uuid)
        #expect(
            operations.text("/etc/fstab") == """
                UUID=\(uuids[0]) / ext4 defaults 0 1
                UUID=\(uuids[1]) /boot ext4 defaults 0 2
                UUID=\(uuids[2]) /var xfs defaults 0 0
                /dev/mapper/data-log /srv/log ext4 defaults,nofail,x-systemd.device-timeout=30s 0 0

                """)
    }

    @Test("options of the design stay, and are not said twice")
    func options() {
        let entry = FileSystemTableEntry(
            source: "UUID=x", mountPoint: "/a b", type: .ext4, options: "noatime,nofail,x-systemd.device-timeout=3s",
            isOptional: true)
        #expect(entry.line == "UUID=x /a\\040b ext4 noatime,nofail,x-systemd.device-timeout=3s 0 0")
    }

    // MARK: Boot loader

    @Test("grub.cfg finds the kernels by the UUID of their file system, and boots the newest first")
    func grub() throws {
        let configuration = try #require(try Fixture.operations().bootConfiguration)
        let text = configuration.grub(versions: ["6.1.0-9-amd64", "6.1.0-18-amd64"]) { $0 != "6.1.0-9-amd64" }
        #expect(
            text == """
                # Written by Boatyard's installer; update-grub replaces it.
                set default=0
                set timeout=2
                serial --unit=0 --speed=115200
                terminal_input console serial
                terminal_output console serial
                insmod part_gpt
                insmod ext2
                search --no-floppy --fs-uuid --set=root \(configuration.bootFileSystem)
                menuentry 'Linux 6.1.0-18-amd64' --class gnu-linux --class os {
                    linux /vmlinuz-6.1.0-18-amd64 root=\(configuration.root) ro quiet console=ttyS0,115200n8
                    initrd /initrd.img-6.1.0-18-amd64
                }
                menuentry 'Linux 6.1.0-9-amd64' --class gnu-linux --class os {
                    linux /vmlinuz-6.1.0-9-amd64 root=\(configuration.root) ro quiet console=ttyS0,115200n8
                }

                """)
    }

    @Test("the kernel that the design prefers comes first, and what is no kernel's name not at all")
    func kernels() throws {
        var configuration = try #require(try Fixture.operations().bootConfiguration)
        configuration.preferredKernel = "rt"
        #expect(
            configuration.order(["6.1.0-18-amd64", "6.1.0-10-rt-amd64", "6.1.0-9-rt-amd64", "x' }", ""])
                == ["6.1.0-10-rt-amd64", "6.1.0-9-rt-amd64", "6.1.0-18-amd64"])
        configuration.preferredKernel = "generic"
        #expect(configuration.order(["5", "6"]) == ["6", "5"])
    }

    @Test("the system partition's configuration goes on with the one in /boot, wherever that is")
    func stub() throws {
        let loader = try #require(try Fixture.operations(["boot_mode": "uefi"], Fixture.machine(.uefi)).bootLoader)
        #expect(
            loader.systemPartitionStub == """
                search --no-floppy --fs-uuid --set=root \(loader.bootFileSystem)
                set prefix=($root)'/grub'
                configfile $prefix/grub.cfg

                """)
        var inRoot = loader
        inRoot.grubFolder = "/boot/grub"
        #expect(inRoot.systemPartitionStub.contains("set prefix=($root)'/boot/grub'"))
    }

    @Test(
        "GRUB talks to the first serial port among the consoles",
        arguments: [
            (["tty0", "ttyS1,57600n8", "ttyS0"], "1 57600"), (["ttyS0"], "0 9600"), (["tty0", "hvc0"], "none"),
            (["ttyS99"], "none"), (["ttyS0,0"], "none"), (["ttySx"], "none"),
        ])
    func serial(consoles: [String], expected: String) {
        let port = BootConfiguration.SerialPort.first(among: consoles)
        #expect((port.map { "\($0.unit) \($0.speed)" } ?? "none") == expected)
    }

    @Test("consoles of the plan come before the parameters, whose last console is the system's")
    func consoles() throws {
        let operations = try Fixture.operations([
            "console": ["ttyS1,57600n8", "tty0"], "kernel_parameters": "quiet console=tty0",
        ])
        #expect(operations.bootConfiguration?.kernelParameters == "console=ttyS1,57600n8 quiet console=tty0")
    }

    @Test("update-grub comes to the same parameters, asks no other disk for systems, and never waits for a person")
    func defaults() throws {
        let text = try #require(try Fixture.operations().text("/etc/default/grub.d/boatyard.cfg"))
        for line in [
            "GRUB_CMDLINE_LINUX=\"quiet console=ttyS0,115200n8\"", "GRUB_DISABLE_OS_PROBER=true",
            "GRUB_RECORDFAIL_TIMEOUT=2", "GRUB_SERIAL_COMMAND=\"serial --unit=0 --speed=115200\"",
        ] {
            #expect(text.contains(line + "\n"))
        }
    }

    // MARK: Names, users, sources

    @Test("a machine knows its own name and address")
    func hosts() throws {
        let operations = try Fixture.operations()
        #expect(operations.text("/etc/hostname") == "n1\n")
        // What a clock without a battery goes on from.
        #expect(operations.text("/var/lib/systemd/timesync/clock")?.isEmpty == true)
        #expect(operations.text("/usr/lib/clock-epoch")?.isEmpty == true)
        #expect(operations.text("/etc/hosts")?.contains("10.2.0.11 n1.example.com n1\n") == true)
        let dynamic = try Fixture.operations(["network": ["interfaces": []]])
        #expect(dynamic.text("/etc/hosts")?.contains("127.0.1.1 n1.example.com n1\n") == true)
    }

    @Test("a login user gets its keys and may become root")
    func users() throws {
        let operations = try Fixture.operations()
        #expect(
            operations.contains {
                $0.action
                    == .addUser(LoginUser(name: "ubuntu", authorizedKeys: ["ssh-ed25519 AAAA operator"]))
            })
        #expect(operations.text("/etc/sudoers.d/90-boatyard-ubuntu") == "ubuntu ALL=(ALL) NOPASSWD:ALL\n")
    }

    @Test("a repository is a deb822 file, with its key beside it and its pockets as suites")
    func sources() throws {
        let plan = try Fixture.read([
            "repositories": [
                [
                    "name": "docker", "type": "apt", "url": "https://docker.example/debian",
                    "distributions": ["bookworm"],
                    "subrepositories": ["updates"], "components": ["stable"], "architectures": ["amd64"],
                    "key": "-----BEGIN PGP PUBLIC KEY BLOCK-----\r\nAAAA\r\n-----END PGP PUBLIC KEY BLOCK-----\n\n",
                    "options": ["check-valid-until": "no"],
                ]
            ]
        ])
        let files = AptSources.files(of: plan.repositories[0], codename: "trixie")
        #expect(files.map(\.path) == ["/etc/apt/keyrings/docker.asc", "/etc/apt/sources.list.d/docker.sources"])
        #expect(
            files[0].contents
                == .text("-----BEGIN PGP PUBLIC KEY BLOCK-----\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n"))
        #expect(
            files[1].contents
                == .text(
                    """
                    Types: deb
                    URIs: https://docker.example/debian
                    Suites: bookworm bookworm-updates
                    Components: stable
                    Architectures: amd64
                    Check-Valid-Until: no
                    Signed-By: /etc/apt/keyrings/docker.asc

                    """))
    }

    @Test("without suites that of the image is used, and a flat archive has no components")
    func suites() {
        var repository = PackageRepository(
            name: "main_archive", url: "http://a/debian", distributions: [], pockets: ["updates"], components: [],
            architectures: [], key: nil, options: [:])
        func text() -> String {
            guard case .text(let text)? = AptSources.files(of: repository, codename: "bookworm").last?.contents else {
                return ""
            }
            return text
        }
        #expect(repository.isDefaultArchive)
        #expect(text() == "Types: deb\nURIs: http://a/debian\nSuites: bookworm bookworm-updates\nComponents: main\n")
        repository.distributions = ["./"]
        repository.pockets = []
        #expect(text() == "Types: deb\nURIs: http://a/debian\nSuites: ./\n")
    }

    @Test("the first boot is reported once the network is there, by a unit that is enabled")
    func booted() throws {
        let operations = try Fixture.operations()
        let unit = try #require(operations.text("/etc/systemd/system/boatyard-booted.service"))
        #expect(unit.contains("After=network-online.target\n"))
        #expect(unit.contains("ConditionPathExists=/var/lib/boatyard-agent/report.json\n"))
        #expect(operations.contains { $0.action == .enableUnits(["boatyard-booted.service"]) })
    }

    @Test("units are unpacked before files, and nothing where there is no boot data")
    func bootData() throws {
        let names = try Fixture.operations().names
        let units = try #require(names.firstIndex(of: "boot data units"))
        #expect(names[units + 1] == "boot data files")
        #expect(try !Fixture.operations(["boot_data": nil]).names.contains { $0.hasPrefix("boot data") })
    }

    @Test("an image without a file is refused with the way to make it")
    func image() throws {
        let error = #expect(throws: InstallationError.self) {
            try Fixture.operations(["image": ["name": "debian-12", "url": nil, "sha256": nil]])
        }
        #expect(error?.message.contains("boatyard image build debian-12") == true)
    }

    @Test("packages and sources are only touched where the plan asks for them")
    func packages() throws {
        #expect(try !Fixture.operations().names.contains("install packages"))
        let operations = try Fixture.operations([
            "packages": [["name": "jq", "version": "1.6-2"], ["name": "curl", "version": nil]],
            "remove_unlisted_repositories": true,
        ])
        let names = operations.names
        let sources = try #require(names.firstIndex(of: "package sources"))
        let packages = try #require(names.firstIndex(of: "install packages"))
        let loader = try #require(names.firstIndex(of: "configure boot loader"))
        #expect(sources < packages && packages < loader)
        guard case .installPackages(let requests) = operations[packages].action else { return }
        #expect(requests.map(\.description) == ["jq=1.6-2", "curl"])
    }

    // MARK: Identifiers

    @Test("UUIDs follow from deployment and purpose alone, and have the forms of their tools")
    func identifiers() {
        let identifiers = DerivedIdentifiers(seed: Fixture.deployment)
        #expect(identifiers.uuid("a") == DerivedIdentifiers(seed: Fixture.deployment).uuid("a"))
        #expect(identifiers.uuid("a") != identifiers.uuid("b"))
        #expect(PlanText.uuid(identifiers.uuid("a")) == nil)
        #expect(Array(identifiers.uuid("a"))[14] == "8")
        #expect(identifiers.volumeID("a").count == 9)
        #expect(identifiers.physicalVolumeUUID("a").split(separator: "-").map(\.count) == [6, 4, 4, 4, 4, 4, 6])
        #expect(
            DerivedIdentifiers.arrayForm(ofUUID: "01234567-89AB-cdef-0123-456789abcdef")
                == "01234567:89abcdef:01234567:89abcdef")
    }

    @Test(
        "addresses of buses have one form",
        arguments: [
            ("0:2.0.0", "scsi@0:2:0:0"), ("scsi@00:02:0:0", "scsi@0:2:0:0"), ("PCI@0000:0A:00.0", "pci@0000:0a:00.0"),
            ("0a:00.0", "pci@0000:0a:00.0"), ("virtio@2", "virtio@2"), ("", ""), ("@", "@"), ("a:b.c.d", "a:b.c.d"),
            ("1:2:3", "1:2:3"),
        ])
    func buses(text: String, expected: String) {
        #expect(BusAddress.canonical(text) == expected)
    }

    @Test("names of mapped devices double their hyphens")
    func paths() {
        #expect(BlockDevice.logicalVolume(group: "a-b", name: "c--d").path == "/dev/mapper/a--b-c----d")
        #expect(BlockDevice.partition(uuid: "u", number: 1, disk: "sda").path == "/dev/disk/by-partuuid/u")
        #expect(BlockDevice.array("md0").path == "/dev/md/md0")
    }
}
