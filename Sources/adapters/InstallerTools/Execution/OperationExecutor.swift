import Glibc
import Installation
import OutboundHTTP
import Primitives

/// Carries out the operations of an installation or erasure on this machine.
package actor OperationExecutor {
    private let target: TargetRoot
    private let log: InstallerLog
    private let facts: FactsReader
    private let token: Secret<String>
    private let bootDataKey: Secret<String>?
    private let ownProgram: String
    private let disks: DiskExecutor
    private let partitions: PartitionExecutor
    private let volumes: VolumeExecutor
    private let images: ImageExecutor
    private let system: SystemExecutor
    private let loaders: BootLoaderExecutor
    private let bootData: BootDataExecutor

    /// - Parameters:
    ///   - target: where the new system is mounted.
    ///   - token: for the report of the installed system.
    ///   - bootDataKey: of the plan.
    ///   - ownProgram: the agent's own file, which goes into the new system.
    package init(
        target: TargetRoot, client: OutboundClient, token: Secret<String>, bootDataKey: Secret<String>?,
        ownProgram: String = "/proc/self/exe", log: InstallerLog
    ) {
        self.target = target
        self.log = log
        self.token = token
        self.bootDataKey = bootDataKey
        self.ownProgram = ownProgram
        facts = FactsReader()
        disks = DiskExecutor(facts: facts, log: log)
        partitions = PartitionExecutor(facts: facts)
        volumes = VolumeExecutor(nodes: DeviceNodes(system: SystemFiles()), target: target)
        images = ImageExecutor(target: target, client: client, log: log)
        system = SystemExecutor(target: target, facts: facts, log: log)
        loaders = BootLoaderExecutor(target: target, facts: facts, log: log)
        bootData = BootDataExecutor(target: target, client: client, system: system, log: log)
    }

    /// One for operations that need no plan of the daemon.
    static func forDisks(log: InstallerLog) -> OperationExecutor {
        OperationExecutor(
            target: TargetRoot(path: "/target"), client: NodeConnection.sharedClient, token: Secret(""),
            bootDataKey: nil,
            log: log)
    }

    /// Carries out one operation. What is there already as it describes it stays as it is.
    ///
    /// - Parameter sequence: of the next report; that of the installed system comes well after it.
    /// - Throws: `BoatyardError`, `CommandFailure`; `CancellationError`. Nothing is locked, and no program runs, afterwards.
    package func perform(_ operation: InstallationOperation, sequence: Int) async throws {
        do {
            try await lockAndCarryOut(operation, sequence)
        } catch {
            // Most that fails by a disk that loses what is written to it tells the effect alone.
            let isCause = error is CancellationError || (error as? BoatyardError)?.code == "disk.write"
            if !isCause { try target.synchronize(after: error) }
            throw error
        }
    }

    private func lockAndCarryOut(_ operation: InstallationOperation, _ sequence: Int) async throws {
        guard let disk = operation.lockedDisk else { return try await carryOut(operation, sequence) }
        // Devices are waited for before the lock is taken, because udev waits for the lock.
        let path = try await path(of: operation)
        let lock = try await DiskLock.take(disk)
        do {
            defer { lock.release() }
            try await carryOutLocked(operation, path)
        }
        switch operation.action {
        case .partition(let table): try await partitions.announce(table)
        default: try await Udev.settle()
        }
    }

    private func path(of operation: InstallationOperation) async throws -> String? {
        switch operation.action {
        case .format(let creation): try await volumes.nodes.path(of: creation.device)
        case .createPhysicalVolume(let creation): try await volumes.nodes.path(of: creation.device)
        default: nil
        }
    }

    private func carryOutLocked(_ operation: InstallationOperation, _ path: String?) async throws {
        switch operation.action {
        case .wipe(let wipe): try await disks.wipe(wipe)
        case .eraseSecurely(let erasure): try await ErasureExecutor(disks: disks, log: log).erase(erasure)
        case .partition(let table):
            try disks.check(table.disk)
            try await partitions.write(table)
        case .format(let creation): try await volumes.format(creation, at: path ?? creation.device.path)
        case .createPhysicalVolume(let creation):
            try await volumes.create(creation, at: path ?? creation.device.path)
        default: break
        }
    }

    private func carryOut(_ operation: InstallationOperation, _ sequence: Int) async throws {
        switch operation.action {
        case .report: break
        case .release(let release): try await disks.release(release)
        case .wipe, .eraseSecurely, .partition, .format, .createPhysicalVolume:
            try await carryOutLocked(operation, try await path(of: operation))
        case .createArray(let creation): try await volumes.create(creation)
        case .createVolumeGroup(let creation): try await volumes.create(creation)
        case .createLogicalVolume(let creation): try await volumes.create(creation)
        case .mount(let mount): try await volumes.mount(mount)
        case .unpackImage(let image): try await once(operation) { try await images.unpack(image) }
        case .write(let file): try target.write(file)
        case .addUser(let user): try await inTarget { try await system.add(user) }
        case .configureRepositories(let configuration): try system.configure(configuration)
        case .installPackages(let packages): try await inTarget { try await system.install(packages) }
        case .prepareInitramfs(let requirements):
            try await once(operation) { try await inTarget { try await system.prepare(requirements) } }
        case .configureBoot(let configuration): try system.configure(configuration)
        case .installBootLoader(let loader):
            try await once(operation) { try await inTarget { try await loaders.install(loader) } }
        case .unpackBootData(let archive):
            try await once(operation) { try await bootData.unpack(archive, key: bootDataKey) }
        case .enableUnits(let units): try await system.enable(units)
        case .installAgent(let report):
            // The installer's own reports between now and the restart are fewer.
            try await AgentExecutor(target: target).install(
                report, token: token, sequence: sequence + 16, from: ownProgram)
        case .unmountTarget:
            try target.synchronize()
            try await target.unmountAll()
            disks.flush()
        }
    }

    /// What cannot be seen to be done is noted in the new system, and not done twice.
    private func once(_ operation: InstallationOperation, _ body: () async throws -> Void) async throws {
        var progress = InstallationProgress(of: target)
        if progress.has(operation) { return log.write("'\(operation.name)' is done already") }
        try await body()
        try progress.note(operation)
    }

    /// With `/dev`, `/proc`, `/sys` and `/run` in the new system, also when it fails.
    private func inTarget(_ body: () async throws -> Void) async throws {
        try await target.borrowSystemFolders()
        do {
            try await body()
        } catch {
            do { try await target.returnSystemFolders() } catch let later {
                log.write("\(later)")
            }
            throw error
        }
        try await target.returnSystemFolders()
    }
}
