import ArgumentParser
import Primitives

struct Acknowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack",
        abstract: "Say that you have done by hand what a node without a BMC was waiting for.",
        discussion: """
            A node of the out-of-band type 'manual' is switched by people: 'boatyard get nodes' and the action say what is to be \
            done. The task goes on when this is said.
            """)

    @Argument(help: "The node's name.", completion: LiveNames.nodes)
    var name: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let answer = try await Daemon(options).send("POST", "nodes/\(PercentCoding.encode(name))/ack")
        options.output.show(answer.value ?? .null) { answer in
            ControlCharacters.escaped("This is done: \(answer["done"]?.stringValue ?? "").", keepsLines: false)
                + "\nMore may follow: boatyard get nodes shows what is asked next."
        }
    }
}
