import Glibc
import Logging
import MessageCatalog
import Netboot
import Primitives
import SystemSupport

/// What runs beside the daemon where DHCP needs a right that the daemon does not have. Nobody calls it by hand: the units of
/// the package do, and dnsmasq.
///
///     boatyard-dhcp apply                     root: take over what the daemon requests
///     boatyard-dhcp watch                     tell the daemon who asks, and who else answers
///     boatyard-dhcp add|del|old|tftp …        dnsmasq, as its dhcp-script: tell the daemon
package enum DHCPProgram {
    private static let name = "boatyard-dhcp"
    private static let requested = DHCPFolder("/run/boatyard/dhcp")
    private static let active = DHCPFolder("/run/boatyard/dhcp-active")
    /// `BOATYARD_DHCP_EVENTS` is for trials of dnsmasq by hand.
    private static let events =
        getenv("BOATYARD_DHCP_EVENTS").map { String(cString: $0) } ?? "/run/boatyard/dhcp-events.sock"

    package static func main() {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch arguments.first {
            case "apply" where arguments.count == 1: apply()
            case "watch" where arguments.count <= 2: try watch(arguments.dropFirst().first)
            case nil, "apply", "watch", "--help", "-h":
                fail("boatyard-dhcp is run by the units of boatyard and by dnsmasq: docs/netboot.md", status: 64)
            default: tell(arguments)
            }
        } catch {
            fail(error.message, status: 1)
        }
    }

    private static func apply() {
        let activation = DHCPActivation(
            requested: requested, active: active, dnsmasq: "/usr/sbin/dnsmasq", control: SystemdServerControl())
        while let report = activation.run() {
            let text = ControlCharacters.escaped("\(report.state.rawValue): \(report.message)", keepsLines: false)
            let isApplied = report.state != .refused
            let isTold = LastMessage.sendToJournal(
                text, isApplied ? .dhcpApplied : .dhcpNotApplied, level: isApplied ? .info : .error, identifier: name)
            if !isTold { print(text) }
            DHCPEventSocket.send(.taken, to: events)
        }
        // A daemon that has started anew requests a configuration, and remembers no leases.
        LeaseFile.tell("/var/lib/boatyard-dhcp/leases", to: events)
    }

    private static func watch(_ name: String?) throws(BoatyardError) {
        let interface: String
        if let name {
            interface = name
        } else {
            let main = try FileContents.read(active.main, limit: DHCPConfigurationCheck.mainLimit, takesOthers: false)
            interface = try DHCPConfigurationCheck.interface(ofMain: main)
        }
        var watch = try DHCPWatch(interface: interface) { DHCPEventSocket.send($0, to: events) }
        try watch.run()
    }

    /// dnsmasq waits for us before it tells of the next lease.
    private static func tell(_ arguments: [String]) {
        let message = LeaseScript.message(
            arguments: arguments, environment: { getenv($0).map { String(cString: $0) } },
            neighbour: { address in
                let table = try? FileContents.read("/proc/net/arp", limit: 4 << 20)
                return table.flatMap { LeaseScript.neighbour(address, inTable: String(decoding: $0, as: UTF8.self)) }
            })
        if let message { DHCPEventSocket.send(message, to: events) }
    }

    private static func fail(_ message: String, status: CInt) {
        if !LastMessage.sendToJournal(message, .dhcpHelperFailed, level: .error, identifier: name) {
            let line = Array("\(name): \(message)\n".utf8)
            _ = Glibc.write(2, line, line.count)
        }
        exit(status)
    }
}
