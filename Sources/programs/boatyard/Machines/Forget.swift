import ArgumentParser
import Primitives

struct Forget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove machines that are no node of the design.",
        discussion: "One that boots again is listed again: boatyard get nodes --unknown.")

    @Argument(help: "Ids of machines, as boatyard get nodes --unknown lists them.")
    var machines: [String] = []

    @Flag(help: "All unknown machines.")
    var all = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard machines.isEmpty == all else {
            throw ValidationError("Give the ids of machines, or --all.")
        }
    }

    func run() async throws {
        let daemon = try Daemon(options)
        var removed = 0
        for path in all ? ["unknown-machines"] : machines.map({ "unknown-machines/\(PercentCoding.encode($0))" }) {
            removed += try await daemon.send("DELETE", path).data(of: "DELETE \(path)")["removed"]?.intValue ?? 0
        }
        options.output.show(["removed": .int(removed)]) { _ in Self.text(removed) }
    }

    static func text(_ removed: Int) -> String {
        "\(removed) unknown \(removed == 1 ? "machine" : "machines") removed."
    }
}
