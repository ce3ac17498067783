import ArgumentParser
import Primitives

struct Forget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove machines that are no node of the design.",
        discussion: "One that boots again is listed again: boatyard get nodes --unknown.")

    @Argument(help: "Ids or boot MAC addresses of machines, as boatyard get nodes --unknown lists them.")
    var machines: [String] = []

    @Flag(help: "All unknown machines.")
    var all = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard machines.isEmpty == all else {
            throw ValidationError("Give the ids or MAC addresses of machines, or --all.")
        }
    }

    func run() async throws {
        let daemon = try Daemon(options)
        var removed = 0
        let known =
            machines.contains { MACAddress($0) != nil }
            ? try await daemon.get("nodes", query: [("unknown", "true")]).arrayValue ?? [] : []
        let ids = try machines.map { try Self.id(of: $0, among: known) }
        for path in all ? ["unknown-machines"] : ids.map({ "unknown-machines/\(PercentCoding.encode($0))" }) {
            removed += try await daemon.send("DELETE", path).data(of: "DELETE \(path)")["removed"]?.intValue ?? 0
        }
        options.output.show(["removed": .int(removed)]) { _ in Self.text(removed) }
    }

    /// The id of the machine that boots from a MAC address; anything else is an id.
    ///
    /// - Parameter known: as `GET nodes?unknown=true` lists them.
    /// - Throws: `Failure` for an address that none of them boots from.
    static func id(of text: String, among known: [Value]) throws -> String {
        guard let mac = MACAddress(text) else { return text }
        let machine = known.first { $0["boot_mac"]?.stringValue.flatMap { MACAddress($0) } == mac }
        guard let id = machine?["id"]?.stringValue else {
            throw Failure("Error: no unknown machine boots from \(mac). boatyard get nodes --unknown lists them.")
        }
        return id
    }

    static func text(_ removed: Int) -> String {
        "\(removed) unknown \(removed == 1 ? "machine" : "machines") removed."
    }
}
