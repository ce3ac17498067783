import Drydock
import Logging
import MessageCatalog
import Netboot
import Primitives
import Settings
import Shipyard
import SystemSupport

/// DHCP and TFTP as a part of the daemon: follows the committed design, and hears what happens on the wire.
struct DaemonDHCP: Sendable {
    let service: DHCPService
    private let settings: DHCPServerSettings
    private let shipyard: ShipyardService
    private let drydock: DrydockService
    /// A socket that systemd has bound; nil where it has not.
    private let socket: CInt?
    private let socketPath: String
    private let logger: Logger

    init(
        settings: Settings, netbootFolder: NetbootFolder, runtimeFolder: String, addresses: BoundAddresses,
        shipyard: ShipyardService, drydock: DrydockService, socket: CInt?, logger: Logger
    ) {
        self.settings = DHCPServerSettings(settings.netboot)
        self.shipyard = shipyard
        self.drydock = drydock
        self.socket = socket
        self.logger = logger
        socketPath = "\(runtimeFolder)/dhcp-events.sock"
        service = DHCPService(
            .init(
                settings: self.settings, folder: DHCPFolder("\(runtimeFolder)/dhcp"),
                active: DHCPFolder("\(runtimeFolder)/dhcp-active"), programs: netbootFolder.bootPrograms,
                nodeURL: { addresses.node },
                committed: {
                    guard let revision = try await shipyard.committedRevision() else { return nil }
                    return .init(revision: revision) { try await drydock.site(revision: revision) }
                }, logger: logger))
    }

    /// Returns at cancellation.
    func run() async {
        await withTaskGroup { group in
            group.addTask { await service.run() }
            group.addTask { await shipyard.followEvents { service.notify() } }
            group.addTask { await hear() }
            group.addTask { await record() }
        }
    }

    /// The leases that have not ended, as clients get them.
    func leases() async throws -> Value {
        let committed = try await shipyard.committedRevision()
        return .array(try await drydock.leases(await service.leases(), committed: committed).map(\.value))
    }

    /// What is seen on the wire stands in the timelines of machines.
    private func record() async {
        for await event in service.events.follow() {
            do {
                try await drydock.note(event)
            } catch {
                logger.warning(
                    .dhcpEventUnrecorded,
                    "an event of DHCP could not be recorded: \(error.inWords)", metadata: ["mac": "\(event.mac)"])
            }
        }
    }

    private func hear() async {
        guard let descriptor = socket ?? bind() else { return }
        guard let messages = DHCPEventSocket.messages(descriptor) else {
            return logger.error(.dhcpUnheard, "what DHCP tells cannot be heard: the system grants no thread")
        }
        for await message in messages { await service.receive(message) }
    }

    /// Without systemd, as in trials. Nobody tells anything where no interface is named.
    private func bind() -> CInt? {
        guard settings.interface != nil else { return nil }
        do {
            return try UnixSocket.bind(path: socketPath, group: nil, kind: .datagrams)
        } catch {
            logger.warning(.dhcpUnheard, "what DHCP tells cannot be heard: \(error)")
            return nil
        }
    }
}

extension DHCPServerSettings {
    init(_ settings: Settings.Netboot) {
        let mode: DHCPMode =
            switch settings.mode {
            case .authoritative: .authoritative
            case .proxy: .proxy
            case .off: .off
            }
        self.init(
            mode: mode, interface: settings.interface,
            uefiProgram: settings.uefiProgram == .ipxe ? .ipxe : .snponly, usesSecureBoot: settings.secureBoot,
            announcesRouters: settings.routerAdvertisements)
    }
}
