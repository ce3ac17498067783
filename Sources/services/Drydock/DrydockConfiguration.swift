import Netboot
import Primitives
import RehearsalMap
import SiteDesign

/// Addresses, limits and deadlines of the service. Times are in seconds. A rehearsal or a test shortens them.
package struct DrydockConfiguration: Sendable {
    /// The state directory, without a slash at the end.
    package var stateDirectory: String
    /// What lies below `netboot/` of the state directory.
    package var netbootFolder: NetbootFolder { NetbootFolder(stateDirectory: stateDirectory) }
    /// The address of the listener `node` as machines reach it, `http://192.0.2.1:8080`. It is asked for at every use,
    /// as the port of an ephemeral daemon is known only once it listens.
    package var nodeURL: @Sendable () -> String
    /// The address of this service as operators reach it, `http://192.0.2.1:9000/api/v1.0`, for links in tasks.
    package var internalURL: @Sendable () -> String
    /// Where machines get the installer's kernel and ramdisk from.
    package var installer = InstallerSource.files
    /// The installer of the rehearsal, or else the configured one.
    var presentInstaller: InstallerSource {
        rehearsal?.installer.map { .addresses(kernel: $0.kernel, ramdisk: $0.initrd) } ?? installer
    }
    /// The address of the installer's image for the drive of a node's BMC; nil for a node that boots from the network.
    ///
    /// - Parameter mac: from where its machine boots, by the design or a claim; nil where nobody says.
    /// - Throws: `BoatyardError`: `oob.parameters` for a node without a boot MAC, `netboot.missing` where there is no image.
    func installerImage(of node: BaremetalNode, mac: MACAddress?) throws(BoatyardError) -> String? {
        guard node.bootsFromMedia else { return nil }
        if let rehearsal, let image = rehearsal.installer?.image { return image }
        guard let mac else {
            throw BoatyardError(
                "oob.parameters",
                "Node \(node.name) has oob.boot media and no boot MAC, by which its installer is known; set metadata.boot_mac"
            )
        }
        let generations = netbootFolder.generations
        guard let current = generations.current, generations.hasMedia(current) else {
            throw BoatyardError(
                "netboot.missing",
                "Node \(node.name) boots from media, and the installer has no image for that; install xorriso and mtools, and "
                    + "run boatyard netboot build")
        }
        return nodeURL() + netbootFolder.location(ofMediaFor: mac, in: current)
    }
    /// Whether only machines whose serial or UUID the design names become nodes (`docs/reference/node-protocol.md` 2.7.1).
    package var pinsMachines = false
    /// Whether the disks of a machine that is destroyed erase themselves where they can (`docs/reference/node-protocol.md` 6.21).
    package var erasesSecurely = false
    /// Whether designs and assets may be read from `file:` references. Never in production: they read any file that the
    /// daemon can read.
    package var allowsFileReferences = false
    /// Sets the labels of a Kubernetes node; `labels` is an object of texts. Nil where no Promenade is configured.
    package var setLabels: (@Sendable (_ node: String, _ labels: Value) async throws -> Void)?
    /// Whether the consoles of machines are captured while they are at work, and kept.
    package var capturesConsoles = false
    /// The addresses of simulated BMCs and hosts; nil outside of a rehearsal.
    package var rehearsal: RehearsalMap?
    /// How long everything may take.
    package var timeouts: Timeouts
    /// The seconds between two looks at the power of a machine that is being installed. In a rehearsal it is at most
    /// one, as simulated machines switch at once.
    var presentPowerWatch: Double { rehearsal == nil ? timeouts.powerWatch : min(timeouts.powerWatch, 1) }
    /// How long something has to be heard of a machine that was told to boot from the network. In a rehearsal it is at most
    /// half a minute, as simulated machines start at once.
    var presentNetworkBoot: Double { rehearsal == nil ? timeouts.networkBoot : min(timeouts.networkBoot, 30) }
    /// In seconds: the shortest time between two looks at the power of a node in the background; nil looks at none.
    package var sweepInterval: Double?
    /// In seconds: how old what was last seen of the power of a node may be before it is shown as out of date.
    var sightLimit: Double { max(600, (sweepInterval ?? 0) * SweepSchedule.patience * 1.5) }
    /// How often a machine is told to boot from the network before it fails (`docs/reference/drydock.md` §13.22).
    package var networkBoots = 2
    /// How often a subtask that failed is tried again (`docs/reference/drydock.md` §11).
    package var retries = 3
    /// How many nodes a task works on at the same time.
    package var parallelNodes = 64
    /// How many top-level tasks are carried out, or wait for their nodes, at the same time. Others wait for their turn.
    package var parallelTasks = 64

    package init(
        stateDirectory: String, nodeURL: @escaping @Sendable () -> String,
        internalURL: @escaping @Sendable () -> String, timeouts: Timeouts
    ) {
        self.stateDirectory = stateDirectory
        self.nodeURL = nodeURL
        self.internalURL = internalURL
        self.timeouts = timeouts
    }

    /// Deadlines in seconds (`docs/reference/drydock.md` §19).
    package struct Timeouts: Sendable, Hashable {
        /// For a network boot, a power cycle, or a look at the power.
        package var drydock: Double
        /// For the inventory of a node, from the creation of `identify_node`.
        package var identifyNode: Double
        /// For commissioning a machine.
        package var configureHardware: Double
        /// For one try to install a machine.
        package var deployNode: Double
        /// From the end of the installations to the signals of all boot actions.
        package var bootActionFinalStatus: Double
        /// For erasing the disks of a machine.
        package var destroyNode: Double
        /// How long an installer may be silent before it counts as gone. It asks for its plan every minute.
        package var installerSilence = 150.0
        /// From the power cycle of a machine that was told to boot from the network to the first that is heard of it. Firmware
        /// of large machines takes minutes.
        package var networkBoot = 480.0
        /// From the power cycle to the first request of the installer. The machine is cycled again after that.
        package var installerBoot = 600.0
        /// How long the console of an installed system that has shown a panic or an emergency shell is silent before the
        /// installation counts as failed.
        package var standstill = 300.0
        /// The least time that is left to a wait after a restart of the daemon, as machines could not reach it
        /// meanwhile.
        package var resumeGrace = 300.0
        /// The time between two looks at the power of a machine that is being installed.
        package var powerWatch = 60.0
        /// For one try to fetch a design or an asset, from the connection to the last byte.
        package var read = 300.0
        /// For a quick test of a machine's hardware, from the start of its installer to its report.
        package var quickTest = 900.0
        /// For a full one.
        package var fullTest = 2700.0
        /// The pauses before the second and the third try to fetch a design or an asset.
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
