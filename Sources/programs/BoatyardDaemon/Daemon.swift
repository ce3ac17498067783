import API
import Glibc
import Listeners
import Logging
import MessageCatalog
import Primitives
import RehearsalMap
import ServiceLifecycle
import Settings
import Store
import SystemSupport
import UnixSignals

/// From options to a running daemon, and back.
struct Daemon {
    let options: Boatyardd

    func run() async throws {
        umask(0o077)
        signal(SIGPIPE, SIG_IGN)
        OpenFiles.raiseLimit()
        CoreFiles.forbid()
        let settings = try loadSettings()
        let rehearsal = try loadRehearsal()
        let (logger, threshold) = makeLogger(settings, .detect())
        let descriptors = try ListenDescriptors.take(ListenerPlan.descriptorFamilies)
        let isTemporary = options.ephemeral && options.stateDirectory == nil
        let state = try DaemonState.open(
            path: isTemporary ? nil : settings.stateDirectory, isKept: options.keep)
        defer { state.clear() }
        try await serve(settings, state.directory, rehearsal, descriptors, logger, threshold) {
            announce($0, state.directory)
        }
    }

    /// Serves inside of another program until the task is cancelled.
    ///
    /// - Parameter ready: gets the line that `--ephemeral` prints, once every listener answers.
    func runTrial(
        with rehearsal: RehearsalMap, log: LogDestination, ready: @escaping @Sendable (Value) -> Void
    ) async throws {
        signal(SIGPIPE, SIG_IGN)
        let settings = try loadSettings()
        let state = try StateDirectory(path: settings.stateDirectory)
        let (logger, threshold) = makeLogger(settings, log)
        try await serve(
            settings, state, rehearsal, ListenDescriptors(sockets: [:]), logger, threshold, ownsProcess: false
        ) { ready(readyLine($0, state)) }
    }

    /// - Parameters:
    ///   - ownsProcess: whether signals end it, and with it the process.
    ///   - ready: called once every listener answers.
    private func serve(
        _ settings: Settings, _ state: StateDirectory, _ rehearsal: RehearsalMap?, _ descriptors: ListenDescriptors,
        _ logger: Logger, _ threshold: LogThreshold, ownsProcess: Bool = true,
        ready: @escaping @Sendable (BoundAddresses) -> Void
    ) async throws {
        let plan =
            options.ephemeral
            ? ListenerPlan.ephemeral(
                stateDirectory: state.path, isOpen: options.noAuthentication, group: settings.listeners.admin.group)
            : ListenerPlan.listeners(settings, descriptors: descriptors)
        let fitting = ListenerPlan.fit(plan, descriptors: ListenerPlan.openFiles)
        let listeners = try await HTTPListeners.bind(fitting, logger: logger)
        let addresses = BoundAddresses(listeners.addresses, settings)
        let services: DaemonServices
        let table: RouteTable
        let reload: ConfigurationReload
        do {
            reload = try ConfigurationReload(
                settings, listeners: listeners, threshold: threshold, logger: logger, load: loadSettings)
            services = try await DaemonServices(
                settings: settings, state: state, rehearsal: rehearsal, addresses: addresses,
                // A trial must not get in the way of the host's own daemon.
                runtimeFolder: options.ephemeral ? state.path : settings.listeners.admin.folder,
                dhcpEvents: descriptors.sockets[ListenerPlan.dhcpEvents]?.first, reload: reload,
                counts: listeners.counts, logger: logger)
            table = try RouteTable(controllers: services.controllers, access: services.access, page: services.page)
        } catch {
            await listeners.abandon()
            throw error
        }
        // They stop in reverse: first nobody comes in any more, then what runs is put down.
        var configuration = ServiceGroupConfiguration(
            services: services.running + reload.services(handlesSignal: ownsProcess && !options.ephemeral) + [
                Liveness(database: services.database),
                listeners.service(table, observer: services.observer) { ready(addresses) },
                Stopping(life: services.life, logger: logger, endsProcess: ownsProcess),
            ],
            gracefulShutdownSignals: ownsProcess ? endingSignals : [], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(8)
        let group = ServiceGroup(configuration: configuration)
        // In a task of its own, for one that is cancelled is not put down in order.
        let running = Task { try await group.run() }
        try await withTaskCancellationHandler {
            try await running.value
        } onCancel: {
            Task { await group.triggerGracefulShutdown() }
        }
        await services.database.close()
        logger.notice(.stopped, "stopped")
    }

    /// A daemon of `--ephemeral` ends with its terminal, and removes what it has made; another one reads its configuration anew.
    private var endingSignals: [UnixSignal] {
        [.sigterm, .sigint] + (options.ephemeral && !HangUp.isIgnored ? [.sighup] : [])
    }

    @Sendable private func loadSettings() throws -> Settings {
        let file = options.config ?? environment("BOATYARD_CONFIG")
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            let assignment = String(cString: text)
            if assignment.hasPrefix("BOATYARD_"), let equals = assignment.firstIndex(of: "=") {
                variables[String(assignment[..<equals])] = String(assignment[assignment.index(after: equals)...])
            }
            entry += 1
        }
        // A trial run is not to be surprised by the configuration of the host.
        let isRead = file != nil || !options.ephemeral
        var settings =
            isRead
            ? try Settings.load(file: file ?? Settings.defaultFile, isRequired: file != nil, environment: variables)
            : try Settings(file: "environment", bytes: [], environment: variables)
        settings.identity.isTrial = !isRead
        if let directory = options.stateDirectory { settings.stateDirectory = directory }
        return settings
    }

    private func loadRehearsal() throws -> RehearsalMap? {
        guard let file = options.rehearsalMap else { return nil }
        let bytes = try FileContents.read(file, limit: 16 << 20)
        let value: Value
        do {
            value = try Value(json: bytes)
        } catch {
            throw BoatyardError("rehearsal.map", "The rehearsal map \(file) is no JSON", cause: error)
        }
        return try RehearsalMap(value)
    }

    private func makeLogger(_ settings: Settings, _ destination: LogDestination) -> (Logger, LogThreshold) {
        let threshold = LogThreshold(Logger.Level(settings.logLevel))
        LoggingSystem.bootstrap { _ in
            SystemLog(identifier: "boatyardd", destination: destination, threshold: threshold)
        }
        return (Logger(label: "boatyardd"), threshold)
    }

    /// Said once every listener answers.
    private func announce(_ addresses: BoundAddresses, _ state: StateDirectory) {
        ServiceNotifier.ready(status: "serving \(addresses.text(.api))")
        if options.ephemeral { StandardStreams.output(readyLine(addresses, state).json(.compact) + "\n") }
    }

    private func readyLine(_ addresses: BoundAddresses, _ state: StateDirectory) -> Value {
        [
            "api": .string(addresses.text(.api)), "node": .string(addresses.text(.node)),
            "socket": .string(addresses.text(.admin)), "state": .string(state.path),
        ]
    }
}
