import ArgumentParser
import DocumentSchemas
import Glibc
import Installation
import Netboot
import OrderedCollections
import Primitives
import SiteDesign

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write the documents of a new site: machines with one network interface each.",
        discussion: """
            What is not given is asked for on a terminal. The folder must not be there yet.
              boatyard init my-site --network 192.0.2.0/24 --gateway 192.0.2.1 \\
                --machine n1=52:54:00:12:34:01,198.51.100.11 \\
                --machine n2=52:54:00:12:34:02,198.51.100.12 \\
                --bmc-account admin --bmc-password-file bmc-password \\
                --key ~/.ssh/id_ed25519.pub
              boatyard rehearse my-site

            The files are small and commented; boatyard explain-kind tells what else documents may say.
            """)

    @Argument(help: "The folder to make; its name is that of the site.")
    var folder: String

    @Option(
        help:
            "The interface of this host on the provisioning network, whose network is taken unless --network gives it.")
    var interface: String?

    @Option(help: ArgumentHelp("The network that machines boot from and work in.", valueName: "cidr"))
    var network: String?

    @Option(help: ArgumentHelp("The gateway of the network.", valueName: "address"))
    var gateway: String?

    @Option(help: ArgumentHelp("A name server; may be repeated.", valueName: "address"))
    var nameServer: [String] = []

    @Option(help: "The domain of the machines' names.")
    var domain: String = "local"

    @Option(
        help: ArgumentHelp(
            "A machine: its name, the MAC address that it boots from, and the address of its BMC, if it has one; may be repeated. "
                + "Further address=ADDRESS, disk=DISK.", valueName: "name=mac[,bmc]"))
    var machine: [String] = []

    @Flag(help: "Take the machines that have booted from the daemon and are no nodes yet; they are called n1, n2, ….")
    var fromDiscovered = false

    @Option(help: "ipmi or redfish.")
    var bmcType: String = "ipmi"

    @Option(help: "The account of the BMCs.")
    var bmcAccount: String?

    @Option(help: ArgumentHelp("A file whose first line is its password; - is standard input.", valueName: "file"))
    var bmcPasswordFile: String?

    @Option(help: ArgumentHelp("The network of the BMCs. (default: the /24 of the first BMC)", valueName: "cidr"))
    var bmcNetwork: String?

    @Option(help: "The image that is installed.")
    var image: String = "debian-12"

    @Option(help: "The image's kernel.")
    var kernel: String = "generic"

    @Option(help: "How the machines boot: uefi or bios. (default: uefi, or as the machines have booted)")
    var bootMode: String?

    @Option(help: "The disk that is installed to, as the kernel calls it. (default: sda, or the machines' own)")
    var disk: String?

    @Option(
        help: ArgumentHelp("A public SSH key that may log in, or a file of them; may be repeated.", valueName: "key"))
    var key: [String] = []

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if let bootMode, BootMode(rawValue: bootMode) == nil {
            throw ValidationError("--boot-mode is '\(bootMode)'; expected is uefi or bios.")
        }
        if !["ipmi", "redfish"].contains(bmcType) {
            throw ValidationError("--bmc-type is '\(bmcType)'; expected is ipmi or redfish.")
        }
        if fromDiscovered, !machine.isEmpty { throw ValidationError("Give either --machine or --from-discovered.") }
    }

    func run() async throws {
        guard access(folder, F_OK) != 0 else {
            throw Failure("Error: \(folder) is there already. Name a folder that is not.", exitCode: Failure.usage)
        }
        let site: NewSite
        do throws(BoatyardError) {
            site = try NewSite(try await request())
        } catch {
            throw Failure("Error: \(Text.line(error.message))", exitCode: Failure.usage)
        }
        try write(site)
        Console.print(summary(site))
    }

    private func write(_ site: NewSite) throws {
        let schema = "documents.schema.json"
        var files = site.files(modeline: "# yaml-language-server: $schema=\(schema)")
        files[schema] = DocumentSchema.anyDocument.json(.compact) + "\n"
        do throws(BoatyardError) {
            try FileContents.makeFolder(folder, mode: 0o755)
            for (name, text) in files {
                try FileContents.write(
                    Array(text.utf8), to: "\(folder)/\(name)", mode: name == "secrets.yaml" ? 0o600 : 0o644)
            }
        } catch {
            throw Failure("Error: \(error.message)")
        }
    }

    private func summary(_ site: NewSite) -> String {
        let place = Text.line(folder)
        var lines = ["\(place) has \(ActionOutcome.machines(site.machines.count)):"]
        for machine in site.machines {
            let bmc = machine.bmcAddress.map { ", BMC \($0)" } ?? ", switched by a person"
            lines.append("  \(machine.name): \(machine.mac), \(machine.address.map { "\($0)" } ?? "")\(bmc)")
        }
        lines += [
            "DHCP gives out \(site.dhcp.lowerBound) to \(site.dhcp.upperBound).", "", "Next:",
            "  boatyard rehearse \(place)", "  boatyard create configdocs site --directory \(place)",
            "  boatyard commit configdocs", "  boatyard create action deploy_site --wait",
        ]
        if let interface {
            lines += [
                "", "For DHCP on \(Text.line(interface)), /etc/boatyard/boatyard.yaml has to say:", "  netboot:",
                "    mode: authoritative", "    interface: \(Text.line(interface))",
            ]
        }
        return lines.joined(separator: "\n")
    }
}

extension InitCommand {
    /// - Throws: `BoatyardError` `site.arguments` for what is missing or cannot be read.
    private func request() async throws(BoatyardError) -> NewSite.Request {
        var questions = Questions()
        let host = try hostNetwork()
        let standard = host.map { "\($0.network)/\($0.prefixLength)" }
        var text = network ?? standard ?? ""
        if text.isEmpty { text = try questions.ask("Network that machines boot from and work in", "--network", nil) }
        guard let network = IPv4Network(text) else {
            throw Self.wrong("--network", text, "a network like 192.0.2.0/24")
        }
        var request = NewSite.Request(network: network)
        request.name = Self.siteName(of: folder)
        if let host, network.contains(host.address) { request.taken = [host.address] }
        let first = "\(IPv4Address(rawValue: network.network.rawValue + 1))"
        if let gateway = gateway ?? questions.offer("Gateway, or - for none", first), gateway != "-" {
            request.gateway = try Self.address(gateway, "--gateway")
        }
        let servers =
            nameServer.isEmpty ? [questions.offer("Name server, or - for none", first)].compactMap(\.self) : nameServer
        for server in servers where server != "-" {
            request.nameServers.append(try Self.address(server, "--name-server"))
        }
        request.domain = domain
        request.image = image
        request.kernel = kernel
        request.keys = try keys(&questions)
        try await addMachines(to: &request, &questions)
        if request.machines.contains(where: { $0.bmcAddress != nil }) {
            var account = bmcAccount ?? ""
            if account.isEmpty { account = try questions.ask("Account of the BMCs", "--bmc-account", "admin") }
            request.bmcs = NewSite.BMCs(type: bmcType, account: account, password: try password(&questions))
        }
        if let bmcNetwork {
            guard let network = IPv4Network(bmcNetwork) else {
                throw Self.wrong("--bmc-network", bmcNetwork, "a network like 198.51.100.0/24")
            }
            request.bmcNetwork = network
        }
        return request
    }

    /// That of this host on the interface, with its address.
    private func hostNetwork() throws(BoatyardError) -> IPv4Network? {
        guard let interface else { return nil }
        guard let networks = HostInterface.networks(of: interface) else {
            throw BoatyardError(
                "site.arguments",
                "this host has no interface \(interface). It has \(HostInterface.names.joined(separator: ", ")).",
                kind: .invalid)
        }
        return networks.first
    }

    private func addMachines(to request: inout NewSite.Request, _ questions: inout Questions)
        async throws(BoatyardError)
    {
        request.bootMode = bootMode.flatMap { BootMode(rawValue: $0) } ?? .uefi
        request.disk = disk ?? "sda"
        if fromDiscovered {
            let found = try await discovered()
            request.machines = found.enumerated().map { index, machine in
                NewSite.Machine(
                    name: "n\(index + 1)", mac: machine.mac,
                    bmcAddress: machine.bmcAddress.flatMap { IPv4Address($0.description) },
                    disk: disk == nil ? machine.disks.first?.name : nil)
            }
            if bootMode == nil, let mode = found.compactMap(\.firmware).first { request.bootMode = mode }
            if disk == nil, let first = found.first?.disks.first?.name { request.disk = first }
            return
        }
        var machines = machine
        while machine.isEmpty,
            let text = questions.offer(
                "Machine, as NAME=MAC,BMC-ADDRESS\(machines.isEmpty ? "" : "; empty where there are no more")", ""),
            !text.isEmpty
        {
            machines.append(text)
        }
        guard !machines.isEmpty else {
            throw BoatyardError(
                "site.arguments",
                "no machines are given: --machine n1=52:54:00:12:34:01,198.51.100.11, or --from-discovered.",
                kind: .invalid)
        }
        request.machines = try machines.map(Self.machine)
    }

    /// `NAME=MAC[,BMC][,address=ADDRESS][,disk=DISK]`
    static func machine(_ text: String) throws(BoatyardError) -> NewSite.Machine {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        let members = (parts.last ?? "").split(separator: ",").map(String.init)
        guard parts.count == 2, let first = members.first, let mac = MACAddress(first) else {
            throw wrong("--machine", text, "NAME=MAC[,BMC-ADDRESS], such as n1=52:54:00:12:34:01,198.51.100.11")
        }
        var machine = NewSite.Machine(name: parts[0], mac: mac)
        for member in members.dropFirst() {
            let pair = member.split(separator: "=", maxSplits: 1).map(String.init)
            switch (pair.first, pair.count) {
            case ("address", 2): machine.address = try address(pair[1], "--machine \(parts[0]): address")
            case ("bmc", 2): machine.bmcAddress = try address(pair[1], "--machine \(parts[0]): bmc")
            case ("disk", 2): machine.disk = pair[1]
            default: machine.bmcAddress = try address(member, "--machine \(parts[0])")
            }
        }
        return machine
    }

    /// Machines that have sent an inventory and are no nodes, in the order of their MAC addresses.
    private func discovered() async throws(BoatyardError) -> [DiscoveredMachine] {
        let nodes: [Value]
        do {
            nodes = try await Daemon(options).get("nodes", query: [("unknown", "true")]).arrayValue ?? []
        } catch {
            let text = (error as? Failure)?.text ?? error.inWords
            throw BoatyardError(
                "site.arguments", text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text, kind: .unavailable)
        }
        let machines = nodes.compactMap { node -> DiscoveredMachine? in
            guard let mac = node["boot_mac"]?.stringValue.flatMap({ MACAddress($0) }), let hardware = node["hardware"],
                !hardware.isNull
            else { return nil }
            return DiscoveredMachine(mac: mac, hardware: hardware)
        }
        guard !machines.isEmpty else {
            throw BoatyardError(
                "site.arguments",
                "no machine has sent an inventory yet. Let them boot over the network; boatyard get nodes lists those that have.",
                kind: .invalid)
        }
        return machines.sorted { $0.mac.description < $1.mac.description }
    }

    /// Public keys, of the arguments, of the files that they name, or else of the person who asks.
    private func keys(_ questions: inout Questions) throws(BoatyardError) -> [String] {
        let places = key.isEmpty ? [try questions.ask("Public SSH key, or a file of them", "--key", Self.ownKey)] : key
        var keys: [String] = []
        for place in places {
            let isKey = place.contains(" ")
            let text = isKey ? place : String(decoding: try FileContents.read(place, limit: 1 << 20), as: UTF8.self)
            let lines = text.split(whereSeparator: \.isNewline).map { String($0).trimmed }
                .filter { !$0.isEmpty && !$0.hasPrefix("#") }
            guard !lines.isEmpty, lines.allSatisfy(Self.isPublicKey) else {
                throw Self.wrong("--key", place, "a public key, or a file of them, such as ~/.ssh/id_ed25519.pub")
            }
            keys += lines
        }
        return keys
    }

    /// A private key must not get into documents.
    private static func isPublicKey(_ line: String) -> Bool {
        let words = line.split(separator: " ")
        return words.count >= 2 && ["ssh-", "ecdsa-", "sk-"].contains { words[0].hasPrefix($0) }
    }

    private static var ownKey: String? {
        guard let home = GlobalOptions.environment("HOME") else { return nil }
        return ["id_ed25519.pub", "id_ecdsa.pub", "id_rsa.pub"].map { "\(home)/.ssh/\($0)" }
            .first { access($0, R_OK) == 0 }
    }

    private func password(_ questions: inout Questions) throws(BoatyardError) -> Secret<String> {
        do {
            if let bmcPasswordFile { return Secret(try PasswordOptions.firstLine(bmcPasswordFile)) }
            guard questions.isPossible else { throw Questions.missing("--bmc-password-file") }
            return try PasswordOptions.ask("Password of the BMCs: ", isNew: false)
        } catch let error as BoatyardError {
            throw error
        } catch {
            let text = (error as? Failure)?.text ?? error.inWords
            throw BoatyardError(
                "site.arguments", text.hasPrefix("Error: ") ? String(text.dropFirst(7)) : text, kind: .invalid)
        }
    }

    private static func address(_ text: String, _ option: String) throws(BoatyardError) -> IPv4Address {
        guard let address = IPv4Address(text) else { throw wrong(option, text, "an IPv4 address like 192.0.2.1") }
        return address
    }

    private static func wrong(_ option: String, _ text: String, _ expected: String) -> BoatyardError {
        BoatyardError("site.arguments", "\(option) is '\(text)'; expected is \(expected).", kind: .invalid)
    }

    /// Of the folder's last part what may stand in the name of a document.
    private static func siteName(of folder: String) -> String {
        let last = folder.split(separator: "/").last.map(String.init) ?? ""
        let name = last.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
        return name.isEmpty || name.hasPrefix(".") ? "site" : name
    }
}

/// What a person is asked on a terminal.
private struct Questions {
    let isPossible = isatty(STDIN_FILENO) == 1

    /// - Parameter standard: what an empty answer means; nil where there is no such.
    /// - Throws: `BoatyardError` where there is nobody to ask, and no standard.
    mutating func ask(_ question: String, _ option: String, _ standard: String?) throws(BoatyardError) -> String {
        guard isPossible else {
            guard let standard else { throw Self.missing(option) }
            return standard
        }
        guard let answer = offer(question, standard ?? ""), !answer.isEmpty else { throw Self.missing(option) }
        return answer
    }

    /// - Returns: nil where there is nobody to ask, and at the end of the input.
    mutating func offer(_ question: String, _ standard: String) -> String? {
        guard isPossible else { return nil }
        let text = "\(question)\(standard.isEmpty ? "" : " [\(standard)]"): "
        let bytes = Array(Text.line(text).utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
        guard let line = StandardInput.line()?.trimmed else { return nil }
        return line.isEmpty ? standard : line
    }

    static func missing(_ option: String) -> BoatyardError {
        BoatyardError("site.arguments", "there is no terminal to ask; give \(option).", kind: .invalid)
    }
}
