import ArgumentParser
import Glibc
import Installation
import OrderedCollections
import OutOfBand
import Primitives
import SiteDesign
import YAML

struct Adopt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write the documents of a machine that none names, for review.",
        discussion: """
            The machine has booted over the network and sent its inventory: boatyard get nodes lists it. What is printed is a \
            BaremetalNode, and a HardwareProfile where none of the site's fits the machine, with comments that say what was \
            chosen and why. Nothing is staged or changed:
              boatyard adopt 52:54:00:20:01:15 --name n7 --profile worker --network pxe --network oam --file n7.yaml
              boatyard create configdocs n7 --filename n7.yaml --append

            The address of the BMC is the one that the machine itself tells, if it lies in the network of BMCs of the host \
            profile. Names and addresses are held against the documents in the buffer, or else the committed ones.
            """)

    @Argument(help: "The MAC address that the machine boots from.")
    var mac: String

    @Option(help: "The name of the node.")
    var name: String

    @Option(help: "The name of its HostProfile.")
    var profile: String

    @Option(
        help: ArgumentHelp(
            "A network of the node, with the next free address of its static range, or with the one that is given, or dhcp; may "
                + "be repeated.", valueName: "network[=address]"))
    var network: [String] = []

    @Option(help: "The name of its Rack.")
    var rack: String?

    @Flag(help: "Write its serial and UUID, too: with netboot.pin a machine without them gets no plan.")
    var pin = false

    @Option(help: ArgumentHelp("A .yaml file to write, which must not be there yet.", valueName: "file"))
    var file: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if let file, !file.hasSuffix(".yaml"), !file.hasSuffix(".yml") {
            throw ValidationError("--file takes a .yaml or .yml file, which boatyard create configdocs can stage.")
        }
        for text in network where text.hasPrefix("=") || text.hasSuffix("=") || text.isEmpty {
            throw ValidationError("--network takes NETWORK, or NETWORK=ADDRESS; '\(text)' is neither.")
        }
    }

    func run() async throws {
        guard let address = MACAddress(mac) else {
            throw Failure(
                "Error: '\(mac)' is no MAC address. One looks like 52:54:00:20:01:11.", exitCode: Failure.usage)
        }
        if let file, access(file, F_OK) == 0 {
            throw Failure("Error: \(file) is there already. Remove it, or name another file.")
        }
        let daemon = try Daemon(options)
        let nodes = try await daemon.get("nodes", query: [("designed", "true")]).arrayValue ?? []
        let machine = try Self.machine(address, name: name, among: nodes)
        let documents = try await Self.documents(daemon)
        let adoption: Adoption
        do {
            adoption = try Adoption(
                Adoption.Request(
                    name: name, profile: profile, rack: rack, networks: network.map(Self.network), isPinned: pin),
                of: machine, in: documents)
        } catch {
            throw Failure("Error: \(Text.line(error.message))")
        }
        let text = adoption.text(file: file ?? "\(name).yaml")
        let written = try YAML.load(Array(text.utf8))
        if let file {
            do throws(BoatyardError) {
                try FileContents.write(Array(text.utf8), to: file, mode: 0o644)
            } catch {
                throw Failure("Error: \(error.message)")
            }
            Console.print(Self.summary(file, written, name: name))
        } else {
            try options.output.show(stream: Array(text.utf8))
        }
        for finding in Self.findings(written, documents, name: name) { Console.printError("warning: \(finding)") }
    }

    /// `NETWORK` or `NETWORK=ADDRESS`.
    static func network(_ text: String) -> (name: String, address: String?) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        return (parts.first ?? text, parts.count > 1 ? parts.last : nil)
    }

    /// The machine that boots from `mac`.
    ///
    /// - Parameter nodes: as `GET nodes?designed=true` lists them.
    /// - Throws: `Failure` where it is not known, has told nothing, or is a node, and where `name` is another's.
    static func machine(_ mac: MACAddress, name: String, among nodes: [Value]) throws -> DiscoveredMachine {
        func bootsFrom(_ node: Value) -> MACAddress? { node["boot_mac"]?.stringValue.flatMap { MACAddress($0) } }
        guard let found = nodes.first(where: { bootsFrom($0) == mac }) else {
            throw Failure("Error: \(unknown(mac, among: nodes, bootsFrom))")
        }
        let view = MachineView(found)
        if view.isDesigned {
            throw Failure(
                "Error: \(mac) is the machine of the node \(Text.line(view.name)), \(Text.line(view.status)). Only a machine that is no"
                    + " node can be adopted; boatyard get nodes lists both.")
        }
        if nodes.contains(where: { $0["hostname"]?.stringValue == name }) {
            throw Failure(
                "Error: there is a node \(Text.line(name)) already. Choose another name; boatyard get nodes lists them."
            )
        }
        guard let hardware = found["hardware"], !hardware.isNull else {
            throw Failure(
                "Error: the machine that boots from \(mac) has sent no inventory that could be read. Let it boot over the network"
                    + " again.")
        }
        return DiscoveredMachine(mac: mac, hardware: hardware)
    }

    private static func unknown(
        _ mac: MACAddress, among nodes: [Value], _ bootsFrom: (Value) -> MACAddress?
    ) -> String {
        let text = "no machine that boots from \(mac) has sent an inventory."
        for node in nodes {
            guard let other = bootsFrom(node), let hardware = node["hardware"], !hardware.isNull else { continue }
            let cards = DiscoveredMachine(mac: other, hardware: hardware).cards
            guard let card = cards.first(where: { $0.mac == mac }) else { continue }
            return "\(text) It is the interface \(Text.line(card.name)) of the machine that boots from \(other)."
        }
        let others = nodes.filter { !MachineView($0).isDesigned }.compactMap(bootsFrom).map(\.description)
        let near = others.isEmpty ? "" : Suggestion.sentence(for: mac.description, among: others)
        return
            "\(text)\(near) Let it boot over the network first; boatyard get nodes lists those that have, boatyard timeline \(mac)"
            + " says how far it came."
    }

    /// The rendered documents in the buffer, or, where it is empty or cannot be rendered, the committed ones.
    private static func documents(_ daemon: Daemon) async throws -> [Value] {
        func read(_ version: String, secrets: Bool) async throws -> [Value] {
            let answer = try await daemon.send(
                "GET", "renderedconfigdocs", query: [("version", version), ("cleartext-secrets", "\(secrets)")])
            do {
                return try YAML.load(answer.bytes)
            } catch {
                throw Failure("Error: the daemon's answer is no YAML: \(error.message)")
            }
        }
        func rendered(_ version: String) async throws -> [Value] {
            let shown = try await read(version, secrets: false)
            guard shown.contains(where: isHidden) else { return shown }
            do {
                return try await read(version, secrets: true)
            } catch var failure as Failure where failure.status == 403 {
                failure.text =
                    "Error: the site's documents have secrets, such as the password of its BMCs, and without reading them it is "
                    + "not known what a HostProfile gives a machine: this account may not read them. Ask with one that may."
                failure.body = nil
                throw failure
            }
        }
        do {
            return try await rendered("buffer")
        } catch let failure as Failure where failure.status == 404 || failure.status == 400 {
            do {
                return try await rendered("committed")
            } catch var failure as Failure where failure.status == 404 {
                failure.text =
                    "Error: no documents are committed, so that there is no HostProfile to adopt a machine with. Commit the site"
                    + " first: boatyard create configdocs NAME --directory FOLDER, then boatyard commit configdocs"
                failure.body = nil
                throw failure
            }
        }
    }

    /// Whether it is a document of the design that is hidden as a whole, since it has taken a secret from another one.
    private static func isHidden(_ document: Value) -> Bool {
        document["schema"]?.stringValue?.hasPrefix("drydock/") == true && document["data"]?.objectValue == nil
    }

    private static func summary(_ file: String, _ documents: [Value], name: String) -> String {
        let parts = documents.map { document in
            let kind = document["schema"]?.stringValue?.split(separator: "/").dropFirst().first.map(String.init) ?? ""
            return "\(kind) \(document["metadata"]?["name"]?.stringValue ?? "")"
        }
        return
            "\(file) has the \(parts.joined(separator: " and the ")). Review it, then: boatyard create configdocs \(name) --filename"
            + " \(file) --append"
    }

    /// How many errors are told.
    private static let shownFindings = 8

    /// The errors that the validators find in what was written, together with the site's documents.
    static func findings(_ written: [Value], _ documents: [Value], name: String) -> [String] {
        let names = Set(written.compactMap { $0["metadata"]?["name"]?.stringValue })
        let design = InstallableDesign.compile(
            (documents + written).compactMap { DesignDocument($0) }, outOfBandTypes: OutOfBand.types)
        let errors = design.messages.filter { message in
            message.error && message.documents.contains { names.contains($0.name) }
        }
        return errors.prefix(shownFindings).map { Text.line($0.message) }
    }
}
