import Primitives
import SiteDesign
import Testing

@testable import Netboot

@Suite("The DHCP configuration of a site")
struct DHCPConfigurationTests {
    private func lines(_ configuration: DHCPConfiguration) -> [Substring] { configuration.main.split(separator: "\n") }

    @Test("a server of its own gives addresses, options and programs by the design")
    func authoritative() throws {
        #expect(
            try SampleSite.configuration().main == """
                # Written by boatyardd from the committed site design. Changes are lost.
                port=0
                interface=eno2
                bind-dynamic
                dhcp-match=set:ipxe,175
                dhcp-userclass=set:ipxe,iPXE
                dhcp-match=set:bios,option:client-arch,0
                dhcp-match=set:efi-ia32,option:client-arch,6
                dhcp-match=set:efi-x64,option:client-arch,7
                dhcp-match=set:efi-x64,option:client-arch,9
                dhcp-match=set:efi-arm32,option:client-arch,10
                dhcp-match=set:efi-arm64,option:client-arch,11
                dhcp-match=set:http-x64,option:client-arch,16
                dhcp-match=set:http-arm64,option:client-arch,19
                dhcp-authoritative
                dhcp-ignore-clid
                no-ping
                enable-ra
                quiet-ra
                ra-param=eno2,60,0
                dhcp-range=::,constructor:eno2,ra-only
                # 10.20.1.0/24
                dhcp-range=set:net-0,10.20.1.150,10.20.1.250,255.255.255.0,60m
                dhcp-option=tag:net-0,option:router
                dhcp-option=tag:net-0,option:dns-server,10.20.1.1,10.20.1.2
                dhcp-option=tag:net-0,option:domain-name,harbour.example.com
                dhcp-option=tag:net-0,option:mtu,1500
                # 10.30.1.0/24
                dhcp-range=set:net-1,10.30.1.0,static,255.255.255.0,60m
                dhcp-option=tag:net-1,option:router,10.30.1.1
                dhcp-option=tag:net-1,option:dns-server,10.30.1.1
                dhcp-option=tag:net-1,option:mtu,1420
                dhcp-lease-max=10101
                dhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe
                dhcp-boot=tag:efi-ia32,tag:!ipxe,snponly-i386.efi
                dhcp-boot=tag:efi-x64,tag:!ipxe,snponly.efi
                dhcp-boot=tag:efi-arm32,tag:!ipxe,snponly-arm32.efi
                dhcp-boot=tag:efi-arm64,tag:!ipxe,snponly-arm64.efi
                dhcp-boot=tag:http-x64,tag:!ipxe,http://10.20.1.1:8080/netboot/boot/snponly.efi
                dhcp-option-force=tag:http-x64,tag:!ipxe,60,HTTPClient
                dhcp-boot=tag:http-arm64,tag:!ipxe,http://10.20.1.1:8080/netboot/boot/snponly-arm64.efi
                dhcp-option-force=tag:http-arm64,tag:!ipxe,60,HTTPClient
                dhcp-boot=tag:ipxe,http://10.20.1.1:8080/ipxe/${netX/mac:hexhyp}
                dhcp-option-force=tag:ipxe,encap:175,176,1b
                tftp-single-port
                tftp-mtu=1420
                tftp-max=400

                """)
    }

    @Test("beside another server nobody gets an address, and each firmware one program")
    func proxy() throws {
        let configuration = try SampleSite.configuration(mode: .proxy)
        let lines = lines(configuration)
        #expect(lines.contains("dhcp-range=10.20.1.0,proxy,255.255.255.0"))
        #expect(
            lines.filter { $0.hasPrefix("pxe-service=") } == [
                "pxe-service=tag:!ipxe,0,\"Boatyard\",undionly.kpxe",
                "pxe-service=tag:!ipxe,6,\"Boatyard\",snponly-i386.efi",
                "pxe-service=tag:!ipxe,7,\"Boatyard\",snponly.efi", "pxe-service=tag:!ipxe,9,\"Boatyard\",snponly.efi",
                "pxe-service=tag:!ipxe,10,\"Boatyard\",snponly-arm32.efi",
                "pxe-service=tag:!ipxe,11,\"Boatyard\",snponly-arm64.efi",
            ])
        #expect(lines.filter { $0.hasPrefix("dhcp-boot=") }.count == 1)
        for absent in ["dhcp-authoritative", "enable-ra", "dhcp-option", "dhcp-lease-max"] {
            #expect(!configuration.main.contains("\n\(absent)"))
        }
        #expect(configuration.hosts.isEmpty)
    }

    @Test("with DHCP elsewhere nothing but TFTP is served")
    func off() throws {
        let configuration = try SampleSite.configuration(mode: .off)
        #expect(
            lines(configuration).dropFirst() == [
                "port=0", "interface=eno2", "bind-dynamic", "tftp-single-port", "tftp-mtu=1500", "tftp-max=400",
            ])
        #expect(configuration.hosts.isEmpty)
    }

    @Test("each machine with a boot MAC has a file of its own, with its address where it boots, and its name")
    func hosts() throws {
        #expect(
            try SampleSite.configuration().hosts == [
                "52-54-00-20-01-11": "52:54:00:20:01:11,10.20.1.11,n1\n",
                "52-54-00-20-01-12": "52:54:00:20:01:12,10.20.1.12,n2\n",
                "52-54-00-20-01-13": "52:54:00:20:01:13,10.30.1.13,n3\n",
            ])
    }

    @Test("a machine that cannot have an address of its own is named with the reason")
    func remarks() throws {
        let twice =
            SampleSite.machines + SampleSite.node("n4", mac: "52:54:00:20:01:11", address: "10.20.1.14")
            + SampleSite.node("n5", mac: "52:54:00:20:01:15", address: "10.20.1.12")
            + SampleSite.node("n6", mac: "nonsense", address: "10.20.1.16")
        let configuration = try SampleSite.configuration(SampleSite.site(machines: twice))
        #expect(configuration.hosts.count == 4)
        #expect(configuration.hosts["52-54-00-20-01-15"] == "52:54:00:20:01:15,n5\n")
        #expect(
            configuration.remarks == [
                "n4 has the boot MAC 52:54:00:20:01:11 of n1 and gets no address of its own.",
                "n5 has the address 10.20.1.12 of n2 and gets another one to boot.",
                "n6 has no boot MAC: it gets an address as a machine that nobody knows. Set boot_mac in its metadata.",
            ])
    }

    @Test(
        "the cable that boots has an untagged network with an address of the machine: one with a range, else the primary, else no bond",
        arguments: [
            ("far", "[second]", "10.20.1.19", "a range counts most"), ("pxe", "[second]", "10.20.1.19", "both"),
        ])
    func bootCable(primary: String, slaves: String, expected: String, why: String) throws {
        let node = """
            ---
            schema: drydock/HardwareProfile/v1
            metadata: {name: two}
            data:
              vendor: any
              generation: '1'
              hw_version: '1'
              bios_version: '1'
              boot_mode: bios
              device_aliases:
                first: {address: '0000:00:03.0', dev_type: nic, bus_type: pci}
                second: {address: '0000:00:04.0', dev_type: nic, bus_type: pci}
            ---
            schema: drydock/BaremetalNode/v1
            metadata: {name: n9}
            data:
              host_profile: plain
              hardware_profile: two
              primary_network: \(primary)
              interfaces:
                a: {device_link: far, slaves: \(slaves), networks: [far]}
                b: {device_link: pxe, slaves: [first], networks: [pxe]}
              addressing:
                - {network: pxe, address: 10.20.1.19}
                - {network: far, address: 10.30.1.19}
              metadata: {boot_mac: '52:54:00:20:01:19'}
            """
        let text = SampleSite.networks + SampleSite.profiles
        let first = try SampleSite.configuration(SampleSite.site(text + node)).hosts
        #expect(first["52-54-00-20-01-19"]?.hasPrefix("52:54:00:20:01:19,\(expected)") == true, "\(why): \(first)")
        // Without a range anywhere.
        let bare = text.replacing("    - {type: dhcp, start: 10.20.1.150, end: 10.20.1.250}\n", with: "")
        let site = try SampleSite.site(bare + node)
        let own = try #require(site.nodes.first { $0.name == "n9" })
        #expect(BootAddress(own, in: site)?.network == primary)
    }

    @Test("what is labelled noconfig is not served")
    func noConfiguration() throws {
        #expect(try !SampleSite.configuration().main.contains("10.20.0."))
    }

    @Test("only programs that are there are named, and the lack of the usual ones is told")
    func programs() throws {
        let configuration = try SampleSite.configuration(programs: ["ipxe.efi"])
        let boot = lines(configuration).filter { $0.hasPrefix("dhcp-boot=") }
        #expect(boot.count == 3)
        #expect(boot.first == "dhcp-boot=tag:efi-x64,tag:!ipxe,ipxe.efi")
        #expect(configuration.remarks.count == 1)
        #expect(configuration.remarks.first?.contains("no boot program for bios, undionly.kpxe") == true)
    }

    @Test("with Secure Boot every machine of UEFI gets the shim, and other processors nothing that is not signed")
    func secureBoot() throws {
        let configuration = try SampleSite.configuration(settings: .init(usesSecureBoot: true))
        let boot = lines(configuration).filter { $0.hasPrefix("dhcp-boot=") }
        #expect(
            boot.dropLast() == [
                "dhcp-boot=tag:bios,tag:!ipxe,undionly.kpxe", "dhcp-boot=tag:efi-x64,tag:!ipxe,shimx64.efi",
                "dhcp-boot=tag:http-x64,tag:!ipxe,http://10.20.1.1:8080/netboot/boot/shimx64.efi",
            ])
    }

    @Test(
        "an address of the listener that would be read as something else is refused",
        arguments: [
            "http://10.20.1.1:8080/a,b", "http://10.20.1.1\ndhcp-script=/bin/sh", "http://h/\"", "http://h/${x}", "",
            "http://" + String(repeating: "h", count: 80),
        ])
    func nodeURL(url: String) {
        let error = #expect(throws: BoatyardError.self) { try SampleSite.configuration(nodeURL: url) }
        #expect(error?.code == "dhcp.node_url")
        #expect(error?.message.contains("Set listeners.node.url") == true)
    }

    @Test("no document brings a directive in")
    func hostile() throws {
        let evil = "x\\ndhcp-script=/bin/sh"
        let text = """
            ---
            schema: drydock/NetworkLink/v1
            metadata: {name: "\(evil)"}
            data:
              bonding: {mode: disabled}
              mtu: 1500
              linkspeed: auto
              trunking: {mode: disabled, default_network: "\(evil)"}
              allowed_networks: ["\(evil)"]
            ---
            schema: drydock/Network/v1
            metadata: {name: "\(evil)"}
            data:
              cidr: 10.50.1.0/24
              routes: [{subnet: 0.0.0.0/0, gateway: "10.50.1.1\\n\(evil)"}]
              ranges:
                - {type: dhcp, start: "10.50.1.5\\n\(evil)", end: 10.50.1.9}
                - {type: dhcp, start: 10.50.1.20, end: 10.50.1.30}
                - {type: dhcp, start: 10.50.1.40, end: 10.50.1.31}
                - {type: dhcp, start: 10.99.1.40, end: 10.99.1.41}
              dns: {domain: "\(evil)", servers: "10.50.1.1,\(evil)"}
            ---
            schema: drydock/BaremetalNode/v1
            metadata: {name: "\(evil)"}
            data:
              host_profile: plain
              interfaces:
                eno1: {device_link: "\(evil)", slaves: [eno1], networks: ["\(evil)"]}
              addressing:
                - {network: "\(evil)", address: 10.50.1.7}
              metadata: {boot_mac: '52:54:00:50:01:07'}
            """
        let configuration = try SampleSite.configuration(SampleSite.site(SampleSite.profiles + text))
        #expect(
            !configuration.main.contains("script") && !configuration.hosts.values.contains { $0.contains("script") })
        #expect(configuration.main.contains("dhcp-range=set:net-0,10.50.1.20,10.50.1.30,255.255.255.0,60m"))
        #expect(configuration.main.components("dhcp-range=").count == 3)
        #expect(configuration.hosts == ["52-54-00-50-01-07": "52:54:00:50:01:07,10.50.1.7\n"])
        try DHCPConfigurationCheck.interface(ofMain: Array(configuration.main.utf8))
    }

    @Test("root takes over whatever the daemon renders")
    func accepted() throws {
        for mode in DHCPMode.allCases {
            let configuration = try SampleSite.configuration(mode: mode)
            #expect(try DHCPConfigurationCheck.interface(ofMain: Array(configuration.main.utf8)) == "eno2")
            for (name, contents) in configuration.hosts {
                #expect(DHCPConfigurationCheck.isHostFile(name))
                #expect(try DHCPConfigurationCheck.host(Array(contents.utf8), file: name) + "\n" == contents)
            }
        }
    }

    @Test(
        "root takes over no directive that does more than answer",
        arguments: [
            "dhcp-script=/bin/sh", "conf-file=/etc/shadow", "conf-dir=/tmp", "user=root", "addn-hosts=/etc/shadow",
            "tftp-root=/", "dhcp-luascript=/tmp/x", "log-facility=/etc/passwd", "dhcp-hostsfile=/etc/shadow",
            "leasefile-ro", "enable-dbus", "server=192.0.2.1", " dhcp-script=/bin/sh", "interface=eno3",
            "dhcp-option-pxe=x\u{1}", "dhcp-boot=\u{e9}", "port=53", "interface=-x",
        ])
    func refused(line: String) throws {
        let main = try SampleSite.configuration().main + line + "\n"
        let error = #expect(throws: BoatyardError.self) {
            try DHCPConfigurationCheck.interface(ofMain: Array(main.utf8))
        }
        #expect(error?.code == "dhcp.configuration")
    }

    @Test(
        "a machine's file is its address and its name, and nothing else",
        arguments: [
            ("52-54-00-20-01-11", "52:54:00:20:01:12,10.20.1.11\n"), ("52-54-00-20-01-11", "52:54:00:20:01:11"),
            ("52-54-00-20-01-11", "52:54:00:20:01:11,set:x,10.20.1.11\n"),
            ("52-54-00-20-01-11", "52:54:00:20:01:11,10.20.1.11,n1,ignore\n"),
            ("52-54-00-20-01-11", "52:54:00:20:01:11,n1\n52:54:00:20:01:12,n2\n"),
            ("52-54-00-20-01-11", "52:54:00:20:01:11,\n"), ("52-54-00-20-01-11", "\n"), ("52-54-00-20-01-11", ""),
            ("52-54-00-20-01-11", "52:54:00:20:01:11,-n\n"), ("52-54-00-20-01-11", "*:*:*:*:*:*,10.20.1.11\n"),
            ("525400200111", "52:54:00:20:01:11,n1\n"),
            ("52-54-00-20-01-11", "52:54:00:20:01:11,\(String(repeating: "n", count: 300))\n"),
        ])
    func wrongHost(name: String, contents: String) {
        #expect(throws: BoatyardError.self) { try DHCPConfigurationCheck.host(Array(contents.utf8), file: name) }
    }

    @Test("names of files are addresses in one form alone")
    func fileNames() {
        #expect(DHCPConfigurationCheck.isHostFile("52-54-00-20-01-11"))
        for name in [
            "52:54:00:20:01:11", "52-54-00-20-01-1A", "..", ".52-54-00-20-01-11.new", "52-54-00-20-01-11~", "x",
        ] {
            #expect(!DHCPConfigurationCheck.isHostFile(name), "\(name)")
        }
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [Substring] {
        split(separator: separator, omittingEmptySubsequences: false)
    }
}
