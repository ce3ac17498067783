import ArgumentParser
import Primitives

struct Claim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Settle which machine a node is.",
        discussion: """
            For a node that two machines dispute, for one whose boot interface or main board was replaced, and for one whose \
            boot MAC in the design is wrong. What the design says counts again once it names another boot MAC than today.
            """)

    @Argument(help: "The node's name.")
    var name: String

    @Option(help: "The MAC address that the node's machine boots from.")
    var mac: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        guard let address = MACAddress(mac) else {
            throw Failure(
                "Error: '\(mac)' is no MAC address. One looks like 52:54:00:20:01:11.", exitCode: Failure.usage)
        }
        let path = "nodes/\(PercentCoding.encode(name))/claim"
        let answer = try await Daemon(options).send("POST", path, json: ["mac": .string(address.description)])
        options.output.show(answer.value ?? .null) { _ in "\(name) is the machine that boots from \(address)." }
    }
}
