import OrderedCollections
import Primitives

/// An address that dnsmasq has given to a machine for a time (`docs/reference/netboot.md` §6).
package struct DHCPLease: Sendable, Hashable {
    package var address: IPv4Address
    package var mac: MACAddress
    /// The name under which dnsmasq knows it: the node's by the documents, else what the client calls itself; nil for none.
    package var hostname: String?
    /// When it was given; nil where that was before the daemon began to listen.
    package var since: Timestamp?
    /// When it ends, unless the client asks again.
    package var until: Timestamp

    package init(
        address: IPv4Address, mac: MACAddress, hostname: String? = nil, since: Timestamp? = nil, until: Timestamp
    ) {
        self.address = address
        self.mac = mac
        self.hostname = hostname
        self.since = since
        self.until = until
    }

    /// What dnsmasq says of a lease besides whose it is.
    package struct Terms: Sendable, Hashable {
        /// A name of a host or of a domain; nil for none.
        package var hostname: String?
        /// How long it lasts from now on; nil where that is not told.
        package var seconds: Int?

        /// - Parameters:
        ///   - hostname: dropped where it is no name of a host.
        ///   - seconds: dropped where no lease lasts so long.
        package init(hostname: String? = nil, seconds: Int? = nil) {
            self.hostname = hostname.flatMap { HostName.isDomain($0) ? $0 : nil }
            self.seconds = seconds.flatMap { (0...Self.longest).contains($0) ? $0 : nil }
        }

        /// In seconds: the longest that DHCP can say (RFC 2131 §3.3).
        private static let longest = Int(UInt32.max)
        /// In seconds: what the configuration says (`DHCPConfiguration`), where it is not told.
        private static let usual = 3600

        func end(from time: Timestamp) -> Timestamp { time.adding(seconds: Double(seconds ?? Self.usual)) }
    }
}

/// The leases that were told, by their addresses. It is bounded, and what has ended takes no place that another one needs.
struct LeaseTable {
    private var leases: [IPv4Address: DHCPLease] = [:]
    private static let limit = 8192

    var count: Int { leases.count }

    /// Those that have not ended, in the order of their addresses.
    func current(at time: Timestamp) -> [DHCPLease] {
        leases.values.filter { $0.until > time }.sorted { $0.address < $1.address }
    }

    /// Who has an address, or has had it last.
    func holder(of address: IPv4Address) -> MACAddress? { leases[address]?.mac }

    /// A machine was given an address, or has asked for its own again.
    mutating func grant(_ address: IPv4Address, to mac: MACAddress, _ terms: DHCPLease.Terms, at time: Timestamp) {
        let known = leases[address]
        let isRenewed = known?.mac == mac && known.map { $0.until > time } == true
        put(
            DHCPLease(
                address: address, mac: mac, hostname: terms.hostname, since: isRenewed ? known?.since : time,
                until: terms.end(from: time)), at: time)
    }

    /// dnsmasq has a lease in its file. Since when is known only where it was told when it was given.
    mutating func list(_ address: IPv4Address, of mac: MACAddress, _ terms: DHCPLease.Terms, at time: Timestamp) {
        let known = leases[address].flatMap { $0.mac == mac ? $0 : nil }
        put(
            DHCPLease(
                address: address, mac: mac, hostname: terms.hostname, since: known?.since, until: terms.end(from: time)),
            at: time)
    }

    mutating func end(_ address: IPv4Address, of mac: MACAddress) {
        if leases[address]?.mac == mac { leases[address] = nil }
    }

    private mutating func put(_ lease: DHCPLease, at time: Timestamp) {
        if leases[lease.address] == nil, leases.count >= Self.limit { evict(at: time) }
        leases[lease.address] = lease
    }

    /// Forgets what has ended, and else those that end first: so many at once that this is rarely done.
    private mutating func evict(at time: Timestamp) {
        leases = leases.filter { $0.value.until > time }
        guard leases.count >= Self.limit else { return }
        let first = leases.values.sorted { ($0.until, $0.address) < ($1.until, $1.address) }.prefix(Self.limit / 8)
        for lease in first { leases[lease.address] = nil }
    }
}

/// dnsmasq's file of leases: on each line when it ends in seconds since 1970, the client's MAC, its address, its name or `*`, and its
/// identifier or `*` (dnsmasq(8), `--dhcp-leasefile`).
package enum LeaseFile {
    /// In bytes: larger than dnsmasq's file with all the leases that it may have.
    private static let sizeLimit = 128 << 20
    /// How many are told, as many as the daemon remembers.
    private static let limit = 8192

    /// Tells the daemon of the leases of a file; of none where it cannot be read, or the daemon takes no message.
    ///
    /// - Parameter socket: the path of the daemon's socket.
    package static func tell(_ path: String, to socket: String) {
        guard let text = try? FileContents.read(path, limit: sizeLimit, takesOthers: false) else { return }
        for message in messages(String(decoding: text, as: UTF8.self), at: .now()) {
            guard DHCPEventSocket.send(message, to: socket) else { return }
        }
    }

    /// The messages about the leases that have not ended. Lines of other hardware, of IPv6, and what is no line of dnsmasq's are left
    /// out.
    static func messages(_ text: String, at time: Timestamp) -> [DHCPEventMessage] {
        var messages: [DHCPEventMessage] = []
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 4, let end = Int64(words[0]), let mac = MACAddress(String(words[1])),
                let address = IPv4Address(words[2])
            else { continue }
            let (seconds, isOver) = end.subtractingReportingOverflow(time.microseconds / 1_000_000)
            // One that never ends has the time 0.
            guard end == 0 || (!isOver && seconds > 0) else { continue }
            let terms = DHCPLease.Terms(
                hostname: words[3] == "*" ? nil : String(words[3]), seconds: end == 0 ? nil : Int(clamping: seconds))
            messages.append(.held(mac, address: address, terms: terms))
            if messages.count == limit { break }
        }
        return messages
    }
}
