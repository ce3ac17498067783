import ArgumentParser
import Primitives

struct NetbootStatus: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show whether DHCP and TFTP answer machines, and by which revision.",
        discussion:
            "Ends with 0 where machines are answered by the committed design, or netboot.mode is off; else with 1.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let status = try await Daemon(options).get("netboot/dhcp")
        options.output.show(status, table: Self.text)
        if !Self.answers(status) { throw ExitCode.failure }
    }

    /// Whether machines are answered as the committed design says, or are not to be answered at all (`netboot.mode: off`).
    static func answers(_ status: Value) -> Bool {
        let state = status["state"]?.stringValue
        return state == "active" || status["mode"]?.stringValue == "off" && state != "refused"
    }

    static func text(_ status: Value) -> String {
        func text(_ key: String) -> String { status[key]?.stringValue ?? "" }
        let interface = text("interface")
        var table = Table("DHCP", text("state"))
        table.rows = [
            ["mode", text("mode")],
            [
                "interface",
                interface.isEmpty ? "none; set netboot.interface in /etc/boatyard/boatyard.yaml" : interface,
            ],
            ["revision", status["revision"]?.intValue.map { "\($0)" } ?? "none"],
            ["machines", "\(status["machines"]?.intValue ?? 0)"],
            ["boot from", text("node_url")],
            [
                "programs",
                list(status["programs"]).isEmpty
                    ? "none; boatyard netboot build makes them" : list(status["programs"]).joined(separator: " "),
            ],
        ]
        if !text("message").isEmpty { table.rows.append(["result", text("message")]) }
        if text("state") == "pending" {
            table.rows.append(["", "root does that; if it does not: systemctl status boatyard-dhcp-apply.path"])
        }
        let servers = (status["other_servers"]?.arrayValue ?? []).map { server in
            "Another DHCP server: \(server["address"]?.stringValue ?? "") (\(server["mac"]?.stringValue ?? "")), last seen "
                + "\(server["seen"]?.stringValue ?? "")."
        }
        let remarks = (servers + list(status["remarks"])).map { Text.line($0) }
        return ([table.text] + (remarks.isEmpty ? [] : [""]) + remarks).joined(separator: "\n")
    }

    private static func list(_ value: Value?) -> [String] { (value?.arrayValue ?? []).compactMap(\.stringValue) }
}
