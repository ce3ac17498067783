import API
import Glibc
import Listeners
import Logging
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
        let logger = makeLogger(settings)
        let descriptors = try ListenDescriptors.take(ListenerPlan.descriptorFamilies)
        let isTemporary = options.ephemeral && options.stateDirectory == nil
        let state = try DaemonState.open(
            path: isTemporary ? nil : settings.stateDirectory, isKept: options.keep)
        defer { state.clear() }
        try await serve(settings, state.directory, rehearsal, descriptors, logger)
    }

    private func serve(
        _ settings: Settings, _ state: StateDirectory, _ rehearsal: RehearsalMap?, _ descriptors: ListenDescriptors,
        _ logger: Logger
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
        do {
            services = try await DaemonServices(
                settings: settings, state: state, rehearsal: rehearsal, addresses: addresses,
                // A trial must not get in the way of the host's own daemon.
                runtimeFolder: options.ephemeral ? state.path : settings.listeners.admin.folder,
                dhcpEvents: descriptors.sockets[ListenerPlan.dhcpEvents]?.first, logger: logger)
            table = try RouteTable(controllers: services.controllers, access: services.access)
        } catch {
            await listeners.abandon()
            throw error
        }
        // They stop in reverse: first nobody comes in any more, then what runs is put down.
        var configuration = ServiceGroupConfiguration(
            services: services.running + [
                Liveness(database: services.database),
                listeners.service(table) { announce(addresses, state) }, Stopping(life: services.life, logger: logger),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        configuration.maximumGracefulShutdownDuration = .seconds(8)
        try await ServiceGroup(configuration: configuration).run()
        await services.database.close()
        logger.notice("stopped")
    }

    private func loadSettings() throws -> Settings {
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

    private func makeLogger(_ settings: Settings) -> Logger {
        let level = Logger.Level(rawValue: settings.logLevel.rawValue) ?? .info
        let destination = LogDestination.detect()
        LoggingSystem.bootstrap { _ in SystemLog(identifier: "boatyardd", destination: destination, level: level) }
        return Logger(label: "boatyardd")
    }

    /// Said once every listener answers.
    private func announce(_ addresses: BoundAddresses, _ state: StateDirectory) {
        ServiceNotifier.ready(status: "serving \(addresses.text(.api))")
        guard options.ephemeral else { return }
        let line: Value = [
            "api": .string(addresses.text(.api)), "node": .string(addresses.text(.node)),
            "socket": .string(addresses.text(.admin)), "state": .string(state.path),
        ]
        StandardStreams.output(line.json(.compact) + "\n")
    }
}
