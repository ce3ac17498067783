/// What `/etc/boatyard/boatyard.yaml` says, with defaults for what it does not.
package struct Settings: Hashable, Sendable {
    package var listeners = Listeners()
    package var stateDirectory = "/var/lib/boatyard"
    package var components = Components()
    package var identity = Identity()
    package var installer: InstallerSettings?
    package var outOfBand = OutOfBand()
    package var timeouts = Timeouts()
    package var retention = Retention()
    package var logLevel = LogLevel.info
    package var validations = Validations()
    package var deployment = DeploymentSettings()

    package init() {}

    package struct Listeners: Hashable, Sendable {
        package var admin = Admin()
        package var api = API()
        package var node = Node()
    }

    package struct Admin: Hashable, Sendable {
        package var path = "/run/boatyard/api.sock"
        /// Members may do everything.
        package var group = "boatyard"
    }

    package struct API: Hashable, Sendable {
        package var address = NetworkAddress(host: "0.0.0.0", port: 9000)
        package var tls: TLS?
        /// How clients reach the listener; nil works it out from the address and from what they ask for.
        package var url: String?
    }

    /// Who is let in, and to what.
    package struct Identity: Hashable, Sendable {
        /// In minutes.
        package var tokenLifetime = 60.0
        /// A file that must exist; nil takes the default one where it is there.
        package var policy: String?
        /// A trial run, which reads no file of the host.
        package var isTrial = false
        /// A Keystone elsewhere instead of users of our own.
        package var keystone: Keystone?
    }

    package struct Keystone: Hashable, Sendable {
        package var url: String
        package var username: String
        package var passwordFile: String
        package var project: String
        package var userDomain = "default"
        package var projectDomain = "default"
        /// In seconds.
        package var timeout = 10.0
        /// In seconds.
        package var cacheTime = 300.0
    }

    /// Paths of PEM files.
    package struct TLS: Hashable, Sendable {
        package var certificate: String
        package var key: String
        package var clientAuthorities: String?
    }

    package struct Node: Hashable, Sendable {
        package var address = NetworkAddress(host: "0.0.0.0", port: 8080)
        /// How machines reach the listener; nil works it out from the address.
        package var url: String?
    }

    /// Addresses of Airship components that validate designs and deploy software.
    package struct Components: Hashable, Sendable {
        package var armada: String?
        package var promenade: String?
    }

    /// The installer on another server, instead of the files below the state directory.
    package struct InstallerSettings: Hashable, Sendable {
        package var kernel: String
        package var ramdisk: String
    }

    /// Times are seconds (`spec/drydock.md` §14).
    package struct OutOfBand: Hashable, Sendable {
        /// How often a command is tried in all.
        package var attempts = 5
        package var attemptInterval = 15.0
        /// Between looks at the power after it was switched.
        package var powerStateInterval = 10.0
        /// How often it is looked at.
        package var powerStatePolls = 18
        /// What a person gets to switch a node without a controller.
        package var manualPause = 60.0
        /// At a time, over all controllers.
        package var sessions = 64
    }

    /// In minutes (`spec/drydock.md` §19).
    package struct Timeouts: Hashable, Sendable {
        package var drydock = 5.0
        package var identifyNode = 10.0
        package var configureHardware = 30.0
        package var deployNode = 45.0
        package var bootActionFinalStatus = 15.0
        package var destroyNode = 30.0
    }

    /// In days.
    package struct Retention: Hashable, Sendable {
        /// Logs of the steps of ended actions.
        package var logs = 90.0
        /// What was found out about machines; the newest of each kind is kept for ever.
        package var buildData = 365.0
        /// Archives that boot actions were rendered to.
        package var bootData = 30.0
    }

    package enum LogLevel: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error, critical
    }

    /// What happens where a deployment version document is missing (`spec/shipyard.md` §9).
    package struct Validations: Hashable, Sendable {
        package var deploymentVersionCreate = Severity.skip
        package var deploymentVersionCommit = Severity.skip
    }

    package struct DeploymentSettings: Hashable, Sendable {
        /// Whether deployment groups that do not depend on each other are deployed together.
        package var deploysGroupsConcurrently = false
    }

    package enum Severity: String, CaseIterable, Sendable {
        case skip, info, warning, error
    }
}
