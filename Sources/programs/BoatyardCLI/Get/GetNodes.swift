import ArgumentParser
import Installation
import Primitives
import SiteDesign

struct GetNodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes",
        abstract: "List the nodes of the design and all other machines, with what went wrong or is waited for.",
        discussion: """
            Power is what the BMC has said last. With a question mark, on? or off?, that may have changed since: it is too long \
            ago, or the BMC has not answered later. 'boatyard bmc power status NAME' asks it now.
            """)

    @Flag(help: "List the machines that have booted and that no document names.")
    var unknown = false

    @OptionGroup var watching: WatchOptions

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        try watching.validate(options)
        if watching.watch, unknown { throw ValidationError("Give either --unknown or --watch.") }
    }

    func run() async throws {
        if unknown { return try await showUnknown() }
        let daemon = try Daemon(options)
        try await watching.show(options, { try await daemon.get("nodes", query: [("designed", "true")]) }) { value in
            guard let nodes = value.arrayValue, !nodes.isEmpty else {
                return "There are no nodes yet: no design is committed, and no machine has booted."
            }
            var table = Table("Node", "Status", "Revision", "Power", "BMC", "Boot MAC", "CPUs", "Memory")
            var remarks: [String] = []
            for machine in MachineView.all(nodes) {
                remarks += machine.alarms.map { "\(machine.name) has an alarm: \($0)" }
                remarks += machine.conflicts.map { "\(machine.name) is disputed: \($0)" }
                remarks += machine.drift.map { "\(machine.name) \($0)" }
                if let rescue = machine.rescue { remarks.append("\(machine.name) is marked for rescue \(rescue)") }
                if let test = machine.test { remarks.append("\(machine.name) \(test)") }
                if let problem = machine.problem { remarks.append("\(machine.name) failed: \(problem)") }
                if let unattended = machine.unattended {
                    remarks.append("\(machine.name): \(unattended). Run its action again: boatyard get actions")
                }
                if let wait = machine.wait { remarks.append("\(machine.name) \(wait.text)") }
                table.rows.append([
                    machine.name, machine.status, Self.revision(of: machine), Self.power(of: machine), machine.bmc,
                    machine.bootMAC,
                    Self.known(machine.cpus), Self.known(machine.memory, " MiB"),
                ])
            }
            var blocks = [table.text]
            if let legend = Self.legend(MachineView.all(nodes)) { blocks.append(legend) }
            if !remarks.isEmpty { blocks.append(remarks.map(Text.line).joined(separator: "\n")) }
            if let discovered = Self.discovered(nodes.filter { !MachineView($0).isDesigned }) {
                blocks.append(discovered)
            }
            return blocks.joined(separator: "\n\n")
        }
    }

    /// `3`, or `3, not 5` where another one is committed.
    static func revision(of machine: MachineView) -> String {
        guard let revision = machine.revision else { return "" }
        guard let committed = machine.committed, committed != revision else { return "\(revision)" }
        return "\(revision), not \(committed)"
    }

    /// `on`, or `on?` where it was seen too long ago.
    static func power(of machine: MachineView) -> String { machine.power + (isPowerDoubtful(machine) ? "?" : "") }

    private static func isPowerDoubtful(_ machine: MachineView) -> Bool {
        ["on", "off"].contains(machine.power) && machine.isPowerStale
    }

    /// What a question mark behind the power means; nil where there is none.
    static func legend(_ machines: [MachineView]) -> String? {
        guard machines.contains(where: isPowerDoubtful) else { return nil }
        return "Power with a question mark was so when the BMC last answered, and may have changed since. Ask now: "
            + "boatyard bmc power status NODE"
    }

    /// What machines consist of that are no node; nil where none has told.
    ///
    /// - Parameter machines: as `GET nodes` lists them, also with `unknown`.
    static func discovered(_ machines: [Value]) -> String? {
        var table = Table("Boot MAC", "Made by", "Serial", "CPUs", "Memory", "Disks", "Interfaces", "BMC")
        for entry in machines {
            guard let hardware = entry["hardware"], !hardware.isNull,
                let mac = entry["boot_mac"]?.stringValue.flatMap({ MACAddress($0) })
            else { continue }
            let machine = DiscoveredMachine(mac: mac, hardware: hardware)
            let names = machine.cards.prefix(Self.shownInterfaces).map(\.name).joined(separator: ", ")
            let more = machine.cards.count > Self.shownInterfaces ? ", …" : ""
            table.rows.append([
                mac.description, Self.cell(machine.model), Self.cell(machine.serial ?? ""), known(machine.cpuCount),
                known(machine.memory, " MiB"), machine.diskSummary,
                machine.cards.isEmpty ? "" : "\(machine.cards.count): \(names)\(more)",
                machine.bmcAddress?.description ?? "",
            ])
        }
        guard !table.rows.isEmpty else { return nil }
        return
            "Machines that no document names (boatyard adopt MAC --name NAME --profile PROFILE writes some for one):\n"
            + table.text
    }

    /// A machine may say anything: what is escaped takes more room than it had.
    private static func cell(_ text: String) -> String {
        Text.cut(ControlCharacters.escaped(text, keepsLines: false), to: 40)
    }

    /// How many of a machine's interfaces are named in the table.
    private static let shownInterfaces = 4

    private func showUnknown() async throws {
        let machines = try await Daemon(options).get("nodes", query: [("unknown", "true")])
        options.output.show(machines) { value in
            guard let machines = value.arrayValue, !machines.isEmpty else {
                return
                    "There are no unknown machines: every one that has sent an inventory is a node. What no document names any "
                    + "more is told of the nodes: boatyard get nodes"
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
                    Self.known(machine["memory"]?.intValue ?? 0, " MiB"), Text.second(text("first_seen")),
                    Text.second(text("last_seen")),
                ])
            }
            var blocks = [table.text]
            if !remarks.isEmpty { blocks.append(remarks.joined(separator: "\n")) }
            if let discovered = Self.discovered(machines) { blocks.append(discovered) }
            return blocks.joined(separator: "\n\n")
        }
    }

    /// Nothing where the machine has not said.
    private static func known(_ count: Int, _ unit: String = "") -> String { count > 0 ? "\(count)\(unit)" : "" }
}
