import ArgumentParser
import Primitives

struct GetNodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes",
        abstract: "List the nodes of the design and all other machines, with what went wrong or is waited for.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let nodes = try await Daemon(options).get("nodes", query: [("designed", "true")])
        options.output.show(nodes) { value in
            guard let nodes = value.arrayValue, !nodes.isEmpty else {
                return "There are no nodes yet: no action has worked with a design, and no machine has booted."
            }
            var table = Table("Node", "Status", "Revision", "Power", "BMC", "Boot MAC", "CPUs", "Memory")
            var remarks: [String] = []
            for machine in MachineView.all(nodes) {
                if let problem = machine.problem { remarks.append("\(machine.name) failed: \(problem)") }
                if let wait = machine.wait { remarks.append("\(machine.name) \(wait.text)") }
                table.rows.append([
                    machine.name, machine.status, machine.revision.map(String.init) ?? "", machine.power, machine.bmc,
                    machine.bootMAC,
                    Self.known(machine.cpus), Self.known(machine.memory, " MiB"),
                ])
            }
            return (remarks.isEmpty ? [table.text] : [table.text, ""] + remarks).joined(separator: "\n")
        }
    }

    /// Nothing where the machine has not said.
    private static func known(_ count: Int, _ unit: String = "") -> String { count > 0 ? "\(count)\(unit)" : "" }
}
