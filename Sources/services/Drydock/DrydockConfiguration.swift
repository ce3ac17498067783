import Netboot
import Primitives
import RehearsalMap

/// Addresses and deadlines of the service. Times are seconds; a rehearsal or a test shortens them.
package struct DrydockConfiguration: Sendable {
    package var stateDirectory: String
    var netbootFolder: NetbootFolder { NetbootFolder(stateDirectory: stateDirectory) }
    /// The node listener as machines reach it, `http://192.0.2.1:8080`. Asked at every use: the port of an ephemeral
    /// daemon is known only once it listens.
    package var nodeURL: @Sendable () -> String
    /// This service as operators reach it, `http://192.0.2.1:9000/api/v1.0`, for links in tasks.
    package var internalURL: @Sendable () -> String
    package var installer = InstallerSource.files
    /// The one of the rehearsal, where there is one.
    var presentInstaller: InstallerSource {
        rehearsal?.installer.map { .addresses(kernel: $0.kernel, ramdisk: $0.initrd) } ?? installer
    }
    /// Whether `file:` references are read: never in production, as they read any file the daemon can.
    package var allowsFileReferences = false
    /// Sets the labels of a Kubernetes node, an object of texts; nil where there is no Promenade to do it.
    package var setLabels: (@Sendable (_ node: String, _ labels: Value) async throws -> Void)?
    package var rehearsal: RehearsalMap?
    package var timeouts: Timeouts
    /// Simulated machines switch at once, and who watches a rehearsal does not want to wait.
    var presentPowerWatch: Double { rehearsal == nil ? timeouts.powerWatch : min(timeouts.powerWatch, 1) }
    /// Tries of a failed phase after the first (`docs/reference/drydock.md` §11).
    package var retries = 3
    /// How many nodes are worked on at the same time.
    package var parallelNodes = 64

    package init(
        stateDirectory: String, nodeURL: @escaping @Sendable () -> String,
        internalURL: @escaping @Sendable () -> String, timeouts: Timeouts
    ) {
        self.stateDirectory = stateDirectory
        self.nodeURL = nodeURL
        self.internalURL = internalURL
        self.timeouts = timeouts
    }

    /// How long each thing may take, in seconds (`docs/reference/drydock.md` §19).
    package struct Timeouts: Sendable, Hashable {
        package var drydock: Double
        package var identifyNode: Double
        package var configureHardware: Double
        package var deployNode: Double
        package var bootActionFinalStatus: Double
        package var destroyNode: Double
        /// An installer that has been silent for longer is taken to be gone. It asks for its plan every minute.
        package var installerSilence = 150.0
        /// From the power cycle to the installer's first word; then the machine is cycled again.
        package var installerBoot = 600.0
        /// What is waiting gets at least this after a restart of the daemon, which nobody could reach meanwhile.
        package var resumeGrace = 300.0
        /// Between looks at the power of a machine that is being installed.
        package var powerWatch = 60.0
        /// For one try to fetch a design or an asset, from connecting to the last byte.
        package var read = 300.0
        /// Before the second and third try to fetch something.
        package var fetchRetryDelays = [5.0, 25.0]

        package init(
            drydock: Double, identifyNode: Double, configureHardware: Double, deployNode: Double,
            bootActionFinalStatus: Double, destroyNode: Double
        ) {
            self.drydock = drydock
            self.identifyNode = identifyNode
            self.configureHardware = configureHardware
            self.deployNode = deployNode
            self.bootActionFinalStatus = bootActionFinalStatus
            self.destroyNode = destroyNode
        }
    }
}
