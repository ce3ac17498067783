import ImageBuild
import Primitives
import Testing

@Suite("What installers and images are made of")
struct RecipeTests {
    @Test(
        "every image has what a machine needs to boot from LVM and RAID with either firmware", arguments: [true, false])
    func image(isSlim: Bool) {
        for suite in DebianSuite.allCases {
            let recipe = ImageRecipe(suite: suite, kernel: isSlim ? .cloud : .full, isSlim: isSlim)
            let wanted = [
                "lvm2", "mdadm", "initramfs-tools", "grub-pc-bin", "grub-efi-amd64-bin", "grub2-common", "shim-signed",
                "grub-efi-amd64-signed", "openssh-server", "udev", "e2fsprogs", "dosfstools", "systemd-resolved",
                recipe.kernelNames.last ?? "",
            ]
            #expect(Set(wanted).isSubset(of: recipe.root.packages))
            #expect(recipe.kernelNames.first == "generic")
            #expect(recipe.root.packages.contains("xfsprogs") != isSlim)
        }
    }

    @Test("an installer has what its agent calls, and for metal firmware")
    func installer() {
        let agent = [
            "systemd-resolved", "udev", "kmod", "iproute2", "fdisk", "util-linux", "e2fsprogs", "xfsprogs",
            "dosfstools",
            "lvm2", "mdadm", "zstd", "xz-utils", "efibootmgr", "ethtool", "nvme-cli", "lshw", "lldpd", "openssh-server",
        ]
        let small = InstallerRecipe(suite: .trixie, kernel: .cloud, isSmall: true).root
        let full = InstallerRecipe(suite: .trixie, kernel: .full, isSmall: false).root
        #expect(Set(agent).isSubset(of: small.packages))
        #expect(Set(agent + ["ipmitool", "hdparm", "firmware-bnx2x", "linux-image-amd64"]).isSubset(of: full.packages))
        #expect(full.components == ["main", "non-free-firmware"])
        #expect(!small.packages.contains { $0.hasPrefix("firmware") })
    }

    @Test("mmdebstrap is given no text of the operator but the paths of its folders")
    func arguments() {
        let root = ImageRecipe(suite: .bookworm, kernel: .cloud, isSlim: true).root
        let arguments = root.arguments(files: "/var/tmp/x/files", hooks: nil, firstCommands: ["true"])
        #expect(arguments.suffix(3) == ["bookworm", "-", "-"])
        #expect(arguments.contains("--customize-hook=sync-in \"/var/tmp/x/files\" /"))
        let first = arguments.firstIndex(of: "--customize-hook=true")
        let ramdisk = arguments.firstIndex { $0.contains("update-initramfs") }
        let sources = arguments.firstIndex { $0.contains("/etc/apt/sources.list") }
        #expect(first ?? 99 < ramdisk ?? 0 && ramdisk ?? 99 < sources ?? 0)
        #expect(arguments.contains { $0.contains("deb http://deb.debian.org/debian-security bookworm-security main") })
        #expect(!arguments.contains { $0.hasPrefix("--hook-dir") })
    }

    @Test(
        "no root keeps what its packages have drawn at random",
        arguments: ["ssh/ssh_host_", "nvme/hostid", "nvme/hostnqn"])
    func identities(file: String) {
        for root in [
            InstallerRecipe(suite: .trixie, kernel: .full, isSmall: false).root,
            ImageRecipe(suite: .trixie, kernel: .full, isSlim: false).root,
        ] {
            let arguments = root.arguments(files: nil, hooks: nil)
            #expect(arguments.contains { $0.hasPrefix("--customize-hook=rm -f") && $0.contains("\"$1\"/etc/\(file)") })
        }
    }

    @Test("of what mmdebstrap tells, people see the steps")
    func progress() {
        let lines = [
            "I: chroot architecture amd64 is equal to the host's architecture", "I: downloading packages with apt...",
            "I: running --customize-hook in shell: sh -c 'chroot \"$1\" update-initramfs -c -k all' exec /x",
            "I: running --customize-hook in shell: sh -c 'true' exec /x", "Get:1 http://m/debian trixie InRelease",
        ]
        #expect(lines.compactMap(RootMaker.shown) == ["downloading packages with apt", "making the initramfs"])
    }

    @Test(
        "the ramdisk has no documents, no second kernel and no drivers that no installer uses",
        arguments: [
            ("usr/share/doc", true), ("usr/share/doc/a/b", true), ("usr/share/docs", false), ("boot", true),
            ("usr/bin/python3.11", true), ("usr/lib/python3/dist-packages/x", true), ("usr/sbin/mkfs.xfs", false),
            ("usr/lib/modules/6.1/kernel/sound/core.ko", true),
            ("usr/lib/modules/6.1/kernel/drivers/nvme/nvme.ko", false),
            ("usr/lib/modules/6.1/modules.dep", false), ("usr/lib/x86_64-linux-gnu/libicudata.so.72", true),
            ("usr/share/dbus-1/system.d/x.conf", false), ("vmlinuz.old", true),
        ])
    func leftOut(path: String, isLeftOut: Bool) {
        #expect(InstallerRecipe.leavesOut(path) == isLeftOut)
    }

    @Test(
        "what mmdebstrap says leads to a remedy",
        arguments: [
            ("E: write failed: No space left on device", "The disk of /var/tmp/x is full."),
            ("E: Failed to fetch http://m/debian/x 404  Not Found", "Packages come from http://m/debian."),
            ("Err:1 Could not connect to m:80 (192.0.2.1), connection timed out", "--mirror URL"),
            (
                "  couldn't be verified because the public key is not available: NO_PUBKEY 6ED0",
                "debian-archive-keyring"
            ),
            ("E: Unable to locate package nvme-cli", "lacks a package"),
            ("mount: /sys: Operation not permitted", "as root"),
        ])
    func remedies(line: String, remedy: String) {
        let error = BoatyardError("build.tool", "mmdebstrap has failed with status 1:\n  \(line)")
        let explained = BuildFailure.explained(
            error, lines: ["I: begin", line], sources: ["http://m/debian"], folder: "/var/tmp/x")
        #expect(explained.message.hasPrefix(error.message + "\n"))
        #expect(explained.message.contains(remedy))
        let other = BuildFailure.explained(error, lines: ["?"], sources: [], folder: "/")
        #expect(other.message == error.message)
    }
}
