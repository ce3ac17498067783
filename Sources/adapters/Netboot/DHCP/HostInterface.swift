import Glibc
import Primitives

/// Interfaces of this host.
package enum HostInterface {
    /// Those of this host but loopback, sorted.
    package static var names: [String] {
        (FolderContents.names(in: "/sys/class/net") ?? []).filter { $0 != "lo" && $0 != "bonding_masters" }.sorted()
    }

    /// The IPv4 addresses of an interface with their networks; nil where there is no such interface.
    package static func networks(of name: String) -> [IPv4Network]? {
        guard if_nametoindex(name) > 0 else { return nil }
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return [] }
        defer { freeifaddrs(list) }
        var found: [IPv4Network] = []
        var entry = list
        while let item = entry?.pointee {
            entry = item.ifa_next
            guard let label = item.ifa_name, String(cString: label) == name,
                let address = ipv4(item.ifa_addr), let mask = ipv4(item.ifa_netmask),
                let network = IPv4Network("\(address)/\(mask)")
            else { continue }
            found.append(network)
        }
        return found
    }

    private static func ipv4(_ address: UnsafeMutablePointer<sockaddr>?) -> IPv4Address? {
        guard let address, address.pointee.sa_family == sa_family_t(AF_INET) else { return nil }
        return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
            IPv4Address(rawValue: UInt32(bigEndian: $0.pointee.sin_addr.s_addr))
        }
    }
}
