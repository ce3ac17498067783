import Logging
import MessageCatalog
import Primitives
import SiteDesign

/// What was seen of machines and servers on the provisioning network: journal, and events for timelines.
///
/// Whatever is said here came from the network: it is told, and nothing else follows from it. Tables are bounded.
struct Sightings {
    private let settings: DHCPServerSettings
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    /// Names of the design's machines by the addresses that they boot from.
    private var nodes: [MACAddress: String] = [:]
    /// Whether machines that no document names get addresses.
    private var servesUnknown = false
    private var leaseTable = LeaseTable()
    private var servers: [IPv4Address: DHCPStatus.OtherServer] = [:]
    /// When it was last said of an unknown machine that it is not answered.
    private var told: [MACAddress: Timestamp] = [:]

    /// Lines of the journal that began with the moment.
    private var lines = (since: Timestamp(microseconds: 0), count: 0)

    private static let limit = 8192
    /// How many lines of the journal there may be in so many seconds: whoever makes addresses up must not fill it.
    private static let lineLimit = (count: 500, seconds: 10.0)
    private static let serverLimit = 16
    /// In seconds: servers are looked for every five minutes.
    private static let serverMemory = 900.0
    private static let repetition = 3600.0

    init(settings: DHCPServerSettings, now: @escaping @Sendable () -> Timestamp, logger: Logger) {
        self.settings = settings
        self.now = now
        self.logger = logger
    }

    mutating func know(_ site: EffectiveSite) {
        nodes = Dictionary(
            site.nodes.compactMap { node in node.bootMACAddress.map { ($0, node.name) } },
            uniquingKeysWith: { first, _ in first })
        servesUnknown = ProvisioningNetwork.all(in: site).contains { !$0.ranges.isEmpty }
    }

    /// How much is remembered.
    var tableSize: Int { leaseTable.count + servers.count + told.count }

    /// The leases that have not ended, in the order of their addresses.
    var leases: [DHCPLease] { leaseTable.current(at: now()) }

    /// The servers that were seen within a quarter of an hour, by address.
    var others: [DHCPStatus.OtherServer] {
        let time = now()
        return servers.values.filter { time.seconds(since: $0.seen) < Self.serverMemory }
            .sorted { $0.address < $1.address }
    }

    /// - Returns: the event for the machine's timeline; nil where it is about no machine.
    mutating func receive(_ message: DHCPEventMessage) -> NetbootEvent? {
        switch message {
        case .asked(let mac, let client):
            note(.info, .dhcpRequest, "DHCP request", metadata: fields(mac, ["firmware": "\(Self.text(client))"]))
            reportUnanswered(mac)
            return event(mac, .asked, Self.text(client))
        case .granted(let mac, let address, let client, let terms):
            leaseTable.grant(address, to: mac, terms, at: now())
            let metadata = fields(mac, ["address": "\(address)", "firmware": "\(Self.text(client))"])
            if nodes[mac] == nil {
                note(
                    .notice, .dhcpLeaseToUnknown,
                    """
                    DHCP lease for a machine that no document names; once it is inventoried, boatyard get nodes --unknown \
                    lists it
                    """, metadata: metadata)
            } else {
                note(.info, .dhcpLease, "DHCP lease", metadata: metadata)
            }
            let isFirmware = client.isIPXE || client.architecture != nil
            return event(mac, isFirmware ? .leased : .leasedToSystem, "\(address), \(Self.text(client))")
        case .held(let mac, let address, let terms):
            leaseTable.list(address, of: mac, terms, at: now())
            return nil
        case .ended(let mac, let address):
            leaseTable.end(address, of: mac)
            note(.info, .dhcpLeaseEnded, "DHCP lease ended", metadata: fields(mac, ["address": "\(address)"]))
            return event(mac, .leaseEnded, address.description)
        case .sent(let file, let bytes, let address, let neighbour):
            let size = "\((bytes + 1023) / 1024) KiB"
            guard let mac = leaseTable.holder(of: address) ?? neighbour else {
                note(
                    .info, .tftpSent,
                    "TFTP file sent", metadata: ["file": "\(file)", "size": "\(size)", "address": "\(address)"])
                return nil
            }
            note(
                .info, .tftpSent,
                "TFTP file sent",
                metadata: fields(mac, ["file": "\(file)", "size": "\(size)", "address": "\(address)"]))
            return event(mac, .fileSent, "\(file), \(size)")
        case .otherServer(let address, let mac):
            see(address, mac)
            return nil
        case .taken: return nil
        }
    }

    private mutating func see(_ address: IPv4Address, _ mac: MACAddress) {
        let time = now()
        servers = servers.filter { time.seconds(since: $0.value.seen) < Self.serverMemory }
        let isNew = servers[address] == nil
        guard !isNew || servers.count < Self.serverLimit else { return }
        servers[address] = .init(address: address, mac: mac, seen: time)
        guard isNew else { return }
        let metadata: Logger.Metadata = ["address": "\(address)", "mac": "\(mac)"]
        guard settings.mode == .authoritative else {
            return note(.info, .dhcpServerSeen, "a DHCP server answers on the provisioning network", metadata: metadata)
        }
        note(
            .warning, .otherDHCPServer,
            """
            another DHCP server, \(address) (\(mac)), answers on \(settings.interface ?? "the provisioning network"): machines \
            that take its answer do not boot from here. Switch it off there, or set netboot.mode to proxy
            """, metadata: metadata)
    }

    private mutating func reportUnanswered(_ mac: MACAddress) {
        guard settings.mode == .authoritative, !servesUnknown, nodes[mac] == nil else { return }
        let time = now()
        if let last = told[mac], time.seconds(since: last) < Self.repetition { return }
        if told.count >= Self.limit { told.removeAll() }
        told[mac] = time
        note(
            .notice, .dhcpUnanswered,
            """
            a machine that no document names asks for an address, and no network has a range of type dhcp: it is not \
            answered. Set its address as boot_mac of a node, or give the network a range
            """, metadata: fields(mac, [:]))
    }

    private mutating func note(
        _ level: Logger.Level, _ entry: CatalogEntry, _ message: Logger.Message, metadata: Logger.Metadata
    ) {
        let time = now()
        let age = time.seconds(since: lines.since)
        if age < 0 || age >= Self.lineLimit.seconds { lines = (time, 0) }
        lines.count += 1
        if lines.count <= Self.lineLimit.count {
            logger.log(level: level, entry, message, metadata: metadata)
        } else if lines.count == Self.lineLimit.count + 1 {
            logger.warning(.sightingsCut, "more happens on the provisioning network than is written down")
        }
    }

    private func event(_ mac: MACAddress, _ kind: NetbootEvent.Kind, _ detail: String) -> NetbootEvent {
        NetbootEvent(mac: mac, kind: kind, time: now(), detail: detail)
    }

    private func fields(_ mac: MACAddress, _ more: Logger.Metadata) -> Logger.Metadata {
        var fields = more
        fields["mac"] = "\(mac)"
        if let node = nodes[mac] { fields["node"] = "\(node)" }
        return fields
    }

    /// `iPXE`, `efi-x64`, `architecture 15`
    private static func text(_ client: DHCPEventMessage.ClientIdentity) -> String {
        if client.isIPXE { return "iPXE" }
        guard let number = client.architecture else { return "an operating system" }
        return BootClient.allCases.first { $0.architectures.contains(number) }?.rawValue ?? "architecture \(number)"
    }
}
