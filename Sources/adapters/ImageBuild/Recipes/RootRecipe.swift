/// What mmdebstrap makes a root file system of: packages, settings, and what is done in it at the end.
package struct RootRecipe: Sendable, Hashable {
    package var suite: DebianSuite
    /// Beside those that Debian calls required.
    package var packages: [String]
    /// Of the archive.
    package var components: [String]
    /// Paths that dpkg does not unpack, as patterns.
    package var excluded: [String]
    /// Shell commands that are run when all packages are installed; `$1` is the root.
    package var commands: [String]

    /// Documentation, and translations: nobody reads them on a machine that nobody logs in to.
    static let documentation = [
        "/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/share/lintian/*",
        "/usr/share/bug/*",
    ]

    /// The arguments of mmdebstrap.
    ///
    /// - Parameters:
    ///   - files: a folder whose contents are copied into the root before the commands run; nil for none.
    ///   - hooks: folder of mmdebstrap's own hooks, where it is there.
    ///   - firstCommands: are run before the recipe's own.
    package func arguments(
        files: String?, hooks: String?, firstCommands: [String] = []
    ) -> [String] {
        var arguments = [
            "--mode=root", "--variant=minbase", "--format=tar", "--architectures=amd64",
            "--include=\(packages.joined(separator: ","))", "--aptopt=Apt::Install-Recommends \"false\"",
            // Devices are made by the kernel. What is cleaned up for reproducibility is cleaned up by the commands.
            "--skip=output/dev", "--skip=cleanup/reproducible",
        ]
        if let hooks { arguments.append("--hook-dir=\(hooks)") }
        arguments += excluded.map { "--dpkgopt=path-exclude=\($0)" }
        if let files { arguments.append("--customize-hook=sync-in \"\(files)\" /") }
        arguments += (firstCommands + commands).map { "--customize-hook=\($0)" }
        return arguments + [suite.rawValue, "-", "-"]
    }

    /// Removes what tells of the host, or of the moment.
    static func cleaning(sources: String) -> [String] {
        [
            // Each machine makes keys of its own (RootFiles).
            "rm -f \"$1\"/etc/ssh/ssh_host_*",
            // Made at random by nvme-cli's package; without them it takes the machine's own UUID.
            "rm -f \"$1\"/etc/nvme/hostid \"$1\"/etc/nvme/hostnqn",
            // The host's, and settings of apt that only building needs.
            "rm -f \"$1\"/etc/hostname \"$1\"/etc/.resolv.conf.systemd-resolved.bak \"$1\"/etc/apt/apt.conf.d/99mmdebstrap",
            "[ -L \"$1\"/etc/resolv.conf ] || rm -f \"$1\"/etc/resolv.conf",
            // Each machine gets one from the agent; wherever else it starts, the image is at its first boot: machine-id(5).
            "echo uninitialized > \"$1\"/etc/machine-id; rm -f \"$1\"/var/lib/dbus/machine-id",
            // Packages have done what the first boot would do once more: ConditionNeedsUpdate=.
            "touch \"$1\"/etc/.updated \"$1\"/var/.updated",
            "rm -rf \"$1\"/var/log/apt \"$1\"/var/log/dpkg.log \"$1\"/var/log/alternatives.log "
                + "\"$1\"/var/cache/ldconfig/aux-cache \"$1\"/var/cache/debconf/*-old \"$1\"/var/lib/dpkg/*-old "
                + "\"$1\"/var/lib/systemd/random-seed \"$1\"/etc/passwd- \"$1\"/etc/group- \"$1\"/etc/shadow- "
                + "\"$1\"/etc/gshadow-",
            "printf '\(sources.split(separator: "\n").map { $0 + "\\n" }.joined())' > \"$1\"/etc/apt/sources.list",
        ]
    }
}

/// Files that roots get beside their packages, by their paths.
enum RootFiles {
    /// sshd's keys are made at its first start: in an image they would be every machine's.
    static let hostKeys = (
        path: "etc/systemd/system/ssh.service.d/host-keys.conf",
        text: """
        [Service]
        ExecStartPre=
        ExecStartPre=/usr/bin/ssh-keygen -A
        ExecStartPre=/usr/sbin/sshd -t

        """
    )

    /// Arrays are found by their own description, whatever the host that the image was made on had.
    static let arrays = (
        path: "etc/mdadm/mdadm.conf", text: "HOMEHOST <ignore>\nMAILADDR root\n"
    )

    /// There is no swap to resume from; a ramdisk that looks for it waits for 30 s.
    static let resume = (path: "etc/initramfs-tools/conf.d/resume", text: "RESUME=none\n")
}
