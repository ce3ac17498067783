import ArgumentParser
import Netboot
import Primitives
import Settings

struct NetbootSnippet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dhcp-snippet", abstract: "Print what another DHCP server has to be told.",
        discussion: """
            For netboot.mode: off. The lines are complete: BIOS, UEFI, UEFI HTTP boot, and the script for iPXE. The daemon is
            asked for its address and its boot programs, unless --node-url says where machines reach it.
            """)

    @Option(name: .customLong("for"), help: "The server: isc, dnsmasq or kea.")
    var server: DHCPSnippet.Server

    @Option(
        help: ArgumentHelp(
            "The node listener as machines reach it, such as http://192.0.2.1:8080. (default: what the daemon says)",
            valueName: "url"))
    var nodeURL: String?

    @Option(
        help: ArgumentHelp(
            "The IPv4 address of the host with the boot programs. (default: the node listener's)", valueName: "address")
    )
    var tftpServer: String?

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if let nodeURL, Settings.Node.url(nodeURL) == nil {
            throw ValidationError("--node-url is '\(nodeURL)'; expected is \(Settings.Node.expectedURL).")
        }
        if let tftpServer, IPv4Address(tftpServer) == nil {
            throw ValidationError("--tftp-server is '\(tftpServer)'; an IPv4 address is expected.")
        }
    }

    func run() async throws {
        var settings = DHCPServerSettings()
        var programs: Set<String> = []
        var address = nodeURL.flatMap(Settings.Node.url) ?? ""
        if nodeURL == nil {
            let status = try await Daemon(options).get("netboot/dhcp")
            address = status["node_url"]?.stringValue ?? ""
            programs = Set((status["programs"]?.arrayValue ?? []).compactMap(\.stringValue))
            settings.usesSecureBoot = status["secure_boot"]?.boolValue ?? false
            settings.uefiProgram = status["uefi_program"]?.stringValue.flatMap { .init(rawValue: $0) } ?? .snponly
        }
        let snippet: DHCPSnippet
        do {
            snippet = try DHCPSnippet(
                nodeURL: address, tftpServer: tftpServer.flatMap { IPv4Address($0) }, available: programs,
                settings: settings)
        } catch {
            throw Failure("Error: \(error.message)", exitCode: Failure.usage)
        }
        if snippet.isOfLoopback {
            Console.printError(
                "warning: machines cannot reach \(address). Set listeners.node.url in the daemon's configuration to the address of this "
                    + "host on the provisioning network, or give it with --node-url.")
        }
        Console.print(snippet.text(for: server), terminator: "")
    }
}

extension DHCPSnippet.Server: ExpressibleByArgument {}
