import SiteDesign

/// Files of the new system that say who it is.
struct SystemFiles {
    let plan: InstallationPlan

    var files: [TargetFile] {
        [
            TargetFile("/etc/hostname", "\(plan.node)\n"),
            // systemd, and systemd-timesyncd, set a clock that is behind the time of these files to that time.
            TargetFile("/usr/lib/clock-epoch", ""), TargetFile("/var/lib/systemd/timesync/clock", ""),
            TargetFile("/etc/hosts", hosts),
            // Whoever asks the network who he is would wait for a service that is not there.
            TargetFile("/etc/cloud/cloud-init.disabled", ""),
        ]
    }

    private var hosts: String {
        let names = plan.fqdn == plan.node ? plan.node : "\(plan.fqdn) \(plan.node)"
        let own = ownAddresses
        var lines = ["127.0.0.1 localhost"]
        // Debian's way for a machine without an address of its own.
        if own.isEmpty { lines.append("127.0.1.1 \(names)") }
        lines += own.map { "\($0) \(names)" }
        lines += [
            "::1 localhost ip6-localhost ip6-loopback", "ff02::1 ip6-allnodes", "ff02::2 ip6-allrouters",
        ]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The fixed addresses of the network with the default route, one of each family.
    private var ownAddresses: [IPAddress] {
        let fixed = plan.network.allAddresses.filter { $0.isDefaultRoute }.compactMap { $0.address?.address }
        var found: [IPAddress] = []
        for address in fixed where !found.contains(where: { $0.family == address.family }) { found.append(address) }
        return found
    }

    /// A login user may do everything, as on images of the cloud.
    static func sudoers(_ user: LoginUser) -> TargetFile {
        TargetFile("/etc/sudoers.d/90-boatyard-\(user.name)", "\(user.name) ALL=(ALL) NOPASSWD:ALL\n", mode: 0o440)
    }

    /// Starts the agent once the network is there; it reports `booted` and removes what it has for that.
    static let bootedUnit = TargetFile(
        "/etc/systemd/system/\(bootedUnitName)",
        """
        [Unit]
        Description=Tell Boatyard that the installed system is up
        Wants=network-online.target
        After=network-online.target
        ConditionPathExists=/var/lib/boatyard-agent/report.json

        [Service]
        # The boot does not wait for a daemon that is away.
        Type=exec
        ExecStart=/usr/lib/boatyard/boatyard-agent booted

        [Install]
        WantedBy=multi-user.target

        """)

    static let bootedUnitName = "boatyard-booted.service"
}

extension NetworkPlan {
    /// The addresses of cards, bonds and VLANs.
    var allAddresses: [Address] {
        interfaces.flatMap(\.addresses) + bonds.flatMap(\.addresses) + vlans.flatMap(\.addresses)
    }
}
