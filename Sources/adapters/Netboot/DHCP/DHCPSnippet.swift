import Primitives

/// What another DHCP server has to be told so that its machines boot from this host: BIOS, UEFI and HTTP boot.
package struct DHCPSnippet: Sendable {
    /// The servers that it can be written for.
    package enum Server: String, Sendable, CaseIterable {
        /// `dhcpd.conf` of ISC DHCP.
        case isc
        /// `dnsmasq.conf`.
        case dnsmasq
        /// `kea-dhcp4.conf`.
        case kea
    }

    private let nodeURL: String
    private let tftpServer: IPv4Address
    private let programs: [(client: BootClient, program: String)]
    /// Those for which there is no program.
    private let others: [BootClient]

    /// - Parameters:
    ///   - nodeURL: the address of the listener `node` as machines reach it.
    ///   - tftpServer: the address of the host that has the boot programs; nil takes that of `nodeURL`.
    ///   - available: the names of the programs that are there; empty for those of x86-64.
    /// - Throws: `BoatyardError` `dhcp.snippet` where the address of the TFTP server is not known, or `nodeURL` cannot stand
    ///   in a configuration file.
    package init(
        nodeURL: String, tftpServer: IPv4Address?, available: Set<String> = [], settings: DHCPServerSettings = .init()
    ) throws(BoatyardError) {
        try NodeAddress.check(nodeURL)
        guard let server = tftpServer ?? NodeAddress.host(of: nodeURL) else {
            throw BoatyardError(
                "dhcp.snippet",
                "The host of \(nodeURL) is a name, and DHCP gives machines the address of their TFTP server: give the IPv4 "
                    + "address of this host with --tftp-server.", kind: .invalid)
        }
        self.nodeURL = nodeURL
        self.tftpServer = server
        let usual: Set<String> = ["undionly.kpxe", "snponly.efi", "ipxe.efi", "shimx64.efi"]
        programs = BootClient.allCases.compactMap { client in
            client.program(settings, of: available.isEmpty ? usual : available).map { (client, $0) }
        }
        let served = Set(programs.map(\.client))
        others = BootClient.allCases.filter { !served.contains($0) }
    }

    /// Whether it sends machines to an address that only this host reaches.
    package var isOfLoopback: Bool {
        let host = NodeAddress.host(of: nodeURL)
        return (host ?? tftpServer).rawValue >> 24 == 127 || tftpServer.rawValue >> 24 == 127
            || nodeURL.contains("://localhost") || nodeURL.contains("://[::1]")
    }

    /// What is not answered, as a comment.
    private func remark(_ mark: String) -> [String] {
        guard !others.isEmpty else { return [] }
        let names = others.map { "\($0.rawValue) (\($0.architectures.map(String.init).joined(separator: ", ")))" }
        return [
            "\(mark) Client architectures that the installer has no boot program for, and that are offered none: "
                + names.joined(separator: ", ")
        ]
    }

    private var script: String { NodeAddress.script(nodeURL) }

    /// What a client of that kind boots: a name for TFTP, or an address.
    private func file(_ client: BootClient, _ program: String) -> String {
        client.isHTTP ? BootProgramLocation.address(of: program, nodeURL: nodeURL) : program
    }

    /// The lines for a server, each ended.
    package func text(for server: Server) -> String {
        let lines =
            switch server {
            case .isc: isc
            case .dnsmasq: dnsmasq
            case .kea: kea
            }
        return lines.joined(separator: "\n") + "\n"
    }

    private var dnsmasq: [String] {
        var lines =
            ["# Boatyard: for the dnsmasq that serves the provisioning network."] + remark("#")
            + ["dhcp-match=set:ipxe,175", "dhcp-userclass=set:ipxe,iPXE"]
        for (client, program) in programs {
            lines += client.architectures.map { "dhcp-match=set:\(client.rawValue),option:client-arch,\($0)" }
            let tags = "tag:\(client.rawValue),tag:!ipxe"
            if client.isHTTP {
                lines.append("dhcp-option-force=\(tags),60,HTTPClient")
                lines.append("dhcp-boot=\(tags),\(file(client, program))")
            } else {
                lines.append("dhcp-boot=\(tags),\(program),,\(tftpServer)")
            }
        }
        return lines + ["dhcp-boot=tag:ipxe,\(script)"]
    }

    private var isc: [String] {
        var lines =
            [
                "# Boatyard: for dhcpd.conf, before its subnets. From next-server on, it may stand in that of the "
                    + "provisioning network."
            ] + remark("#")
        lines += [
            "option client-architecture code 93 = unsigned integer 16;", "option ipxe-encapsulated code 175 = string;",
            "next-server \(tftpServer);",
            "if exists ipxe-encapsulated or option user-class = \"iPXE\" {", "    filename \"\(script)\";",
        ]
        for (client, program) in programs {
            let test = client.architectures.map {
                "option client-architecture = \(Self.hex($0, between: ":"))"
            }.joined(separator: " or ")
            lines.append("} elsif \(test) {")
            if client.isHTTP { lines.append("    option vendor-class-identifier \"HTTPClient\";") }
            lines.append("    filename \"\(file(client, program))\";")
        }
        return lines + ["}"]
    }

    private var kea: [String] {
        var classes: [[String]] = [
            [
                "\"name\": \"boatyard-ipxe\"",
                "\"test\": \"option[175].exists or option[77].hex == 'iPXE'\"",
                "\"boot-file-name\": \"\(script)\"",
            ]
        ]
        for (client, program) in programs {
            let test = client.architectures.map { "option[93].hex == 0x\(Self.hex($0, between: ""))" }
                .joined(separator: " or ")
            var members = [
                "\"name\": \"boatyard-\(client.rawValue)\"",
                "\"test\": \"not member('boatyard-ipxe') and (\(test))\"", "\"next-server\": \"\(tftpServer)\"",
                "\"boot-file-name\": \"\(file(client, program))\"",
            ]
            if client.isHTTP {
                members.append(
                    "\"option-data\": [{ \"name\": \"vendor-class-identifier\", \"data\": \"HTTPClient\", \"always-send\": true }]"
                )
            }
            classes.append(members)
        }
        let texts = classes.map { members in
            "      {\n" + members.map { "        \($0)" }.joined(separator: ",\n") + "\n      }"
        }
        return ["// Boatyard: for kea-dhcp4.conf. Add the classes to those of your Dhcp4."] + remark("//") + [
            "{", "  \"Dhcp4\": {",
            "    \"client-classes\": [", texts.joined(separator: ",\n"), "    ]", "  }", "}",
        ]
    }

    /// Four digits: `00:07`, `0007`.
    private static func hex(_ number: Int, between separator: String) -> String {
        [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)].map { [$0].hex }
            .joined(separator: separator)
    }
}

/// The address of the listener `node` in answers of DHCP.
enum NodeAddress {
    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    /// No comma, which dnsmasq separates values with, and nothing that has a meaning in quotes.
    private static let allowed = Set((letters + "-._~:/@+=%[]").utf8)

    /// The field of a boot file has 128 bytes (RFC 2131 §2).
    ///
    /// - Throws: `BoatyardError` `dhcp.node_url`.
    static func check(_ url: String) throws(BoatyardError) {
        guard !url.isEmpty, url.utf8.count <= 80, url.utf8.allSatisfy({ allowed.contains($0) }) else {
            throw BoatyardError(
                "dhcp.node_url",
                "The address of the node listener, \(url.prefix(200)), cannot stand in an answer of DHCP: it must have at "
                    + "most 80 letters, digits and -._~:/@+=%[]. Set listeners.node.url, best with an IPv4 address.",
                kind: .invalid)
        }
    }

    /// What iPXE fetches: it puts the address of the interface that it boots from in place of the expression.
    static func script(_ url: String) -> String { "\(url)/ipxe/${netX/mac:hexhyp}" }

    /// Nil where the host is a name, or an address of IPv6.
    static func host(of url: String) -> IPv4Address? {
        guard let start = url.firstRange(of: "://")?.upperBound else { return nil }
        return IPv4Address(url[start...].prefix { $0 != ":" && $0 != "/" })
    }
}
