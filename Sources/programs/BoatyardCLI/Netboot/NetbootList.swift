import ArgumentParser
import Primitives

struct NetbootList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the installers that there are.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let answer = try await Daemon(options).send("GET", "netboot/generations").data(of: "GET netboot/generations")
        options.output.show(answer, table: Self.text)
    }

    static func text(_ answer: Value) -> String {
        let list = answer.arrayValue ?? []
        guard !list.isEmpty else { return "There is no installer. Make one: sudo boatyard netboot build" }
        var table = Table("Installer", "Linux", "Ramdisk", "Made", "Last booted", "State")
        for entry in list {
            let state = entry["problem"]?.stringValue ?? (entry["current"]?.boolValue == true ? "machines boot it" : "")
            table.rows.append([
                entry["id"]?.stringValue ?? "", entry["kernel"]?.stringValue ?? "",
                entry["files"]?["initrd"]?["size"]?.intValue.map { BuildProgress.size($0) } ?? "",
                Self.moment(entry["taken_at"]), Self.moment(entry["used_at"]), state,
            ])
        }
        return table.text
    }

    /// `2026-11-30 04:18`
    static func moment(_ value: Value?) -> String {
        String((value?.stringValue ?? "").prefix(16)).replacing("T", with: " ")
    }
}

struct NetbootUse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "use", abstract: "Let machines boot another installer that there is.")

    @Argument(help: "The installer's id, as boatyard netboot list shows it.")
    var id: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let path = "netboot/generations/\(PercentCoding.encode(id))/use"
        let answer = try await Daemon(options).send("POST", path).data(of: "POST \(path)")
        options.output.show(answer) { _ in "Machines boot the installer \(id) from now on." }
    }
}
