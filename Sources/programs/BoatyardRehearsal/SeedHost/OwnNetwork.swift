import Glibc
import InstallerTools
import Primitives
import Processes
import Simulator

/// A network and a table of mounts that are this process's own, and end with it.
enum OwnNetwork {
    /// Tells the program that is started anew that it is inside.
    static let mark = "--in-own-network"
    static let bridge = "boatyard0"

    /// What is needed beside this package, with the Debian package of each.
    private static let requirements = [
        ("/usr/bin/unshare", "util-linux"), ("/usr/bin/qemu-system-x86_64", "qemu-system-x86"),
        ("/usr/sbin/dnsmasq", "dnsmasq-base"), ("/usr/share/OVMF/OVMF_CODE_4M.fd", "ovmf"),
    ]

    /// Starts this program anew inside, with the same arguments and `mark`.
    ///
    /// - Throws: `RehearsalError` where that cannot be done here.
    static func enter() throws(RehearsalError) -> Never {
        guard geteuid() == 0 else {
            throw RehearsalError("Virtual machines need root, for a network of their own.")
        }
        let missing = requirements.filter { access($0.0, F_OK) != 0 }.map(\.1)
        guard missing.isEmpty, SpawnedProcess.path(of: "ip") != nil else {
            throw RehearsalError(
                "Virtual machines need what is not installed: apt-get install \((missing + ["iproute2"]).joined(separator: " "))"
            )
        }
        // By its name: what runs as another one is another program.
        let words =
            ["unshare", "--net", "--mount", "--propagation", "private", try VirtualSeedHost.Programs().rehearsal]
            + CommandLine.arguments.dropFirst() + [mark]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        execv("/usr/bin/unshare", arguments)
        throw RehearsalError("Cannot run unshare: \(systemErrorText()).")
    }

    /// Makes the bridge, with the addresses of the seed host on it.
    static func prepare(_ addresses: [IPv4Network]) async throws {
        // Network interfaces are to be those of this network.
        try await run("mount", "-t", "sysfs", "sysfs", "/sys")
        try await run("ip", "link", "set", "lo", "up")
        try await run(
            "ip", "link", "add", bridge, "type", "bridge", "stp_state", "0", "forward_delay", "0")
        for address in addresses {
            try await run("ip", "address", "add", address.description, "dev", bridge)
        }
        // Without an IPv6 router iPXE of 2019, which SeaBIOS has from QEMU, waits 13 seconds for one.
        try await run("ip", "address", "add", "fd00:30::1/64", "dev", bridge, "nodad")
        try await run("ip", "link", "set", bridge, "up")
    }

    static func run(_ arguments: String...) async throws {
        do {
            try await ChildProcess.run(Command(arguments, deadline: 600))
        } catch let failure as CommandFailure {
            throw RehearsalError("\(failure)")
        }
    }
}
