import ArgumentParser
import Primitives

struct Claim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Settle which machine a node is.",
        discussion: """
            For a node that two machines dispute, for one whose boot interface or main board was replaced, and for one whose \
            boot MAC in the design is wrong. What the design says counts again once it names another boot MAC than today.

            The machine that was the node is an unknown machine then. Of a node that is installed the system on the disk is not \
            touched: the node keeps its state and boots from its disk from the other address on. Every other address than that of \
            its machine is refused for such a node, unless it is forced.
            """)

    @Argument(help: "The node's name.", completion: LiveNames.nodes)
    var name: String

    @Option(help: "The MAC address that the node's machine boots from.")
    var mac: String

    @Flag(help: "Take a node that is installed away from its machine.")
    var force = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        guard let address = MACAddress(mac) else {
            throw Failure(
                "Error: '\(mac)' is no MAC address. One looks like 52:54:00:20:01:11.", exitCode: Failure.usage)
        }
        let path = "nodes/\(PercentCoding.encode(name))/claim"
        let answer = try await Daemon(options).send(
            "POST", path, json: ["mac": .string(address.description), "force": .bool(force)])
        options.output.show(answer.value ?? .null) {
            Self.text(name, address, former: $0["former"]?.stringValue, isForced: force)
        }
    }

    /// - Parameters:
    ///   - former: from where the machine boots that was the node; nil where it is the same.
    ///   - isForced: whether the claim was, so that undoing it has to be, too.
    static func text(_ name: String, _ mac: MACAddress, former: String?, isForced: Bool) -> String {
        let text = "\(name) is the machine that boots from \(mac)."
        guard let former else { return text }
        return text
            + "\n\(former), which was \(name), is nobody's machine now: its keys are void, and it gets the installer when it "
            + "boots from the network. Undo it: boatyard claim \(name) --mac \(former)" + (isForced ? " --force" : "")
    }
}
