import OrderedCollections
import Primitives
import SiteDesign

/// A site that has no documents yet, as small as a site can be: machines with one network interface each, one network that they
/// boot from and work in, and their BMCs.
package struct NewSite: Sendable {
    /// One machine, with the address that it gets.
    package struct Machine: Sendable, Hashable {
        package var name: String
        /// The MAC address that it boots from.
        package var mac: MACAddress
        /// Nil for the next free one.
        package var address: IPv4Address?
        /// Nil for a machine that a person switches.
        package var bmcAddress: IPv4Address?
        /// The kernel's name of the disk that is installed to; nil for that of the site.
        package var disk: String?

        package init(
            name: String, mac: MACAddress, address: IPv4Address? = nil, bmcAddress: IPv4Address? = nil,
            disk: String? = nil
        ) {
            self.name = name
            self.mac = mac
            self.address = address
            self.bmcAddress = bmcAddress
            self.disk = disk
        }
    }

    /// How the BMCs are talked to.
    package struct BMCs: Sendable {
        /// `ipmi` or `redfish`.
        package var type: String
        package var account: String
        package var password: Secret<String>

        package init(type: String, account: String, password: Secret<String>) {
            self.type = type
            self.account = account
            self.password = password
        }
    }

    /// What there is to know of it.
    package struct Request: Sendable {
        /// Also that of its Region.
        package var name = "site"
        /// That machines boot from and work in.
        package var network: IPv4Network
        package var gateway: IPv4Address?
        package var nameServers: [IPv4Address] = []
        /// Addresses of the network that others have, such as the seed host's.
        package var taken: [IPv4Address] = []
        package var domain = "local"
        package var bmcs: BMCs?
        /// Nil for the /24 of the first BMC.
        package var bmcNetwork: IPv4Network?
        package var image = "debian-12"
        package var kernel = "generic"
        /// Public SSH keys.
        package var keys: [String] = []
        package var bootMode = BootMode.uefi
        /// The kernel's name of the disk that is installed to.
        package var disk = "sda"
        package var machines: [Machine] = []

        package init(network: IPv4Network) { self.network = network }
    }

    let request: Request
    /// Each with its address.
    package let machines: [Machine]
    /// The first and the last address that DHCP gives out.
    package let dhcp: ClosedRange<IPv4Address>
    /// Those that machines get.
    let fixed: ClosedRange<IPv4Address>
    /// Nil where no machine has a BMC.
    let bmcNetwork: IPv4Network?

    /// - Throws: `BoatyardError` `site.network`, `site.machine`, `site.bmc` for what does not fit, with the remedy.
    package init(_ request: Request) throws(BoatyardError) {
        self.request = request
        let network = request.network
        guard !network.hasHostBits, (8...27).contains(network.prefixLength) else {
            throw BoatyardError(
                "site.network",
                "\(network) is no network that a site can be made in: give one from /8 to /27 without host bits, such as "
                    + "\(network.network)/\(min(max(network.prefixLength, 8), 24)).", kind: .invalid)
        }
        for address in [request.gateway].compactMap(\.self) + request.taken where !network.contains(address) {
            throw BoatyardError("site.network", "\(address) is not in the network \(network).", kind: .invalid)
        }
        try Self.check(request.machines, in: network)
        let bmcAddresses = request.machines.compactMap(\.bmcAddress)
        bmcNetwork = try Self.bmcNetwork(request, bmcAddresses)
        let others = [request.gateway].compactMap(\.self) + request.nameServers + request.taken + bmcAddresses
        let given = request.machines.compactMap(\.address)
        let taken = Set((others + given).map(\.rawValue))
        // The last quarter is given out by DHCP; of what is before it, the first ten addresses are left to gateways and hosts.
        let size = UInt32(1) << UInt32(32 - network.prefixLength)
        let first = network.network.rawValue
        let quarter = first + size / 4 * 3
        guard let dhcp = Self.longestRun(quarter...first + size - 2, without: taken),
            let fixed = Self.longestRun(
                first + min(10, size / 4)...quarter - 1, without: Set(others.map(\.rawValue)))
        else {
            throw BoatyardError(
                "site.network", "\(network) has no room for the addresses of DHCP beside those that are taken.",
                kind: .invalid)
        }
        self.dhcp = dhcp
        self.fixed = fixed
        var used = taken
        var next = fixed.lowerBound.rawValue
        var machines: [Machine] = []
        for var machine in request.machines {
            if machine.address == nil {
                while used.contains(next) { next += 1 }
                guard next <= fixed.upperBound.rawValue else {
                    throw BoatyardError(
                        "site.network",
                        "\(network) has no address left for \(machine.name): \(fixed.lowerBound) to \(fixed.upperBound) are used. Give a "
                            + "larger network.", kind: .invalid)
                }
                machine.address = IPv4Address(rawValue: next)
                used.insert(next)
            }
            machines.append(machine)
        }
        self.machines = machines
    }

    private static func check(_ machines: [Machine], in network: IPv4Network) throws(BoatyardError) {
        guard !machines.isEmpty else {
            throw BoatyardError("site.machine", "A site has one machine at least.", kind: .invalid)
        }
        var names: Set<String> = []
        var macs: Set<MACAddress> = []
        var addresses: Set<IPv4Address> = []
        for machine in machines {
            guard isName(machine.name) else {
                throw BoatyardError(
                    "site.machine",
                    "'\(machine.name.shownInMessage)' is no name of a machine: 1 to 63 letters in lower case, digits and hyphens, the first "
                        + "a letter.", kind: .invalid)
            }
            guard machine.mac.isOfInterface else {
                throw BoatyardError(
                    "site.machine", "\(machine.mac) of \(machine.name) is no address of a network interface.",
                    kind: .invalid)
            }
            if let address = machine.address, !network.contains(address) {
                throw BoatyardError(
                    "site.machine", "\(address) of \(machine.name) is not in the network \(network).", kind: .invalid)
            }
            let isNew =
                names.insert(machine.name).inserted && macs.insert(machine.mac).inserted
                && [machine.address, machine.bmcAddress].compactMap(\.self).allSatisfy { addresses.insert($0).inserted }
            guard isNew else {
                throw BoatyardError(
                    "site.machine",
                    "\(machine.name) has its name, its MAC address or one of its addresses in common with another machine.",
                    kind: .invalid)
            }
        }
    }

    private static func isName(_ text: String) -> Bool {
        guard (1...63).contains(text.utf8.count), let first = text.utf8.first, (97...122).contains(first) else {
            return false
        }
        return text.last != "-"
            && text.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-")
            }
    }

    private static func bmcNetwork(
        _ request: Request, _ addresses: [IPv4Address]
    ) throws(BoatyardError) -> IPv4Network? {
        guard let first = addresses.first else { return nil }
        guard request.bmcs != nil else {
            throw BoatyardError(
                "site.bmc", "The BMC at \(first) has no account: give its account and password.", kind: .invalid)
        }
        let near = request.network.contains(first) ? request.network : nil
        let network =
            request.bmcNetwork ?? near ?? IPv4Network("\(IPv4Address(rawValue: first.rawValue & 0xffff_ff00))/24")
        guard let network, !network.hasHostBits else {
            throw BoatyardError("site.bmc", "The network of BMCs has host bits.", kind: .invalid)
        }
        for address in addresses where !network.contains(address) {
            throw BoatyardError(
                "site.bmc",
                "The BMC at \(address) is not in the network of BMCs, \(network); give one that has all of them.",
                kind: .invalid)
        }
        return network
    }

    /// The longest run of addresses of a range that are not taken.
    private static func longestRun(
        _ range: ClosedRange<UInt32>, without taken: Set<UInt32>
    ) -> ClosedRange<IPv4Address>? {
        let bounds = taken.filter(range.contains).sorted()
        var best: ClosedRange<UInt32>?
        var start = range.lowerBound
        for end in bounds + [range.upperBound + 1] {
            if end > start, best.map({ end - start > $0.upperBound - $0.lowerBound + 1 }) ?? true {
                best = start...end - 1
            }
            start = end + 1
        }
        return best.map { IPv4Address(rawValue: $0.lowerBound)...IPv4Address(rawValue: $0.upperBound) }
    }
}
