import ArgumentParser
import Primitives

struct GetLeases: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leases",
        abstract: "List the addresses that DHCP has given to machines, and until when.",
        discussion: """
            They are those of this host's server. A machine that no document names has no node: boatyard get nodes --unknown.
            """)

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: GlobalOptions

    func validate() throws { try watching.validate(options) }

    func run() async throws {
        let daemon = try Daemon(options)
        try await watching.show(options, { try await daemon.get("netboot/leases") }, table: Self.text)
    }

    static func text(_ leases: Value) -> String {
        let leases = leases.arrayValue ?? []
        guard !leases.isEmpty else {
            return "DHCP has given no address to a machine, or this host does not answer: boatyard netboot status"
        }
        var table = Table("Address", "MAC", "Node", "Name", "Network", "Since", "Until")
        for lease in leases {
            func text(_ key: String) -> String { lease[key]?.stringValue ?? "" }
            table.rows.append([
                text("address"), text("mac"), lease["node"]?.stringValue ?? "unknown", text("hostname"),
                text("network"), Text.second(text("since")), Text.second(text("until")),
            ])
        }
        return table.text
    }
}
