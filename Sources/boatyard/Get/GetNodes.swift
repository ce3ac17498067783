import ArgumentParser
import Primitives

struct GetNodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes", abstract: "List the nodes of the design and all other machines, with what went wrong.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let nodes = try await Daemon(options).get("nodes", query: [("designed", "true")])
        options.output.show(nodes) { value in
            let nodes = value.arrayValue ?? []
            guard !nodes.isEmpty else {
                return "There are no nodes yet: no action has worked with a design, and no machine has booted."
            }
            var table = Table("Node", "Status", "Power", "BMC", "Boot MAC", "CPUs", "Memory")
            var problems: [String] = []
            for node in nodes {
                let machine = MachineView(node)
                if let problem = machine.problem { problems.append("\(machine.name) failed: \(problem)") }
                table.rows.append([
                    machine.name, machine.status,
                    node["power_state"]?.stringValue ?? "", node["power_address"]?.stringValue ?? "",
                    node["boot_mac"]?.stringValue ?? "", Self.known(node["cpu_count"]),
                    Self.known(node["memory"], " MiB"),
                ])
            }
            return (problems.isEmpty ? [table.text] : [table.text, ""] + problems).joined(separator: "\n")
        }
    }

    /// Nothing where the machine has not said.
    private static func known(_ count: Value?, _ unit: String = "") -> String {
        guard let count = count?.intValue, count > 0 else { return "" }
        return "\(count)\(unit)"
    }
}
