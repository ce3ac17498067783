import ArgumentParser
import Primitives

struct Forget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Remove machines that no document names.",
        discussion: """
            One that boots again is listed again: boatyard get nodes --unknown. Of a node that no document names any more the record \
            is removed: its machine is neither erased nor switched, and is an unknown machine when it boots from the network next. \
            What cannot be removed is told, and the others are removed all the same.
            """)

    @Argument(
        help:
            "Ids or boot MAC addresses of machines, as boatyard get nodes --unknown lists them, or names of nodes that no document names."
    )
    var machines: [String] = []

    @Flag(help: "All unknown machines.")
    var all = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        guard machines.isEmpty == all else {
            throw ValidationError("Give the ids or MAC addresses of machines, the names of nodes, or --all.")
        }
    }

    func run() async throws {
        let daemon = try Daemon(options)
        var removed = 0
        let known =
            machines.contains { MACAddress($0) != nil }
            ? try await daemon.get("nodes", query: [("unknown", "true")]).arrayValue ?? [] : []
        var messages: [String] = []
        var failures: [Failure] = []
        for machine in all ? [nil] : machines.map(Optional.some) {
            do {
                let path = try machine.map { try Self.path(of: $0, among: known) } ?? "unknown-machines"
                let answer = try await daemon.send("DELETE", path).data(of: "DELETE \(path)")
                if let message = answer["message"]?.stringValue {
                    messages.append(Text.line(message))
                } else {
                    removed += answer["removed"]?.intValue ?? 0
                }
            } catch let failure as Failure {
                failures.append(failure)
                if failure.exitCode == Failure.unreachable { break }
            }
        }
        if failures.isEmpty || removed + messages.count > 0 {
            options.output.show(["removed": .int(removed + messages.count)]) { _ in
                let isOfNodes = !messages.isEmpty && removed == 0
                return (isOfNodes ? messages : [Self.text(removed)] + messages).joined(separator: "\n")
            }
        }
        if let failure = Self.together(failures) { throw failure }
    }

    /// What went wrong with some of several, each in its words.
    static func together(_ failures: [Failure]) -> Failure? {
        guard failures.count > 1 else { return failures.first }
        return Failure(
            failures.map(\.fullText).joined(separator: "\n"), exitCode: failures.map(\.exitCode).max() ?? 1)
    }

    /// That of a machine by its id or MAC address, or of a node by its name.
    static func path(of text: String, among known: [Value]) throws -> String {
        let id = try id(of: text, among: known)
        let isNode = ULID(id.uppercased()) == nil
        return (isNode ? "nodes/" : "unknown-machines/") + PercentCoding.encode(id)
    }

    /// The id of the machine that boots from a MAC address; anything else is an id, or a name.
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
