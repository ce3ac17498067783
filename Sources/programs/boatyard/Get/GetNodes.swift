import ArgumentParser
import Primitives

struct GetNodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes",
        abstract: "List the nodes of the design and all other machines, with what went wrong or is waited for.")

    @Flag(help: "List the machines that have booted and are no node of the design.")
    var unknown = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        if unknown { return try await showUnknown() }
        let nodes = try await Daemon(options).get("nodes", query: [("designed", "true")])
        options.output.show(nodes) { value in
            guard let nodes = value.arrayValue, !nodes.isEmpty else {
                return "There are no nodes yet: no action has worked with a design, and no machine has booted."
            }
            var table = Table("Node", "Status", "Revision", "Power", "BMC", "Boot MAC", "CPUs", "Memory")
            var remarks: [String] = []
            for machine in MachineView.all(nodes) {
                remarks += machine.alarms.map { "\(machine.name) has an alarm: \($0)" }
                remarks += machine.conflicts.map { "\(machine.name) is disputed: \($0)" }
                if let problem = machine.problem { remarks.append("\(machine.name) failed: \(problem)") }
                if let unattended = machine.unattended { remarks.append("\(machine.name) is open: \(unattended)") }
                if let wait = machine.wait { remarks.append("\(machine.name) \(wait.text)") }
                table.rows.append([
                    machine.name, machine.status, machine.revision.map(String.init) ?? "", machine.power, machine.bmc,
                    machine.bootMAC,
                    Self.known(machine.cpus), Self.known(machine.memory, " MiB"),
                ])
            }
            return (remarks.isEmpty ? [table.text] : [table.text, ""] + remarks.map(Text.line)).joined(separator: "\n")
        }
    }

    private func showUnknown() async throws {
        let machines = try await Daemon(options).get("nodes", query: [("unknown", "true")])
        options.output.show(machines) { value in
            guard let machines = value.arrayValue, !machines.isEmpty else {
                return "There are no unknown machines: every one that has booted is a node of the design."
            }
            var table = Table(
                "Machine", "Boot MAC", "From", "BMC", "Serial", "CPUs", "Memory", "First seen", "Last seen")
            var remarks: [String] = []
            for machine in machines {
                func text(_ key: String) -> String {
                    ControlCharacters.escaped(machine[key]?.stringValue ?? "", keepsLines: false)
                }
                if let size = machine["inventory_cut"]?.intValue {
                    remarks.append(
                        "\(text("id")) sent an inventory of \(size) bytes, of which only the facts are kept; it is asked for "
                            + "all of it once it is a node.")
                }
                table.rows.append([
                    text("id"), text("boot_mac"), text("boot_ip"), text("power_address"), text("serial"),
                    Self.known(machine["cpu_count"]?.intValue ?? 0),
                    Self.known(machine["memory"]?.intValue ?? 0, " MiB"), text("first_seen"), text("last_seen"),
                ])
            }
            return (remarks.isEmpty ? [table.text] : [table.text, ""] + remarks).joined(separator: "\n")
        }
    }

    /// Nothing where the machine has not said.
    private static func known(_ count: Int, _ unit: String = "") -> String { count > 0 ? "\(count)\(unit)" : "" }
}
