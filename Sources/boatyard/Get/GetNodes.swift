import ArgumentParser
import Primitives

struct GetNodes: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nodes", abstract: "List the machines that the daemon knows.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let nodes = try await Daemon(options).get("nodes")
        options.output.show(nodes) { value in
            var table = Table("Node", "Status", "Power", "BMC", "Boot MAC", "CPUs", "Memory")
            for node in value.arrayValue ?? [] {
                table.rows.append([
                    node["hostname"]?.stringValue ?? "", node["status_name"]?.stringValue ?? "",
                    node["power_state"]?.stringValue ?? "", node["power_address"]?.stringValue ?? "",
                    node["boot_mac"]?.stringValue ?? "", node["cpu_count"]?.intValue.map(String.init) ?? "",
                    node["memory"]?.intValue.map { "\($0) MiB" } ?? "",
                ])
            }
            return table.text
        }
    }
}
