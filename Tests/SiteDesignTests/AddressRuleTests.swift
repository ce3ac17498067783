import JSONSchema
import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

/// Addresses, networks, VLANs and names that cannot be what they say.
@Suite("Rules for addresses and names")
struct AddressRuleTests {
    private func findings(_ extra: String, of code: String) throws -> [String] {
        try Design.compile(extra).messages.filter { $0.name == code }.map { "\($0.level.title) \($0.message)" }
    }

    private func network(_ name: String, _ members: String) -> String {
        "---\nschema: drydock/Network/v1\nmetadata: {name: \(name)}\ndata: {\(members)}\n"
    }

    private func node(_ network: String, _ address: String, _ name: String = "n2") -> String {
        """
        ---
        schema: drydock/BaremetalNode/v1
        metadata: {name: \(name)}
        data:
          host_profile: base
          addressing:
            - {network: oob, address: 10.0.0.\(name.last ?? "9")9}
            - {network: \(network), address: '\(address)'}

        """
    }

    @Test(
        "no machine has an address that is something else, of either family",
        arguments: [
            ("mgmt", "10.2.0.0", "the network address of 10.2.0.0/24"),
            ("mgmt", "10.2.0.255", "the broadcast address of 10.2.0.0/24"),
            ("mgmt", "10.2.0.1", "the gateway 10.2.0.1 of network mgmt"),
            ("mgmt", "10.2.0.254", "the gateway 10.2.0.254 of network mgmt"),
            ("six", "fd00::", "the address of all routers (subnet-router anycast) of fd00::/64"),
            ("six", "fd00:0:0::1", "the gateway fd00::1 of network six"),
            ("six", "ff02::1", "a multicast address (ff00::/8)"),
            ("six", "::ffff:10.2.0.7", "an IPv4 address in the notation of IPv6 (::ffff:0:0/96)"),
            ("six", "fe80::7", "a link-local address (fe80::/10), of which each interface has one by itself"),
            ("six", "::1", "the loopback address (::1)"), ("mgmt", "127.0.0.1", "a loopback address (127.0.0.0/8)"),
            ("mgmt", "224.0.0.9", "a multicast address (224.0.0.0/4)"),
            ("relayed", "10.8.0.2", "that of the DHCP relay of network relayed"),
            ("relayed", "10.8.0.3", "that of the switch tor1 of rack r1"),
            ("mgmt", "10.2.0.77", nil), ("six", "fd00::77", nil), ("six", "fd00::ffff:ffff:ffff:ffff", nil),
            ("point", "10.7.0.0", nil), ("point", "10.7.0.1", nil),
        ] as [(String, String, String?)])
    func use(network name: String, address: String, expected: String?) throws {
        let site =
            network("six", "cidr: 'fd00::/64', routes: [{subnet: '::/0', gateway: 'fd00::1'}]")
            + network("point", "cidr: 10.7.0.0/31")
            + network("relayed", "cidr: 10.8.0.0/24, dhcp_relay: {self_ip: 10.8.0.2, upstream_target: 10.8.0.9}")
            + "---\nschema: drydock/Rack/v1\nmetadata: {name: r1}\ndata: {tor_switches: {tor1: {mgmt_ip: 10.8.0.3}}}\n"
            + node(name, address)
        let found = try findings(site, of: "BY1017")
        #expect(found.count == (expected == nil ? 0 : 1), "\(found)")
        if let expected { #expect(found.first?.hasSuffix("on network \(name) is \(expected)") == true, "\(found)") }
    }

    @Test("an address in a reserved range is a warning, one that is written in two ways is one address")
    func reservedAndForms() throws {
        let reserved = network("res", "cidr: 10.6.0.0/24, ranges: [{type: reserved, start: 10.6.0.1, end: 10.6.0.9}]")
        #expect(
            try findings(reserved + node("res", "10.6.0.9"), of: "BY1017").first
                == "Warning Address Use: Address 10.6.0.9 of BaremetalNode n2 lies in the reserved range 10.6.0.1 to 10.6.0.9 "
                + "of network res")
        #expect(try findings(reserved + node("res", "10.6.0.10"), of: "BY1017").isEmpty)
        let six = network("six", "cidr: 'fd00::/64'") + node("six", "fd00::7") + node("six", "fd00:0::0007", "n3")
        #expect(
            try findings(six, of: "BY1017")
                == ["Error Address Use: Address fd00:0::0007 of BaremetalNode n3 is fd00::7 of BaremetalNode n2"])
    }

    @Test(
        "gateways, subnets, ranges and networks can be what they say",
        arguments: [
            (
                "a", "cidr: 10.5.0.0/24, routes: [{subnet: 0.0.0.0/0, gateway: 10.5.0.255}]",
                "Gateway 10.5.0.255 of Network a is the broadcast address of 10.5.0.0/24"
            ),
            (
                "a", "cidr: 10.5.0.0/24, routes: [{subnet: 0.0.0.0/0, gateway: 10.5.0.0}]",
                "Gateway 10.5.0.0 of Network a is the network address of 10.5.0.0/24"
            ),
            (
                "a", "cidr: 10.5.0.0/24, routes: [{subnet: 10.9.0.0/77, gateway: 10.5.0.1}]",
                "Subnet '10.9.0.0/77' of a route of Network a cannot be read"
            ),
            (
                "a", "cidr: 10.5.0.0/24, routes: [{subnet: 10.9.0.1/24, gateway: 10.5.0.1}]",
                "Subnet 10.9.0.1/24 of a route of Network a has host bits set"
            ),
            (
                "a", "cidr: 10.5.0.0/24, ranges: [{type: static, start: 10.4.0.1, end: 10.4.0.2}]",
                "Network a has a range 10.4.0.1 to 10.4.0.2 that is not within 10.5.0.0/24"
            ),
            ("a", "cidr: 10.2.0.128/25", "Network a, 10.2.0.128/25, overlaps network mgmt, 10.2.0.0/24"),
            (
                "a", "cidr: 'fd00::/64', routes: [{subnet: 10.0.0.0/8, gateway: 'fd00::1'}]",
                "Subnet 10.0.0.0/8 of a route of Network a is of another family than fd00::/64"
            ),
            ("a", "cidr: 'fd00::/64', routes: [{subnet: '::/0', gateway: 'fe80::1'}]", nil),
            ("a", "cidr: 'fd00::/64'", nil), ("a", "cidr: 10.2.1.0/24", nil),
        ] as [(String, String, String?)])
    func plan(name: String, members: String, expected: String?) throws {
        let found = try findings(network(name, members), of: "BY1018")
        #expect(found.count == (expected == nil ? 0 : 1), "\(found)")
        if let expected { #expect(found.first?.hasSuffix(expected) == true, "\(found)") }
    }

    @Test(
        "a VLAN is a number from 1 to 4094",
        arguments: ["0", "4095", "4096", "-1", "x", "", "10.5", "99999999999999999999"])
    func vlan(written: String) throws {
        let found = try findings(network("a", "cidr: 10.5.0.0/24, vlan: '\(written)'"), of: "BY1019")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("Error VLANs: VLAN ") == true)
    }

    @Test("the first and the last VLAN are VLANs, and one of them is one network of a link")
    func vlansOfLink() throws {
        for written in ["1", "4094"] {
            #expect(try findings(network("a", "cidr: 10.5.0.0/24, vlan: '\(written)'"), of: "BY1019").isEmpty)
        }
        let link = """
            ---
            schema: drydock/NetworkLink/v1
            metadata: {name: extra}
            data: {mtu: 1500, linkspeed: auto, trunking: {mode: 802.1q}, allowed_networks: [a, b]}

            """
        let both = network("a", "cidr: 10.5.0.0/24, vlan: '7'") + network("b", "cidr: 10.4.0.0/24, vlan: '07'")
        #expect(
            try findings(link + both, of: "BY1019")
                == ["Error VLANs: Networks a and b have the same VLAN 7 on NetworkLink extra"])
    }

    @Test("host names are compared without case")
    func names() throws {
        #expect(
            try findings(node("mgmt", "10.2.0.50", "N1"), of: "BY1020")
                == ["Error Distinct Names: BaremetalNode N1 and BaremetalNode n1 are one host name"])
        #expect(try findings(node("mgmt", "10.2.0.50", "n2"), of: "BY1020").isEmpty)
    }

    @Test("an address on a network that no interface carries is a warning, that of the BMC is none")
    func carried() throws {
        let found = try findings(network("spare", "cidr: 10.5.0.0/24") + node("spare", "10.5.0.7"), of: "BY1021")
        #expect(
            found == [
                "Warning Carried Networks: BaremetalNode n2 has an address on network spare, which none of its interfaces "
                    + "carries: it is never configured"
            ])
        #expect(try findings(node("mgmt", "10.2.0.50"), of: "BY1021").isEmpty)
    }

    @Test("IPv6 addresses are checked against their networks, and reach the installation plan")
    func sixLocality() throws {
        let six = network("six", "cidr: 'fd00::/64'")
        #expect(
            try findings(six + node("six", "fd01::7"), of: "DD2002").first?
                .contains("The IP Address fd01::7 is not within the defined CIDR: fd00::/64 of six") == true)
        #expect(
            try findings(network("six", "cidr: 'fd00::1/64'"), of: "DD2006").first?.contains("host bits set") == true)
        #expect(try Design.compile(six + node("six", "fd00::7")).status == .success)
    }

    @Test(
        "what is served to machines is IPv4, and says so where a design wants IPv6",
        arguments: [
            (
                "cidr: 'fd00::/64', ranges: [{type: dhcp, start: 'fd00::10', end: 'fd00::20'}]", "fd00::7",
                "Range of type dhcp"
            ),
            ("cidr: 'fd00::/64'", "dhcp", "gives IPv6 addresses by DHCP to BaremetalNode n2"),
            (
                "cidr: 'fd00::/64', dhcp_relay: {self_ip: 'fd00::2', upstream_target: 'fd00::3'}", "fd00::7",
                "DHCP relay"
            ),
            ("cidr: 'fd00::/64', dns: {servers: 'fd00::53,ns1'}", "fd00::7", "Name server 'ns1'"),
            ("cidr: 'fd00::/64', dns: {servers: 'fd00::53'}", "fd00::7", nil), ("cidr: 10.5.0.0/24", "dhcp", nil),
        ] as [(String, String, String?)])
    func families(members: String, address: String, expected: String?) throws {
        let found = try findings(network("six", members) + node("six", address), of: "BY1027")
        #expect(found.count == (expected == nil ? 0 : 1), "\(found)")
        if let expected { #expect(found.first?.contains(expected) == true, "\(found)") }
    }

    @Test(
        "name servers are addresses of hosts, and no more than DHCP can tell",
        arguments: [
            ("10.2.0.53,127.0.0.53", nil), ("0.0.0.0", "Name server 0.0.0.0 of Network n is an address of no host"),
            ("10.2.0.53,255.255.255.255", "Name server 255.255.255.255 of Network n is a reserved address"),
            ("'ff02::1'", "Name server ff02::1 of Network n is a multicast address"),
            (
                String(repeating: "10.2.0.53,", count: 16) + "10.2.0.54",
                "Network n has 17 name servers, more than the 16 that DHCP tells"
            ),
        ] as [(String, String?)])
    func nameServers(servers: String, expected: String?) throws {
        let text = servers.hasPrefix("'") ? servers : "'\(servers)'"
        let found = try findings(network("n", "cidr: 10.2.7.0/24, dns: {servers: \(text)}"), of: "BY1027")
        #expect(found.count == (expected == nil ? 0 : 1), "\(found)")
        if let expected { #expect(found.first?.contains(expected) == true, "\(found)") }
    }

    @Test("a machine behind a BMC of IPv6 needs its boot MAC, and no two have the same BMC in either family")
    func sixManagers() throws {
        let oob = network("oob", "cidr: 'fd0b::/64'")
        func machine(_ name: String, _ address: String, _ more: String) -> String {
            "---\nschema: drydock/BaremetalNode/v1\nmetadata: {name: \(name)}\ndata: {host_profile: base, \(more)"
                + "addressing: [{network: oob, address: '\(address)'}]}\n"
        }
        let without = oob + machine("n1", "fd0b::1", "")
        #expect(try findings(without, of: "BY1027").first?.contains("BMC address fd0b::1 of BaremetalNode n1") == true)
        let with = oob + machine("n1", "fd0b::1", "metadata: {boot_mac: '52:54:00:00:00:11'}, ")
        #expect(try findings(with, of: "BY1027").isEmpty)
        let redfish = oob + machine("n1", "fd0b::1", "oob: {type: redfish}, ")
        #expect(try findings(redfish, of: "BY1027").count == 1)
        let both = without + machine("n2", "fd0b:0::1", "")
        #expect(try findings(both, of: "BY1001").first?.contains("is that of BaremetalNode n1 too") == true)
    }

    @Test("a machine boots over IPv4: a range of IPv6 is none to boot from")
    func sixBoots() throws {
        let pxe = network("pxe", "cidr: 'fd00::/64', ranges: [{type: dhcp, start: 'fd00::10', end: 'fd00::20'}]")
        #expect(try findings(pxe, of: "BY1002").contains { $0.contains("no interface on a network with a range") })
    }

    @Test("a route domain joins networks of one family")
    func sixDomains() throws {
        let members = "routedomain: d, routes: [{routedomain: d, gateway: %, metric: 10}]"
        func member(_ name: String, _ cidr: String, _ gateway: String) -> String {
            network(name, "cidr: '\(cidr)', " + members.replacing("%", with: "'\(gateway)'"))
        }
        let site = try Design.site(
            member("a", "10.5.0.0/24", "10.5.0.1") + member("b", "10.6.0.0/24", "10.6.0.1")
                + member("c", "fd05::/64", "fd05::1") + member("d", "fd06::/64", "fd06::1"))
        #expect(site.network(named: "a")?.routes.compactMap(\.subnet) == ["10.6.0.0/24"])
        #expect(site.network(named: "c")?.routes.compactMap(\.subnet) == ["fd06::/64"])
    }

    @Test(
        "addresses of both families are read as they are written, and nothing else is",
        arguments: [
            ("10.0.0.1", "10.0.0.1"), ("fd00::1", "fd00::1"), ("FD00:0:0:0:0:0:0:1", "fd00::1"),
            ("::ffff:10.0.0.1", "::ffff:10.0.0.1"), ("::ffff:a00:1", "::ffff:10.0.0.1"),
            // RFC 5952 §4.2: the longest run, the first of two, no single group; compatible addresses are no mapped ones.
            ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
            ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"), ("1:0:0:0:0:0:0:0", "1::"), ("::1:2", "::1:2"),
            ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("fe80::1%1", nil),
            ("::", "::"), ("10.0.0.256", nil), ("010.0.0.1", nil), ("fd00::1%eth0", nil), ("fd00::1::2", nil),
            ("", nil), (":", nil),
        ] as [(String, String?)])
    func parsing(text: String, expected: String?) {
        #expect(IPAddress(text)?.description == expected)
    }

    @Test(
        "networks of both families know their ends",
        arguments: [
            ("10.0.0.5/24", "10.0.0.0", "10.0.0.255"), ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
            ("fd00::5/64", "fd00::", "fd00::ffff:ffff:ffff:ffff"),
            ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("fd00::1", "fd00::1", "fd00::1"),
        ])
    func networks(text: String, first: String, last: String) throws {
        let network = try #require(IPNetwork(text))
        #expect(network.network.description == first)
        #expect(network.last.description == last)
        #expect(network.contains(network.network) && network.contains(network.last))
    }

    @Test(
        "what is no network is none",
        arguments: ["fd00::/129", "fd00::/-1", "fd00::/x", "fd00::/", "10.0.0.0/33", "x/8", ""])
    func noNetworks(text: String) {
        #expect(IPNetwork(text) == nil)
    }
}

@Suite("Rules for names, devices, sizes and texts")
struct KnownNameTests {
    /// Level, message and remedy of the findings of a rule.
    private func findings(_ extra: String, of code: String) throws -> [String] {
        try Design.compile(extra).messages.filter { $0.name == code }.map {
            "\($0.level.title) \($0.message) | \($0.remedy ?? $0.diagnostic)"
        }
    }

    @Test(
        "a name that leads nowhere is told with the nearest that there is",
        arguments: [
            (
                Design.node("n2", "primary_network: mgnt", address: 12), "primary_network: there is no Network mgnt",
                "Did you mean 'mgmt'?"
            ),
            (
                "---\nschema: drydock/NetworkLink/v1\nmetadata: {name: l}\n"
                    + "data: {mtu: 1500, linkspeed: auto, trunking: {mode: 802.1q}, allowed_networks: [storge]}\n",
                "allowed_networks: there is no Network storge", "Did you mean 'storage'?"
            ),
            (
                "---\nschema: drydock/BootAction/v1\nmetadata: {name: b}\n"
                    + "data: {node_filter: {filter_set_type: union, filter_set: [{filter_type: union, node_names: [m1]}]}}\n",
                "node_filter.filter_set.node_names: there is no BaremetalNode m1", "Did you mean 'n1'?"
            ),
            (
                Design.node("n2", "storage: {physical_devices: {sdx: {volume_group: dta}}}", address: 12),
                "storage.physical_devices.sdx.volume_group: there is no Volume group dta", ""
            ),
        ])
    func names(extra: String, message: String, remedy: String) throws {
        let found = try findings(extra, of: "BY1022")
        #expect(found.contains { $0.contains(message) && $0.contains(remedy) }, "\(found)")
    }

    @Test(
        "cards and disks are aliases, or names that a kernel gives",
        arguments: [
            ("interfaces: {x: {device_link: pxe, slaves: [nci1]}}", "Card nci1 of interface x"),
            ("interfaces: {x: {device_link: pxe, slaves: [eth0, ens3f0, enp4s0, eno1, p1p1, nic1]}}", nil),
            ("storage: {physical_devices: {botdisk: {partitions: [{name: a, size: 1g}]}}}", "Storage device botdisk"),
            (
                "storage: {physical_devices: {sdb: {partitions: [{name: a, size: 1g}]}, nvme0n1: {partitions: [{name: b, size: 1g}]}}}",
                nil
            ),
        ] as [(String, String?)])
    func devices(members: String, expected: String?) throws {
        let found = try findings(Design.node("n2", members, address: 12), of: "BY1023")
        #expect(found.count == (expected == nil ? 0 : 1), "\(found)")
        if let expected {
            #expect(
                found.first?.contains(expected) == true && found.first?.contains("Did you mean") == true, "\(found)")
        }
    }

    @Test("a size that cannot be read is told with the forms that can", arguments: ["20 GB", "g20", "1.5t", "", ">"])
    func sizes(written: String) throws {
        let found = try findings(
            Design.node(
                "n2", "storage: {physical_devices: {sdb: {partitions: [{name: var, size: '\(written)'}]}}}", address: 12
            ),
            of: "BY1024")
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.contains("20g") == true || found.first?.contains("32g") == true)
    }

    @Test(
        "a text that is read by lines ends with one",
        arguments: [
            ("/etc/cron.d/x", "[template]", "a\\n", true), ("/etc/cron.d/x", "[template]", "a\\n\\n", false),
            ("/etc/cron.d/x", "[]", "a\\n", false), ("/etc/cron.d/x", "[]", "a", true),
            ("/etc/sudoers.d/x", "[utf8_decode, template]", "a\\n", true),
            ("/etc/motd", "[template]", "a\\n", false), ("/opt/x.sh", "[]", "a", false),
            ("/etc/cron.d/x", "[base64_decode]", "YQ==", false),
        ])
    func ends(path: String, pipeline: String, data: String, isTold: Bool) throws {
        let action = """
            ---
            schema: drydock/BootAction/v1
            metadata: {name: b}
            data: {assets: [{type: file, path: \(path), data_pipeline: \(pipeline), data: "\(data)"}]}

            """
        #expect(try findings(action, of: "BY1025").count == (isTold ? 1 : 0))
    }

    @Test("a member that is almost one that means something is told where any is taken")
    func openMembers() throws {
        let found = try findings(Design.node("n2", "oob: {credental: x}", address: 12), of: "BY1026")
        #expect(found.count == 1)
        #expect(found.first?.contains("'credental' means nothing") == true)
        #expect(found.first?.contains("Did you mean 'credential'?") == true)
        #expect(
            try findings(Design.node("n2", "oob: {libvirt_uri: x, own_parameter: y}", address: 12), of: "BY1026")
                .isEmpty)
    }

    @Test(
        "what ends a compilation has the nearest name",
        arguments: [
            ("host_profile: bse", "HostProfile bse not found in design state", "Did you mean 'base'?"),
            ("hardware_profile: generc", "HardwareProfile generc not found in design state", "Did you mean 'generic'?"),
        ])
    func stopped(member: String, message: String, remedy: String) throws {
        let node =
            "---\nschema: drydock/BaremetalNode/v1\nmetadata: {name: n9}\n"
            + "data: {\(member.hasPrefix("host") ? "" : "host_profile: base, ")\(member), addressing: [{network: mgmt, address: dhcp}]}\n"
        let found = try Design.compile(node).messages
        #expect(found.last?.message.hasSuffix(message) == true)
        #expect(found.last?.remedy?.hasSuffix(remedy) == true, "\(found)")
    }

    @Test("a schema's error has the nearest key, or the way to write the value")
    func schema() throws {
        let unknown = try Design.compile(
            "---\nschema: drydock/Network/v1\nmetadata: {name: a}\ndata: {cidr: 10.5.0.0/24, vlna: '5'}\n")
        #expect(unknown.messages.first?.remedy == "Correct or remove the key 'vlna'. Did you mean 'vlan'?")
        #expect(unknown.messages.first?.path == ["vlna"])
        let number = try Design.compile(
            "---\nschema: drydock/Network/v1\nmetadata: {name: a}\ndata: {cidr: 10.5.0.0/24, vlan: 5}\n")
        #expect(number.messages.first?.remedy == "5 without quotes is the number 5 to YAML 1.1; write '5'.")
        #expect(number.messages.first?.offending == 5)
    }

    @Test("what a machine has from a profile is found in the profile")
    func places() throws {
        let profile = DesignDocument(
            schema: "drydock/HostProfile/v1", name: "p",
            data: ["host_profile": "q", "interfaces": ["x": ["networks": ["one", "two"]]]])
        let base = DesignDocument(schema: "drydock/HostProfile/v1", name: "q", data: ["oob": ["type": "ipmi"]])
        let node = DesignDocument(
            schema: "drydock/BaremetalNode/v1", name: "n",
            data: ["host_profile": "p", "addressing": [["network": "one", "address": "dhcp"]]])
        let places = DesignPlaces([node, profile, base])
        func place(_ path: [DesignStep]) -> (DocumentReference, [PathElement])? {
            var message = DesignValidationMessage(
                name: "", message: "", level: .error, documents: [DocumentReference(.baremetalNode, "n")])
            message.path = path
            return places.place(of: message)
        }
        #expect(try #require(place(["interfaces", "x", "networks", .element("two")])).0.name == "p")
        #expect(
            try #require(place(["interfaces", "x", "networks", .element("two")])).1
                == [.key("interfaces"), .key("x"), .key("networks"), .index(1)])
        #expect(try #require(place(["oob", "type"])).0.name == "q")
        #expect(
            try #require(place(["addressing", .element("one"), "address"])).1 == [
                .key("addressing"), .index(0), .key("address"),
            ])
        #expect(try #require(place(["oob", "missing"])).1 == [.key("oob")])
        #expect(try #require(place([])).0.name == "n")
    }
}
