import API
import Audit
import Cryptography
import Deckhand
import Drydock
import Identity
import Listeners
import Logging
import MessageCatalog
import Netboot
import OutOfBand
import Primitives
import RehearsalMap
import ServiceLifecycle
import Settings
import Shipyard
import Store
import SystemSupport

/// The services and their controllers, wired.
struct DaemonServices {
    let database: Database
    let controllers: [any Controller]
    /// Who may call which route.
    let access: AccessControl
    /// What stands before the page.
    let page = PageAccess()
    /// What runs beside the listeners.
    let running: [any Service]
    let life: DaemonLife
    /// Learns of each request: the audit.
    let observer: RequestObserver

    /// Of all services and of the daemon itself.
    static let migrations =
        DeckhandSchema.migrations + DrydockMigration.all + IdentityMigration.all + ShipyardMigration.all
        + AuditMigration.all + [DaemonRecord.migration]

    /// - Parameters:
    ///   - rehearsal: what `--rehearsal-map` says.
    ///   - runtimeFolder: what lies in it is gone after the next boot of the host.
    ///   - dhcpEvents: the socket that systemd has bound for what DHCP tells; nil where it has not.
    ///   - reload: reads the configuration anew.
    ///   - counts: what the listeners have answered.
    init(
        settings: Settings, state: StateDirectory, rehearsal: RehearsalMap?, addresses: BoundAddresses,
        runtimeFolder: String, dhcpEvents: CInt?, reload: ConfigurationReload, counts: RequestCounts, logger: Logger
    ) async throws {
        let file = state.path + "/boatyard.db"
        try StateCheck.require(state, database: file)
        database = try Database.open(
            path: file,
            migrations: Self.migrations)
        let time = try await DaemonClock.start(database, logger)
        let now: @Sendable () -> Timestamp = { [clock = time.clock] in clock.now() }
        let (needsKey, checkValue) = try await database.read { connection in
            let needsKey = try KeyCheck.needsKey(
                connection, secrets: [DocumentService.holdsSecrets, DrydockService.holdsSecrets])
            return (needsKey, try KeyCheck.sealed(connection))
        }
        let found = try MasterKey.keys(state: state, mayMake: !needsKey) {
            KeyCheck.isSealed(checkValue, under: $0)
        }
        let keys = Keyring(found.current, previous: found.previous)
        let documents = try DocumentService(database: database, keys: keys)
        let identity = try DaemonIdentity(
            settings: settings, policy: reload.policy, database: database, addresses: addresses, logger: logger)
        let promenade = settings.components.promenade.map {
            HTTPComponent(name: "Promenade", endpoint: $0, token: identity.serviceToken)
        }
        var drydockConfiguration = DrydockConfiguration(
            settings, state: state, rehearsal: rehearsal, addresses: addresses)
        if let promenade {
            drydockConfiguration.setLabels = { try await promenade.setLabels($1, ofNode: $0) }
        }
        let events = EventLog(database: database)
        let bmcMemory = BMCMemory(key: { keys.current }, now: now)
        var drydockDependencies = DrydockDependencies(
            database: database, documents: documents, configuration: drydockConfiguration,
            outOfBand: OutOfBand(
                settings.outOfBand, rehearsal: rehearsal, memory: bmcMemory, now: now, logger: logger),
            keys: keys, logger: logger, now: now)
        drydockDependencies.serviceToken = identity.serviceToken
        drydockDependencies.listener = events.taskListener
        drydockDependencies.bmcMemory = bmcMemory
        let drydock = DrydockService(drydockDependencies)
        try await drydock.loadBMCs()
        var shipyardDependencies = ShipyardDependencies(
            database: database, documents: documents, provisioner: drydock,
            deckhandEndpoint: addresses.api + "/api/v1.0", logFolder: try state.directory("logs"),
            versionOnCreate: settings.validations.deploymentVersionCreate.severity,
            versionOnCommit: settings.validations.deploymentVersionCommit.severity,
            deploysGroupsConcurrently: settings.deployment.deploysGroupsConcurrently, logger: logger)
        shipyardDependencies.armada = settings.components.armada.map {
            ArmadaClient(endpoint: $0, token: identity.serviceToken)
        }
        shipyardDependencies.promenade = promenade
        shipyardDependencies.events = events
        shipyardDependencies.now = now
        let shipyard = ShipyardService(shipyardDependencies)
        documents.keepDocuments(while: ShipyardService.openAction)
        documents.keepDocuments(while: DrydockService.openTask)
        let keyCheck = KeyCheck(
            keys: keys, probes: [{ try documents.probeSecret($0) }, { try drydock.probeSecret($0) }])
        try await keyCheck.verify(database, place: MasterKey.place(state: state))
        await Self.sealAddresses(drydock, logger)
        let rotation = MasterKeyRotation(
            state: state, keys: keys, database: database, logger: logger,
            renewals: [
                { try documents.renewSecrets($0) }, { try drydock.renewSecrets($0) }, { try keyCheck.renew($0) },
            ],
            files: { try drydock.renewArchives() },
            space: { connection in
                let secrets = try documents.spaceForRenewal(connection) + drydock.spaceForRenewal(connection)
                return try min(secrets, connection.size()) + drydock.spaceForArchives()
            })
        let backups = Backups(state: state, database: database, keys: keys, logger: logger, now: now)
        access = identity.access
        let health = DatabaseHealth(database)
        let dhcp = DaemonDHCP(
            settings: settings, netbootFolder: drydockConfiguration.netbootFolder, runtimeFolder: runtimeFolder,
            addresses: addresses, shipyard: shipyard, drydock: drydock, socket: dhcpEvents, logger: logger)
        drydock.lookAtDHCP { [service = dhcp.service] in await service.settled() }
        let audit = AuditTrail(database: database, logger: logger, now: now)
        observer = AuditController.record(audit)
        let metrics = DaemonMetrics(
            drydock: drydock, shipyard: shipyard, audit: audit, database: database, counts: counts,
            state: state, problems: { await health.problems() + dhcp.service.problems() })
        let described: [any Controller] =
            [
                ShipyardController(service: shipyard, health: { await health.problems() + dhcp.service.problems() }),
                DeckhandController(documents),
                DrydockController(service: drydock, committedRevision: { try await shipyard.committedRevision() }),
                NodeController(service: drydock),
                LocalController(
                    rotateMasterKey: { try await rotation.rotate() }, dhcpStatus: { await dhcp.service.status().value },
                    dhcpLeases: { try await dhcp.leases() },
                    makeBackup: { try await backups.make(keeping: $0) }, listBackups: { try await backups.list() },
                    reload: { try await reload.reload() }),
                AuditController(audit), MetricsController { await metrics.text() },
                PageController(sessions: identity.sessions, access: page),
            ] + identity.controllers
        controllers = described + [OpenAPIController(describing: described)]
        let retention = Retention(
            settings: { await reload.settings.retention }, drydock: drydock, shipyard: shipyard, audit: audit,
            logger: logger)
        let life = DaemonLife(database: database, clock: time, logger: logger) {
            try await drydock.endRepeatedTasks()
            try await shipyard.endRepeatedSteps()
        }
        self.life = life
        running =
            identity.running + [
                BackgroundService { try? await life.run() },
                BackgroundService { await health.watch(logger) },
                BackgroundService { await dhcp.run() },
                BackgroundService {
                    await life.begin()
                    try await drydock.run()
                },
                BackgroundService {
                    await life.begin()
                    try await shipyard.run()
                },
                BackgroundService {
                    await rotation.resume(found)
                    try await retention.run()
                },
            ]
    }

    /// A disk that takes no writes keeps nobody from reading: the next start seals them.
    private static func sealAddresses(_ drydock: DrydockService, _ logger: Logger) async {
        do {
            let count = try await drydock.sealAddresses()
            if count > 0 {
                logger.notice(
                    .credentialsSealed, "credentials in addresses of designs are sealed",
                    metadata: ["count": "\(count)"])
            }
        } catch {
            logger.error(
                .credentialsNotSealed, "credentials in addresses of designs could not be sealed",
                metadata: ["error": "\(error)"])
        }
    }
}

extension DrydockConfiguration {
    init(_ settings: Settings, state: StateDirectory, rehearsal: RehearsalMap?, addresses: BoundAddresses) {
        self.init(
            stateDirectory: state.path, nodeURL: { addresses.node }, internalURL: { addresses.api + "/api/v1.0" },
            timeouts: Timeouts(settings.timeouts))
        self.rehearsal = rehearsal
        sweepInterval = settings.outOfBand.sweep ? settings.outOfBand.sweepInterval : nil
        networkBoots = settings.outOfBand.networkBoots
        parallelTasks = settings.tasks.parallel
        parallelNodes = settings.tasks.parallelNodes
        pinsMachines = settings.netboot.pin
        erasesSecurely = settings.netboot.erasure == .secure
        capturesConsoles = settings.outOfBand.console
        if let own = settings.installer {
            installer = .addresses(kernel: own.kernel, ramdisk: own.ramdisk)
        }
    }
}

extension DrydockConfiguration.Timeouts {
    init(_ settings: Settings.Timeouts) {
        self.init(
            drydock: settings.drydock * 60, identifyNode: settings.identifyNode * 60,
            configureHardware: settings.configureHardware * 60, deployNode: settings.deployNode * 60,
            bootActionFinalStatus: settings.bootActionFinalStatus * 60, destroyNode: settings.destroyNode * 60)
        networkBoot = settings.networkBoot * 60
    }
}
