import Foundation
import Netboot
import Primitives
import TestSupport
import Testing

@Suite("What another DHCP server is told")
struct DHCPSnippetTests {
    private func snippet(_ url: String = "http://10.20.1.1:8080", server: String? = nil) throws -> DHCPSnippet {
        try DHCPSnippet(nodeURL: url, tftpServer: server.flatMap { IPv4Address($0) })
    }

    @Test("the lines for dnsmasq")
    func dnsmasq() throws {
        #expect(
            try snippet().text(for: .dnsmasq) == """
                # Boatyard: for the dnsmasq that serves the provisioning network.
                # Client architectures that the installer has no boot program for, and that are offered none: \
                efi-ia32 (6), efi-arm32 (10), efi-arm64 (11), http-arm64 (19)
                dhcp-match=set:ipxe,175
                dhcp-userclass=set:ipxe,iPXE
                dhcp-match=set:bios,option:client-arch,0
                dhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe,,10.20.1.1
                dhcp-match=set:efi-x64,option:client-arch,7
                dhcp-match=set:efi-x64,option:client-arch,9
                dhcp-boot=tag:efi-x64,tag:!ipxe,snponly.efi,,10.20.1.1
                dhcp-match=set:http-x64,option:client-arch,16
                dhcp-option-force=tag:http-x64,tag:!ipxe,60,HTTPClient
                dhcp-boot=tag:http-x64,tag:!ipxe,http://10.20.1.1:8080/netboot/boot/snponly.efi
                dhcp-boot=tag:ipxe,http://10.20.1.1:8080/ipxe/${netX/mac:hexhyp}

                """)
    }

    @Test("the lines for ISC DHCP")
    func isc() throws {
        #expect(
            try snippet().text(for: .isc) == """
                # Boatyard: for dhcpd.conf, before its subnets. From next-server on, it may stand in that of the \
                provisioning network.
                # Client architectures that the installer has no boot program for, and that are offered none: \
                efi-ia32 (6), efi-arm32 (10), efi-arm64 (11), http-arm64 (19)
                option client-architecture code 93 = unsigned integer 16;
                option ipxe-encapsulated code 175 = string;
                next-server 10.20.1.1;
                if exists ipxe-encapsulated or option user-class = "iPXE" {
                    filename "http://10.20.1.1:8080/ipxe/${netX/mac:hexhyp}";
                } elsif option client-architecture = 00:00 {
                    filename "undionly.kpxe";
                } elsif option client-architecture = 00:07 or option client-architecture = 00:09 {
                    filename "snponly.efi";
                } elsif option client-architecture = 00:10 {
                    option vendor-class-identifier "HTTPClient";
                    filename "http://10.20.1.1:8080/netboot/boot/snponly.efi";
                }

                """)
    }

    @Test("the lines for Kea are JSON with a class for each firmware")
    func kea() throws {
        let text = try snippet().text(for: .kea)
        let json = text.split(separator: "\n").filter { !$0.hasPrefix("//") }.joined(separator: "\n")
        let classes = try #require(try Value(json: json)["Dhcp4"]?["client-classes"]?.arrayValue)
        #expect(
            classes.compactMap { $0["name"]?.stringValue } == [
                "boatyard-ipxe", "boatyard-bios", "boatyard-efi-x64", "boatyard-http-x64",
            ])
        #expect(
            classes[2]["test"]?.stringValue
                == "not member('boatyard-ipxe') and (option[93].hex == 0x0007 or option[93].hex == 0x0009)")
    }

    @Test("an address that only this host reaches is told apart")
    func loopback() throws {
        for url in ["http://127.0.0.1:8080", "http://127.1.2.3"] { #expect(try snippet(url).isOfLoopback, "\(url)") }
        #expect(try snippet("http://localhost:8080", server: "192.0.2.7").isOfLoopback)
        #expect(try !snippet().isOfLoopback)
        #expect(try !snippet("http://seed.example.com:8080", server: "192.0.2.7").isOfLoopback)
    }

    @Test("a host that is a name needs the address of the TFTP server")
    func name() throws {
        let error = #expect(throws: BoatyardError.self) { try snippet("http://seed.example.com:8080") }
        #expect(error?.message.contains("--tftp-server") == true)
        let text = try snippet("http://seed.example.com:8080", server: "192.0.2.7").text(for: .dnsmasq)
        #expect(text.contains("undionly.kpxe,,192.0.2.7") && text.contains("http://seed.example.com:8080/ipxe/"))
        #expect(throws: BoatyardError.self) { try snippet("http://x\";}") }
    }

    @Test("the servers themselves take them, where they are installed")
    func servers() throws {
        try withTemporaryFolder { path in
            let subnet = "subnet 10.20.1.0 netmask 255.255.255.0 { range 10.20.1.150 10.20.1.250;"
            let range = "port=0\ndhcp-range=10.20.1.150,10.20.1.250\n"
            let isc = try snippet().text(for: .isc)
            let choice = try #require(isc.range(of: "\nnext-server")).lowerBound
            let (definitions, choices) = (isc[..<choice], isc[choice...])
            for (program, arguments, text) in [
                ("/usr/sbin/dnsmasq", ["--test", "--conf-file=FILE"], range + (try snippet().text(for: .dnsmasq))),
                ("/usr/sbin/dhcpd", ["-t", "-cf", "FILE"], "\(isc)\(subnet) }\n"),
                ("/usr/sbin/dhcpd", ["-t", "-cf", "FILE"], "\(definitions)\(subnet)\n\(choices)}\n"),
                ("/usr/sbin/kea-dhcp4", ["-t", "FILE"], try snippet().text(for: .kea)),
            ] {
                guard FileManager.default.isExecutableFile(atPath: program) else {
                    print("skipped: \(program) is not there to read its snippet")
                    continue
                }
                // Under its own name AppArmor would let it read no file but the host's.
                let copy = "\(path)/server"
                try #require(try Command.run("/bin/cp", [program, copy]).status == 0)
                let file = "\(path)/snippet.conf"
                try FileContents.write(Array(text.utf8), to: file, mode: 0o644)
                let run = try Command.run(copy, arguments.map { $0.replacingOccurrences(of: "FILE", with: file) })
                #expect(run.status == 0, "\(program): \(run.output)")
            }
        }
    }
}
