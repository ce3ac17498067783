import OrderedCollections
import Primitives

/// What the programs beside dnsmasq tell the daemon, one datagram each: an object of JSON (`docs/reference/netboot.md` §6).
///
/// Whoever is in the group of the socket can send one, so that nothing but the journal, the timeline and the list of leases follows
/// from it.
package enum DHCPEventMessage: Sendable, Hashable {
    /// A machine asked for an address or a program.
    case asked(MACAddress, client: ClientIdentity)
    /// A machine was given an address.
    case granted(MACAddress, address: IPv4Address, client: ClientIdentity, terms: DHCPLease.Terms = .init())
    /// dnsmasq has a lease in its file, which was told before or was missed.
    case held(MACAddress, address: IPv4Address, terms: DHCPLease.Terms)
    /// A lease has ended.
    case ended(MACAddress, address: IPv4Address)
    /// A file was sent by TFTP; `mac` is nil where the address is of no neighbour.
    case sent(file: String, bytes: Int, address: IPv4Address, mac: MACAddress?)
    /// Another server answers DHCP requests on the provisioning network.
    case otherServer(address: IPv4Address, mac: MACAddress)
    /// Root has taken a configuration over, or has not.
    case taken

    /// What a client tells of itself.
    package struct ClientIdentity: Sendable, Hashable {
        /// Option 93; nil where it tells none.
        package var architecture: Int?
        /// Whether it is iPXE.
        package var isIPXE: Bool

        package init(architecture: Int? = nil, isIPXE: Bool = false) {
            self.architecture = architecture
            self.isIPXE = isIPXE
        }
    }

    /// In bytes: what is longer is no message.
    package static let sizeLimit = 1024

    /// In bytes: no file of a boot is larger.
    static let fileLimit = 1 << 40

    /// Reads a datagram; nil for anything else than a message.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count <= Self.sizeLimit, let value = try? Value(json: bytes, depthLimit: 3) else { return nil }
        let mac = value["mac"]?.stringValue.flatMap { MACAddress($0) }
        let address = value["address"]?.stringValue.flatMap { IPv4Address($0) }
        var client = ClientIdentity(isIPXE: value["ipxe"]?.boolValue ?? false)
        if let number = value["arch"]?.intValue, (0...0xffff).contains(number) { client.architecture = number }
        let terms = DHCPLease.Terms(hostname: value["hostname"]?.stringValue, seconds: value["seconds"]?.intValue)
        switch (value["event"]?.stringValue, mac, address) {
        case ("asked", let mac?, _): self = .asked(mac, client: client)
        case ("granted", let mac?, let address?):
            self = .granted(mac, address: address, client: client, terms: terms)
        case ("held", let mac?, let address?): self = .held(mac, address: address, terms: terms)
        case ("ended", let mac?, let address?): self = .ended(mac, address: address)
        case ("sent", let mac, let address?):
            guard let file = value["file"]?.stringValue, !file.isEmpty, file.utf8.count <= 255,
                let size = value["bytes"]?.intValue, (0...Self.fileLimit).contains(size)
            else { return nil }
            self = .sent(file: file, bytes: size, address: address, mac: mac)
        case ("other-server", let mac?, let address?): self = .otherServer(address: address, mac: mac)
        case ("taken", _, _): self = .taken
        default: return nil
        }
    }

    /// The message as a datagram.
    package var bytes: [UInt8] {
        var members: Value.Object = [:]
        func add(_ client: ClientIdentity) {
            if let number = client.architecture { members["arch"] = .int(number) }
            if client.isIPXE { members["ipxe"] = true }
        }
        func add(_ terms: DHCPLease.Terms) {
            if let hostname = terms.hostname { members["hostname"] = .string(hostname) }
            if let seconds = terms.seconds { members["seconds"] = .int(seconds) }
        }
        switch self {
        case .asked(let mac, let client):
            members = ["event": "asked", "mac": .string(mac.description)]
            add(client)
        case .granted(let mac, let address, let client, let terms):
            members = [
                "event": "granted", "mac": .string(mac.description), "address": .string(address.description),
            ]
            add(client)
            add(terms)
        case .held(let mac, let address, let terms):
            members = ["event": "held", "mac": .string(mac.description), "address": .string(address.description)]
            add(terms)
        case .ended(let mac, let address):
            members = ["event": "ended", "mac": .string(mac.description), "address": .string(address.description)]
        case .sent(let file, let size, let address, let mac):
            members = [
                "event": "sent", "file": .string(file), "bytes": .int(size), "address": .string(address.description),
            ]
            if let mac { members["mac"] = .string(mac.description) }
        case .otherServer(let address, let mac):
            members = [
                "event": "other-server", "address": .string(address.description), "mac": .string(mac.description),
            ]
        case .taken: members = ["event": "taken"]
        }
        return Value.object(members).jsonBytes(.compact)
    }
}
