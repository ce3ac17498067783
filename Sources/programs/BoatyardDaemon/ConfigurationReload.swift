import API
import Glibc
import Identity
import Listeners
import Logging
import MessageCatalog
import Primitives
import ServiceLifecycle
import Settings
import SystemSupport
import UnixSignals

/// Reads configuration, policy and certificates anew while the daemon runs.
///
/// All of it is read and checked before any of it is used: where something is wrong, everything stays as it was. Connections
/// that stand are not touched.
actor ConfigurationReload {
    /// Those that hold now. What takes effect only at a start is not in them before it.
    private(set) var settings: Settings
    nonisolated let policy: LivePolicy
    private let listeners: HTTPListeners
    private let threshold: LogThreshold
    private let logger: Logger
    private let load: @Sendable () throws -> Settings
    /// What was read last, with what waits for the next start.
    private var read: Settings
    /// The files of TLS as they were when they were read last.
    private var files: [FileState]
    /// The same when it was found that they do not fit together; nil where they do.
    private var unusable: [FileState]?

    /// How often the files of TLS are looked at.
    private static let interval = Duration.seconds(60)

    /// - Parameters:
    ///   - settings: those that the daemon has started with.
    ///   - load: reads them anew.
    /// - Throws: `BoatyardError` `policy_unusable`.
    init(
        _ settings: Settings, listeners: HTTPListeners, threshold: LogThreshold, logger: Logger,
        load: @escaping @Sendable () throws -> Settings
    ) throws {
        self.settings = settings
        read = settings
        policy = LivePolicy(try LivePolicy.load(settings.identity))
        self.listeners = listeners
        self.threshold = threshold
        self.logger = logger
        self.load = load
        files = Self.states(settings.listeners.api.tls)
    }

    /// Reads everything anew.
    ///
    /// - Returns: `{"applied": [name…], "at_restart": [name…]}`: what has changed since the last time, by the names of the settings;
    ///   `identity.policy` and `listeners.api.tls` also where only the files that they name have changed.
    /// - Throws: `BoatyardError` `reload.refused` with what is wrong, and where; nothing has changed then.
    func reload() throws -> Value {
        let new: Settings
        let engine: PolicyEngine
        let tls: HTTPListeners.PreparedTLS?
        do {
            new = try load()
            engine = try LivePolicy.load(new.identity)
            tls = try new.listeners.api.tls.map { try HTTPListeners.prepare(TLSFiles($0)) }
        } catch {
            logger.error(.configurationRefused, "the configuration was read anew, and is not used: \(error.inWords)")
            throw BoatyardError(
                "reload.refused", "\(error.inWords). Nothing has changed: the daemon goes on as it was.",
                kind: .conflict)
        }
        let changes = new.changes(from: read)
        // Whether a listener has TLS at all is decided where it is bound.
        let hasTLS = settings.listeners.api.tls != nil
        var applied = changes.filter { Self.isLive($0, hasTLS: hasTLS && tls != nil) }
        let late = new.changes(from: settings).filter { !Self.isLive($0, hasTLS: hasTLS && tls != nil) }
        if engine != policy.engine {
            policy.replace(with: engine)
            if !applied.contains("identity.policy") { applied.append("identity.policy") }
        }
        let states = Self.states(new.listeners.api.tls)
        if hasTLS, let tls {
            listeners.use(tls, for: .api)
            if states != files, !applied.contains(where: { $0.hasPrefix("listeners.api.tls") }) {
                applied.append("listeners.api.tls")
            }
            settings.listeners.api.tls = new.listeners.api.tls
        }
        files = states
        unusable = nil
        threshold.level = Logger.Level(new.logLevel)
        settings.logLevel = new.logLevel
        settings.retention = new.retention
        settings.identity.policy = new.identity.policy
        for name in settings.changes(from: new) where Self.isLive(name, hasTLS: hasTLS && tls != nil) {
            settings.written[name] = new.written[name]
        }
        read = new
        applied.sort()
        logger.notice(
            .configurationRead,
            "the configuration was read anew",
            metadata: ["applied": "\(Self.list(applied))", "at_restart": "\(Self.list(late))"])
        return ["applied": Value(applied), "at_restart": Value(late)]
    }

    /// What runs beside the listeners.
    ///
    /// - Parameter handlesSignal: whether SIGHUP has everything read anew.
    nonisolated func services(handlesSignal: Bool) -> [any Service] {
        let watching = BackgroundService { await self.watchCertificate() }
        guard handlesSignal else { return [watching] }
        return [watching, BackgroundService { await self.handleSignal() }]
    }

    private func handleSignal() async {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals { _ = try? reload() }
    }

    /// Certificates are renewed by programs that know nothing of this one.
    private func watchCertificate() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            lookAtCertificate()
        }
    }

    /// Takes over files of TLS that have changed, once they fit together: they are replaced one after the other.
    func lookAtCertificate() {
        guard let tls = settings.listeners.api.tls else { return }
        let states = Self.states(tls)
        guard states != files else { return }
        do {
            listeners.use(try HTTPListeners.prepare(TLSFiles(tls)), for: .api)
            files = states
            unusable = nil
            logger.notice(
                .certificateReplaced, "the certificate of the API was replaced",
                metadata: ["file": "\(tls.certificate)"])
        } catch {
            // Told once they have stayed so from one look to the next, and once for each change.
            if unusable == states {
                files = states
                logger.error(
                    .certificateRefused, "the certificate of the API has changed, and is not used: \(error.inWords)")
            } else {
                unusable = states
            }
        }
    }

    /// Whether a setting takes effect without a restart.
    private static func isLive(_ name: String, hasTLS: Bool) -> Bool {
        name == "log.level" || name == "identity.policy" || name.hasPrefix("retention.")
            || (hasTLS && name.hasPrefix("listeners.api.tls."))
    }

    private static func list(_ names: [String]) -> String { names.isEmpty ? "nothing" : names.joined(separator: ", ") }

    /// What tells one content of a file from another without reading it.
    private struct FileState: Hashable {
        var inode: UInt64 = 0
        var size = 0
        var seconds = 0
        var nanoseconds = 0
    }

    private static func states(_ tls: Settings.TLS?) -> [FileState] {
        guard let tls else { return [] }
        return [tls.certificate, tls.key, tls.clientAuthorities].map { path in
            var status = stat()
            guard let path, stat(path, &status) == 0 else { return FileState() }
            return FileState(
                inode: UInt64(status.st_ino), size: status.st_size, seconds: status.st_mtim.tv_sec,
                nanoseconds: status.st_mtim.tv_nsec)
        }
    }
}

extension TLSFiles {
    init(_ settings: Settings.TLS) {
        self.init(
            certificate: settings.certificate, key: settings.key, clientAuthorities: settings.clientAuthorities)
    }
}

extension Logger.Level {
    init(_ level: Settings.LogLevel) { self = Logger.Level(rawValue: level.rawValue) ?? .info }
}
