import Glibc
import Logging
import MessageCatalog
import Primitives
import SiteDesign

/// Keeps DHCP and TFTP at the committed site design: renders it, hands it over to root, and tells how it went
/// (`docs/reference/netboot.md` §5).
package actor DHCPService {
    /// The design that is committed.
    package struct Design: Sendable {
        /// Equal for equal designs.
        package var revision: Int
        /// Compiles it; called when the revision is another one than before.
        package var site: @Sendable () async throws -> EffectiveSite

        package init(revision: Int, site: @escaping @Sendable () async throws -> EffectiveSite) {
            self.revision = revision
            self.site = site
        }
    }

    /// What the service is built from.
    package struct Dependencies: Sendable {
        package var settings: DHCPServerSettings
        /// Where the configuration is handed over.
        package var folder: DHCPFolder
        /// What dnsmasq reads, with root's answers.
        package var active: DHCPFolder
        /// The folder of the boot programs.
        package var programs: String
        /// The address of the listener `node` as machines reach it.
        package var nodeURL: @Sendable () -> String
        /// Nil while nothing is committed.
        package var committed: @Sendable () async throws -> Design?
        /// The IPv4 networks of an interface; nil where there is no such interface.
        package var interfaceNetworks: @Sendable (String) -> [IPv4Network]? = { HostInterface.networks(of: $0) }
        package var logger: Logger
        package var now: @Sendable () -> Timestamp = { .now() }

        package init(
            settings: DHCPServerSettings, folder: DHCPFolder, active: DHCPFolder, programs: String,
            nodeURL: @escaping @Sendable () -> String, committed: @escaping @Sendable () async throws -> Design?,
            logger: Logger
        ) {
            self.settings = settings
            self.folder = folder
            self.active = active
            self.programs = programs
            self.nodeURL = nodeURL
            self.committed = committed
            self.logger = logger
        }
    }

    /// What a configuration follows from, but for the settings.
    private struct Source: Hashable {
        var revision: Int?
        var nodeURL: String
        var programs: Set<String>
        var networks: [IPv4Network]?
    }

    private let dependencies: Dependencies
    private let notifier = Notifier<Anything>()
    /// What is seen of machines, for their timelines.
    package nonisolated let events = NetbootEvents()
    private var sightings: Sightings
    private var site: (revision: Int, site: EffectiveSite)?
    private var source: Source?
    /// Why nobody is answered, although a configuration is in use.
    private var obstacle: String?
    private var written: DHCPConfiguration?
    /// What was asked last, until it is answered.
    private var request: (id: ULID, time: Timestamp)?
    /// When it was asked again last.
    private var repeated: Timestamp?
    private var current: DHCPStatus

    /// In seconds: how long root may take before somebody should look after it.
    private static let patience = 30.0

    package init(_ dependencies: Dependencies) {
        self.dependencies = dependencies
        current = DHCPStatus(settings: dependencies.settings)
        sightings = Sightings(settings: dependencies.settings, now: dependencies.now, logger: dependencies.logger)
    }

    /// Has the service look whether anything has changed.
    package nonisolated func notify() { notifier.notify() }

    /// Follows the committed design. Returns at cancellation.
    package func run() async {
        while !Task.isCancelled {
            let seen = notifier.count
            await look()
            do {
                // However much happens, the design is looked at once a second at most.
                try await Task.sleep(for: .seconds(1))
                try await notifier.wait(for: .anything, after: seen, atMost: request == nil ? 15 : 1)
            } catch {
                return
            }
        }
    }

    /// Takes what the programs beside dnsmasq tell.
    package func receive(_ message: DHCPEventMessage) {
        if message == .taken { return notifier.notify() }
        if let event = sightings.receive(message) { events.tell(event) }
    }

    /// The leases that have not ended, in the order of their addresses.
    package func leases() -> [DHCPLease] { sightings.leases }

    package func status() -> DHCPStatus {
        var status = current
        // What is in use is of no use there, however well it was taken over.
        if let obstacle, [.active, .pending].contains(status.state) {
            status.state = .refused
            status.message = obstacle
        }
        status.others = sightings.others
        if status.nodeURL.isEmpty { status.nodeURL = dependencies.nodeURL() }
        status.programs = Self.programs(in: dependencies.programs).sorted()
        return status
    }

    /// What keeps machines from being answered as the committed design says, a sentence each; empty where nothing does.
    package func problems() -> [String] {
        let status = status()
        return status.state == .refused ? ["DHCP: \(status.message)"] : []
    }

    /// In seconds: how long `settled` takes at most.
    package static let longestSettling = patience + 5

    /// How it stands once root has answered what is committed now, or has not for `longestSettling`. At cancellation as it is.
    package func settled() async -> DHCPStatus {
        let clock = ContinuousClock()
        let end = clock.now.advanced(by: .seconds(Self.longestSettling))
        var seen = notifier.count
        await look()
        while current.state == .pending, clock.now < end {
            do {
                try await notifier.wait(for: .anything, after: seen, atMost: 1)
            } catch {
                break
            }
            seen = notifier.count
            await look()
        }
        return status()
    }

    /// Looks once: renders what is new, hands it over, and reads what has become of it.
    package func look() async {
        do {
            try await render()
        } catch let error as any TypedError {
            refuse(error.message)
        } catch {
            refuse("\(error)")
        }
        readReport()
    }

    private func render() async throws {
        guard let interface = dependencies.settings.interface else { return try clear() }
        let design = try await dependencies.committed()
        let present = Source(
            revision: design?.revision, nodeURL: dependencies.nodeURL(),
            programs: Self.programs(in: dependencies.programs),
            networks: dependencies.interfaceNetworks(interface))
        guard present != source else { return }
        note(Self.obstacle(interface, present.networks))
        guard let design else {
            current.state = .waiting
            current.message = "nothing is committed"
            source = present
            return
        }
        if site?.revision != design.revision { site = (design.revision, try await design.site()) }
        guard let site = site?.site else { return }
        let configuration = try DHCPConfiguration(
            site: site, settings: dependencies.settings, interface: interface, nodeURL: present.nodeURL,
            programs: present.programs)
        try write(configuration)
        try writeGRUB(site, present)
        source = present
        sightings.know(site)
        current.revision = design.revision
        current.nodeURL = present.nodeURL
        current.machines = configuration.hosts.count
        current.remarks = remarks(interface, present.networks, in: site) + configuration.remarks
    }

    private static func programs(in folder: String) -> Set<String> { Set(FolderContents.names(in: folder) ?? []) }

    /// Nobody is to be answered. Where nothing is left of another time, nothing is done.
    private func clear() throws {
        guard source == nil else { return }
        source = Source(revision: nil, nodeURL: "", programs: [], networks: nil)
        note(nil)
        guard FolderContents.isFolder(dependencies.folder.path) else { return }
        if try !dependencies.folder.write(nil, over: nil).isEmpty { try ask() }
    }

    private func write(_ configuration: DHCPConfiguration) throws {
        let change: DHCPFolder.Change
        do {
            change = try dependencies.folder.write(configuration, over: written)
        } catch {
            // Which of the files were written is not known any more.
            written = nil
            throw error
        }
        let isFirst = written == nil
        written = configuration
        // At the start, and after an error, root may have something else in use than lies here.
        guard isFirst || !change.isEmpty || current.state == .refused else { return }
        try ask()
        dependencies.logger.info(
            .dhcpWritten,
            "DHCP configuration written",
            metadata: [
                "added": "\(change.added.count)", "edited": "\(change.edited.count)",
                "removed": "\(change.removed.count)", "settings": "\(change.isMainChanged)",
            ])
    }

    /// An installer that is new lacks it.
    private func writeGRUB(_ site: EffectiveSite, _ source: Source) throws {
        guard dependencies.settings.usesSecureBoot, source.programs.contains("grub") else { return }
        let text = Array(try GRUBSiteFile.text(nodeURL: source.nodeURL, site: site).utf8)
        let path = "\(dependencies.programs)/\(GRUBSiteFile.path)"
        guard (try? FileContents.read(path, limit: 8 << 20, takesOthers: false)) != text else { return }
        // dnsmasq is another user, whatever mask the daemon has.
        try DHCPFolder.put(text, at: path)
    }

    private func ask() throws {
        let id = ULID()
        try dependencies.folder.ask(id)
        request = (id, dependencies.now())
        repeated = nil
        current.state = .pending
        current.message = "written, and not taken over yet"
    }

    /// Root takes the request away before it works on it, and may have been ended since. What it finds the second time is the
    /// same, so that nothing is done twice.
    private func askAgain(_ id: ULID) {
        let folder = dependencies.folder
        let seconds = repeated.map { dependencies.now().seconds(since: $0) } ?? Self.patience
        guard abs(seconds) >= Self.patience, access(folder.request, F_OK) != 0 else { return }
        repeated = dependencies.now()
        do throws(BoatyardError) {
            try folder.ask(id)
        } catch {
            dependencies.logger.error(.dhcpFailed, "DHCP: \(error.message)")
        }
    }

    private func readReport() {
        guard let request else { return }
        guard let report = DHCPActivationReport.newest(in: dependencies.active),
            report.request == request.id.description
        else {
            let seconds = dependencies.now().seconds(since: request.time)
            if seconds > Self.patience || seconds < -Self.patience {
                askAgain(request.id)
                refuse(
                    "the configuration has not been taken over for \(Int(Self.patience)) seconds. Look at systemctl status "
                        + "boatyard-dhcp-apply.path boatyard-dhcp-apply.service")
            }
            return
        }
        self.request = nil
        switch report.state {
        case .active, .stopped:
            current.state = report.state == .active ? .active : .off
            current.message = report.message
            dependencies.logger.notice(
                .dhcpInUse,
                "DHCP configuration in use: \(report.message)",
                metadata: current.revision.map { ["revision": "\($0)"] } ?? [:])
        case .refused:
            refuse(report.message)
        }
    }

    /// The last good configuration stays in use.
    private func refuse(_ why: String) {
        guard current.state != .refused || current.message != why else { return }
        current.state = .refused
        current.message = why
        dependencies.logger.error(.dhcpRefused, "DHCP: what is committed is not in use: \(why)")
    }

    /// Why nobody on the interface is answered, whatever the configuration; nil where nothing stands in the way.
    private static func obstacle(_ interface: String, _ networks: [IPv4Network]?) -> String? {
        guard let networks else {
            let names = HostInterface.names
            let known = names.isEmpty ? "" : ": there are \(names.joined(separator: ", "))"
            return "there is no interface \(interface) on this host; correct netboot.interface\(known)"
        }
        guard networks.isEmpty else { return nil }
        return
            "the interface \(interface) has no IPv4 address, so that nobody on its wire is answered; give it one, or correct "
            + "netboot.interface"
    }

    private func note(_ obstacle: String?) {
        guard obstacle != self.obstacle else { return }
        self.obstacle = obstacle
        if let obstacle {
            dependencies.logger.error(.dhcpObstructed, "DHCP: \(obstacle)")
        } else {
            dependencies.logger.notice(.dhcpUnobstructed, "DHCP: the interface is there, with an address")
        }
    }

    private func remarks(_ interface: String, _ networks: [IPv4Network]?, in site: EffectiveSite) -> [String] {
        guard let networks, !networks.isEmpty, dependencies.settings.mode != .off else { return [] }
        let served = ProvisioningNetwork.all(in: site)
        guard !served.contains(where: { network in networks.contains { network.subnet.contains($0.address) } }) else {
            return []
        }
        let names = served.map { "\($0.name) \($0.subnet)" }.joined(separator: ", ")
        return [
            "\(interface) has \(networks.map(\.description).joined(separator: ", ")), which is in none of the networks with "
                + "DHCP (\(names.isEmpty ? "there are none" : names)): only requests of relays are answered."
        ]
    }
}
