import ArgumentParser
import Primitives

struct RescueCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rescue",
        abstract: "Boot a machine into a system in its memory, and log in by SSH with the site's keys.",
        discussion: """
            The machine boots the installer from the network, whatever is installed, until the rescue is ended. Nothing on its \
            disks changes, and the node stays in its state. A node that is deployed, prepared or destroyed meanwhile is not \
            marked any more.
            """)

    @Argument(help: "The node's name.", completion: LiveNames.nodes)
    var name: String

    @Flag(help: "End the rescue: boot the machine from its disk.")
    var end = false

    @Flag(inversion: .prefixedNo, help: "Have the BMC choose the boot device and switch the machine off and on.")
    var power = true

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let path = "nodes/\(PercentCoding.encode(name))/rescue"
        let answer = try await Daemon(options).send(
            end ? "DELETE" : "POST", path, query: power ? [] : [("power", "false")])
        options.output.show(answer.value ?? .null) { Self.text(name, $0) }
    }

    /// - Parameter answer: of the daemon.
    static func text(_ name: String, _ answer: Value) -> String {
        let messages = (answer["messages"]?.arrayValue ?? []).compactMap(\.stringValue)
        let count = answer["authorized_keys"]?.intValue ?? 0
        let isBegun = answer["since"]?.stringValue != nil
        let head =
            isBegun
            ? "\(name) is marked for rescue; \(count) \(count == 1 ? "key" : "keys") of the site will be let in."
            : "\(name) is not marked for rescue any more."
        let login =
            answer["address"]?.stringValue.map { "Log in with: ssh root@\($0)" }
            ?? "Log in as root at the address that its console shows, or boot_ip of: boatyard get nodes --output json"
        let rest =
            isBegun
            ? [
                "See it come up with: boatyard timeline \(name) --follow", login,
                "End it with: boatyard rescue \(name) --end",
            ] : []
        return ([head] + messages + rest).map { ControlCharacters.escaped($0, keepsLines: false) }
            .joined(separator: "\n")
    }
}
