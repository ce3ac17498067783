import Primitives

/// What `/etc/boatyard/boatyard.yaml` says, with defaults for what it does not.
package struct Settings: Hashable, Sendable {
    /// Where clients and machines connect.
    package var listeners = Listeners()
    /// An absolute path; everything that is kept is below it.
    package var stateDirectory = "/var/lib/boatyard"
    /// Other Airship components; none by default.
    package var components = Components()
    /// Who is let in, and to what.
    package var identity = Identity()
    /// The installer on another server; nil takes the files below the state directory.
    package var installer: InstallerSettings?
    /// DHCP and TFTP.
    package var netboot = Netboot()
    /// Commands to BMCs.
    package var outOfBand = OutOfBand()
    /// How long tasks wait.
    package var timeouts = Timeouts()
    /// How much tasks do at a time.
    package var tasks = Tasks()
    /// How long files are kept.
    package var retention = Retention()
    /// What is logged: this level and those above.
    package var logLevel = LogLevel.info
    /// What a missing deployment version means.
    package var validations = Validations()
    /// How nodes are deployed.
    package var deployment = DeploymentSettings()
    /// The texts of what is set in the file or the environment, by their names: `listeners.api.address`.
    package var written: [String: String] = [:]

    /// Every default.
    package init() {}

    /// The names of what is set in another way than in `other`, or in one of them alone, sorted.
    package func changes(from other: Settings) -> [String] {
        Set(written.keys).union(other.written.keys).filter { written[$0] != other.written[$0] }.sorted()
    }

    /// The three listeners.
    package struct Listeners: Hashable, Sendable {
        /// The Unix socket of administrators.
        package var admin = Admin()
        /// The TCP listener of the REST APIs.
        package var api = API()
        /// The TCP listener for machines under provisioning.
        package var node = Node()
    }

    /// The Unix socket of administrators.
    package struct Admin: Hashable, Sendable {
        /// An absolute path.
        package var path = "/run/boatyard/api.sock"
        /// The folder of the socket, which is made at every boot of the host.
        package var folder: String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) }
        /// Members may do everything.
        package var group = "boatyard"
    }

    /// The TCP listener of the REST APIs.
    package struct API: Hashable, Sendable {
        /// Port 0 takes a free one.
        package var address = NetworkAddress(host: "0.0.0.0", port: 9000)
        /// nil speaks plain HTTP.
        package var tls: TLS?
        /// How clients reach the listener; nil works it out from the address and from what they ask for.
        package var url: String?
    }

    /// Who is let in, and to what.
    package struct Identity: Hashable, Sendable {
        /// In minutes.
        package var tokenLifetime = 60.0
        /// The project whose members run the site, by name.
        package var project = "service"
        /// A file that must exist; nil takes the default one where it is there.
        package var policy: String?
        /// A trial run, which reads no file of the host.
        package var isTrial = false
        /// A Keystone elsewhere instead of users of our own.
        package var keystone: Keystone?
    }

    /// A Keystone elsewhere, and the account that the daemon has there.
    package struct Keystone: Hashable, Sendable {
        /// `https://keystone.example.org:5000`, without `/v3`.
        package var url: String
        /// The daemon's own user there.
        package var username: String
        /// A file whose first line is the password.
        package var passwordFile: String
        /// The project that the user's tokens are for.
        package var project: String
        /// By name.
        package var userDomain = "default"
        /// By name.
        package var projectDomain = "default"
        /// In seconds.
        package var timeout = 10.0
        /// In seconds.
        package var cacheTime = 300.0
    }

    /// Paths of PEM files.
    package struct TLS: Hashable, Sendable {
        /// The certificate, followed by those between it and its authority.
        package var certificate: String
        /// The certificate's private key.
        package var key: String
        /// Authorities of client certificates; nil asks clients for none.
        package var clientAuthorities: String?
    }

    /// The TCP listener for machines under provisioning.
    package struct Node: Hashable, Sendable {
        /// Port 0 takes a free one.
        package var address = NetworkAddress(host: "0.0.0.0", port: 8080)
        /// How machines reach the listener; nil works it out from the address.
        package var url: String?
    }

    /// Addresses of Airship components that validate designs and deploy software.
    package struct Components: Hashable, Sendable {
        /// `http://armada-api.ucp.svc.cluster.local:8000/api/v1.0`; nil where there is no Armada.
        package var armada: String?
        /// As `armada`, of Promenade.
        package var promenade: String?
    }

    /// The installer on another server, instead of the files below the state directory.
    package struct InstallerSettings: Hashable, Sendable {
        /// A URL.
        package var kernel: String
        /// A URL.
        package var ramdisk: String
    }

    /// DHCP and TFTP on the provisioning network (`docs/reference/netboot.md` §5).
    package struct Netboot: Hashable, Sendable {
        /// How the DHCP server takes part.
        package var mode = DHCPMode.authoritative
        /// The interface of this host on the provisioning network; nobody is answered while it is nil.
        package var interface: String?
        /// Which iPXE machines with UEFI get.
        package var uefiProgram = UEFIProgram.snponly
        /// Whether machines with UEFI get the signed shim instead.
        package var secureBoot = false
        /// Whether IPv6 routers are announced on the provisioning network.
        package var routerAdvertisements = true
        /// Whether only machines whose serial or UUID the design names become nodes.
        package var pin = false
        /// How the disks of a machine are erased that is destroyed.
        package var erasure = Erasure.quick
    }

    /// Whether only what identifies the contents of disks is wiped, or disks erase themselves as well.
    package enum Erasure: String, CaseIterable, Sendable {
        case quick, secure
    }

    /// Whether this host gives addresses, adds to what another server answers, or leaves DHCP alone.
    package enum DHCPMode: String, CaseIterable, Sendable {
        case authoritative, proxy, off
    }

    /// The builds of iPXE for UEFI.
    package enum UEFIProgram: String, CaseIterable, Sendable {
        case snponly, ipxe
    }

    /// Times are seconds (`docs/reference/drydock.md` §14).
    package struct OutOfBand: Hashable, Sendable {
        /// How often a command is tried in all.
        package var attempts = 5
        /// Between two tries.
        package var attemptInterval = 15.0
        /// Between looks at the power after it was switched.
        package var powerStateInterval = 10.0
        /// How often it is looked at.
        package var powerStatePolls = 18
        /// After which it is taken as done what a person was asked to do at a node without a controller; nil where that is to be
        /// said (`boatyard ack`).
        package var manualPause: Double?
        /// At a time, over all controllers.
        package var sessions = 64
        /// Whether the serial consoles of machines are captured while they are at work.
        package var console = true
        /// How often a machine is told to boot from the network before it fails.
        package var networkBoots = 2
        /// Whether the power of nodes is looked at in the background.
        package var sweep = true
        /// The shortest time between two looks at a node.
        package var sweepInterval = 60.0
    }

    /// In minutes (`docs/reference/drydock.md` §19).
    package struct Timeouts: Hashable, Sendable {
        /// A command to a BMC, with all its tries.
        package var drydock = 5.0
        /// From the power cycle of a machine that was told to boot from the network to the first that is heard of it.
        package var networkBoot = 8.0
        /// From the order to boot from the network to the machine's inventory.
        package var identifyNode = 10.0
        /// Commissioning.
        package var configureHardware = 30.0
        /// An installation.
        package var deployNode = 45.0
        /// The signals of all boot actions.
        package var bootActionFinalStatus = 15.0
        /// An erasure.
        package var destroyNode = 30.0
    }

    /// How much tasks do at a time (`docs/reference/drydock.md` §10.10).
    package struct Tasks: Hashable, Sendable {
        /// How many top-level tasks are carried out, or wait for their nodes.
        package var parallel = 64
        /// How many nodes each of them works on.
        package var parallelNodes = 64
    }

    /// In days.
    package struct Retention: Hashable, Sendable {
        /// Logs of the steps of ended actions.
        package var logs = 90.0
        /// What was found out about machines; the newest of each kind is kept for ever.
        package var buildData = 365.0
        /// Archives that boot actions were rendered to.
        package var bootData = 30.0
        /// What clients have changed.
        package var audit = 365.0
    }

    /// The levels of swift-log, by name.
    package enum LogLevel: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// What happens where a deployment version document is missing (`docs/reference/shipyard.md` §9).
    package struct Validations: Hashable, Sendable {
        /// On staging.
        package var deploymentVersionCreate = DocumentRule.skip
        /// On committing.
        package var deploymentVersionCommit = DocumentRule.skip
    }

    /// How nodes are deployed.
    package struct DeploymentSettings: Hashable, Sendable {
        /// Whether deployment groups that do not depend on each other are deployed together.
        package var deploysGroupsConcurrently = false
    }

    /// How a missing document counts.
    package enum DocumentRule: String, CaseIterable, Sendable {
        case skip, info, warning, error

        /// Nil where the document is not looked for.
        package var severity: Severity? { Severity(rawValue: rawValue) }
    }
}
