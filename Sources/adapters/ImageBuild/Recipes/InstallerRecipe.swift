/// What `boatyard netboot build` makes.
package struct InstallerRecipe: Sendable, Hashable {
    package var suite: DebianSuite
    package var kernel: KernelChoice
    /// Without what only metal needs.
    package var isSmall: Bool

    package init(suite: DebianSuite, kernel: KernelChoice, isSmall: Bool) {
        self.suite = suite
        self.kernel = kernel
        self.isSmall = isSmall
    }

    /// What the agent calls (`packaging/installer/README.md`), and what it is reached by.
    private static let base = [
        "systemd-sysv", "systemd-resolved", "dbus", "udev", "kmod", "iproute2", "util-linux", "lvm2", "mdadm",
        "e2fsprogs", "xfsprogs", "dosfstools", "fdisk", "zstd", "xz-utils", "efibootmgr", "dmidecode", "lshw", "lldpd",
        "nvme-cli",
        "ethtool", "openssh-server", "ca-certificates",
    ]
    /// What metal has, and what rescues it.
    private static let metal = [
        "ipmitool", "hdparm", "btrfs-progs", "smartmontools", "pciutils", "gdisk", "parted", "systemd-timesyncd",
        "iputils-ping", "less", "vim-tiny", "tcpdump", "squashfs-tools", "curl",
    ]
    private static let firmware = [
        "firmware-linux-free", "firmware-bnx2", "firmware-bnx2x", "firmware-qlogic", "firmware-misc-nonfree",
        "firmware-realtek", "firmware-cavium", "firmware-netronome",
    ]

    package var root: RootRecipe {
        let wantsFirmware = kernel == .full && !isSmall
        return RootRecipe(
            suite: suite,
            packages: [kernel.package] + Self.base + (isSmall ? [] : Self.metal) + (wantsFirmware ? Self.firmware : []),
            components: ["main", "non-free-firmware"],
            excluded: RootRecipe.documentation,
            commands: [
                "chroot \"$1\" systemctl enable systemd-networkd systemd-resolved",
                // At a restart it would wait for the first synchronization of an array.
                "chroot \"$1\" systemctl mask blk-availability.service",
                // The agent starts it for a rescue, with the keys of the site.
                "chroot \"$1\" systemctl disable ssh",
                "ln -sf ../run/systemd/resolve/stub-resolv.conf \"$1\"/etc/resolv.conf",
            ] + RootRecipe.cleaning(sources: "") + [
                "rm -f \"$1\"/etc/fstab \"$1\"/etc/apt/sources.list; echo boatyard-installer > \"$1\"/etc/hostname",
                // Each boot has an identity of its own, and none is a first boot, which would enable what is disabled here.
                ": > \"$1\"/etc/machine-id",
                "chroot \"$1\" systemctl mask \(Self.masked.joined(separator: " "))",
            ])
    }

    /// Units that take time at each boot, and do nothing for a system that lives in memory: together about a third of the time
    /// from the kernel to the agent.
    private static let masked = [
        // What a package or an image has done already.
        "ldconfig.service", "systemd-sysusers.service", "systemd-journal-catalog-update.service",
        "systemd-update-done.service", "systemd-firstboot.service", "systemd-machine-id-commit.service",
        // What would be kept for the next boot.
        "systemd-random-seed.service", "systemd-pstore.service", "dpkg-db-backup.timer", "apt-daily.timer",
        "apt-daily-upgrade.timer", "fstrim.timer", "e2scrub_all.timer", "e2scrub_reap.service", "xfs_scrub_all.timer",
        // Kernel modules and file systems that nothing here uses.
        "modprobe@drm.service", "modprobe@efi_pstore.service", "modprobe@fuse.service", "modprobe@configfs.service",
        "modprobe@nvme_fabrics.service", "nvmf-autoconnect.service", "nvmefc-boot-connections.service",
        "sys-fs-fuse-connections.mount", "sys-kernel-config.mount", "sys-kernel-debug.mount",
        "sys-kernel-tracing.mount", "dev-hugepages.mount", "dev-mqueue.mount", "proc-sys-fs-binfmt_misc.automount",
        "proc-sys-fs-binfmt_misc.mount", "systemd-binfmt.service",
        // Mirrors and snapshots of LVM.
        "lvm2-monitor.service",
        // What there is in memory already.
        "systemd-remount-fs.service", "tmp.mount", "run-lock.mount", "systemd-journal-flush.service",
        "systemd-networkd-persistent-storage.service",
        // Kernel parameters and credentials that no installer is given.
        "systemd-network-generator.service", "systemd-udev-load-credentials.service",
        // Seats, sessions, and what nobody asks: who logs in is root, by SSH.
        "dbus.service", "dbus.socket", "systemd-logind.service", "systemd-user-sessions.service",
        "systemd-hostnamed.socket", "sshd-unix-local.socket", "sshd-vsock.socket", "uuidd.socket",
        "systemd-tmpfiles-clean.timer", "systemd-creds.socket", "systemd-pcrextend.socket", "systemd-pcrlock.socket",
        "systemd-sysext.socket",
        // A line on the console for each unit that starts.
        "systemd-journald-audit.socket",
    ]

    /// Packages that boot programs, and the ramdisk's first one, are taken from; they are not installed.
    static let bootPackages = [
        "ipxe", "shim-signed", "shim-helpers-amd64-signed", "grub-efi-amd64-signed", "busybox-static", "isolinux",
        "syslinux-common",
    ]

    /// Where the program of busybox-static is; the first that is there is taken.
    static let busybox = ["usr/bin/busybox", "bin/busybox"]

    /// Boot programs by the name under which machines ask for them, and where they are in their packages; the first that is
    /// there is taken.
    static let bootPrograms: [(name: String, places: [String])] = [
        ("undionly.kpxe", ["usr/lib/ipxe/undionly.kpxe"]),
        ("snponly.efi", ["usr/lib/ipxe/snponly.efi", "usr/lib/ipxe/snponly-x86_64.efi"]),
        ("ipxe.efi", ["usr/lib/ipxe/ipxe.efi", "usr/lib/ipxe/ipxe-x86_64.efi"]),
        ("shimx64.efi", ["usr/lib/shim/shimx64.efi.signed"]),
        ("mmx64.efi", ["usr/lib/shim/mmx64.efi.signed"]),
        ("grubx64.efi", ["usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed"]),
    ]

    /// What is left out of the ramdisk, by the begin of its path: it would only take memory.
    package static func leavesOut(_ path: String) -> Bool {
        leftOut.contains { path == $0 || path.hasPrefix($0 + "/") } || leftOutBegins.contains { path.hasPrefix($0) }
            || isUselessModule(path)
    }

    private static let leftOut = [
        "boot", "usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/info", "usr/share/i18n",
        "usr/share/zoneinfo", "usr/share/perl", "usr/share/perl5", "usr/share/bash-completion", "usr/share/zsh",
        "usr/share/initramfs-tools", "usr/share/python3", "usr/lib/udev/hwdb.d", "usr/lib/grub", "usr/share/grub",
        "usr/lib/shim", "var/cache", "var/lib/apt", "var/log", "usr/lib/python3", "usr/share/common-licenses",
        "usr/include", "usr/share/gcc", "usr/share/pixmaps", "usr/share/applications",
        // Modules of the whole of Perl, which comes with a library of lldpd's; and names of devices for people.
        "usr/lib/x86_64-linux-gnu/perl", "usr/lib/udev/hwdb.bin", "usr/lib/apt", "var/lib/dpkg/info",
    ]

    /// Python and the tables of Unicode come with xfsprogs, for a program that nobody runs here.
    private static let leftOutBegins = [
        "usr/lib/python3.", "usr/bin/python3", "usr/lib/x86_64-linux-gnu/libicu", "usr/lib/x86_64-linux-gnu/libpython",
        "vmlinuz", "initrd.img",
    ]

    /// Drivers of what no installer uses.
    private static func isUselessModule(_ path: String) -> Bool {
        let parts = path.split(separator: "/", maxSplits: 5, omittingEmptySubsequences: true)
        guard parts.count == 6, parts[0] == "usr", parts[1] == "lib", parts[2] == "modules", parts[4] == "kernel" else {
            return false
        }
        let rest = parts[5]
        return [
            "sound/", "drivers/gpu/", "drivers/media/", "drivers/net/wireless/", "net/wireless/", "net/mac80211/",
            "net/bluetooth/", "drivers/bluetooth/", "drivers/comedi/", "drivers/staging/", "drivers/iio/",
            "drivers/infiniband/", "drivers/video/", "fs/ceph/", "net/ceph/", "drivers/isdn/",
            "drivers/input/touchscreen/",
        ].contains { rest.hasPrefix($0) }
    }
}
