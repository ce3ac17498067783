import ArgumentParser
import Primitives

struct GetSiteStatuses: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "site-statuses", abstract: "Show how far machines are, and whether they are on.")

    @Option(
        name: [.customShort("s"), .customLong("status-type")],
        help: "nodes-provision-status or machines-power-state; may be repeated, by default both.")
    var statusType: [String] = []

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let query = statusType.isEmpty ? [] : [("filters", statusType.joined(separator: ","))]
        let statuses = try await Daemon(options).get("site_statuses", query: query)
        options.output.show(statuses, table: Self.text)
    }

    static func text(_ statuses: Value) -> String {
        var blocks: [String] = []
        // The second spelling is that of answers to requests with --verbosity.
        for (keys, title, column, member) in [
            (["nodes-provision-status", "nodes_provision_status"], "Nodes Provision Status:", "Status", "status"),
            (["machines-power-state", "machines_powerstate"], "Machines Power State:", "Power State", "power_state"),
        ] {
            guard let machines = keys.lazy.compactMap({ statuses[$0]?.arrayValue }).first else { continue }
            var table = Table("Hostname", column)
            for machine in machines.inNaturalOrder(of: { $0["hostname"]?.stringValue ?? "" }) {
                table.rows.append([
                    machine["hostname"]?.stringValue ?? "", machine[member]?.stringValue ?? "None",
                ])
            }
            blocks.append("\(title)\n\(table.text)")
        }
        return blocks.joined(separator: "\n\n")
    }
}
