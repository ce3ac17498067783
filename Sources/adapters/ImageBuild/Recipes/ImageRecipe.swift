/// What `boatyard image build` makes.
package struct ImageRecipe: Sendable, Hashable {
    package var suite: DebianSuite
    package var kernel: KernelChoice
    /// As small as tests like it. It boots from the same disks but for a root on xfs.
    package var isSlim: Bool

    package init(suite: DebianSuite, kernel: KernelChoice, isSlim: Bool) {
        self.suite = suite
        self.kernel = kernel
        self.isSlim = isSlim
    }

    /// What the design may call the kernel: what Boatyard's own examples call it, and Debian's package.
    package var kernelNames: [String] { ["generic", kernel.package] }

    /// What an installed machine needs to boot from LVM and RAID, with either firmware, to be reached, and for boot actions to
    /// report.
    private static let base = [
        "systemd-sysv", "systemd-resolved", "dbus", "udev", "kmod", "initramfs-tools", "busybox", "zstd", "lvm2",
        "mdadm", "e2fsprogs", "dosfstools", "fdisk", "grub2-common", "grub-pc-bin", "grub-efi-amd64-bin",
        "grub-efi-amd64-signed", "shim-signed", "efibootmgr", "openssh-server", "iproute2", "ca-certificates", "curl",
        "sudo",
    ]
    /// What people expect on one.
    private static let comfort = [
        "xfsprogs", "systemd-timesyncd", "gpg", "ethtool", "iputils-ping", "less", "vim-tiny", "bash-completion",
        "man-db", "locales", "tzdata", "pciutils", "usbutils", "lsof", "rsync", "python3", "bind9-host", "netbase",
        "apt-utils", "logrotate", "cron", "unattended-upgrades", "smartmontools",
    ]

    /// Programs and variants of GRUB that no machine of ours is booted by.
    private static let unused = [
        "/usr/lib/grub/x86_64-efi/monolithic/*", "/usr/lib/grub/x86_64-efi-signed/grubnet*",
        "/usr/lib/grub/x86_64-efi-signed/gcd*", "/usr/lib/udev/hwdb.d/*", "/usr/share/grub/*.pf2",
    ]

    package var root: RootRecipe {
        RootRecipe(
            suite: suite, packages: [kernel.package] + Self.base + (isSlim ? [] : Self.comfort),
            components: ["main", "non-free-firmware"],
            excluded: isSlim ? RootRecipe.documentation + Self.unused : [],
            commands: [
                // Once, with the files above in place: it has been kept from being made at each package.
                "chroot \"$1\" update-initramfs -c -k all",
                "chroot \"$1\" systemctl enable systemd-networkd systemd-resolved ssh",
                "ln -sf ../run/systemd/resolve/stub-resolv.conf \"$1\"/etc/resolv.conf",
            ] + RootRecipe.cleaning(sources: AptSources.installed(suite)))
    }

    /// Paths and texts.
    var files: [(path: String, text: String)] { [RootFiles.hostKeys, RootFiles.arrays, RootFiles.resume] }
}
