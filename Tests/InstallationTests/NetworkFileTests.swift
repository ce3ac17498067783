import OrderedCollections
import Primitives
import Testing

@testable import Installation

@Suite("Network of the new system")
struct NetworkFileTests {
    private func text(_ file: String, _ network: Value = Fixture.network) throws -> String? {
        try Fixture.operations(["network": network]).text("/etc/systemd/network/\(file)")
    }

    private static func network(_ members: OrderedDictionary<String, Value>) -> Value {
        var network: Value.Object = ["interfaces": [], "bonds": [], "vlans": [], "routes": []]
        for (key, value) in members { network[key] = value }
        return .object(network)
    }

    private static func single(_ addresses: Value...) -> Value {
        network(["interfaces": [Fixture.card("eno1", "0000:01:00.0", addresses)]])
    }

    @Test("an interface is named by its permanent address, so that every kernel calls it the same")
    func link() throws {
        #expect(
            try text("10-eno1.link")
                == "[Match]\nPermanentMACAddress=52:54:00:00:00:11\n\n[Link]\nName=eno1\nMTUBytes=9000\n")
    }

    @Test("a name that the kernel hands out, or does not take, is replaced by that of the address")
    func names() throws {
        let card = Fixture.card("eth0", "0000:01:00.0", [Fixture.address("a", "dhcp")])
        #expect(try text("10-enx525400000011.link", Self.network(["interfaces": [card]]))?.contains("Name=enx") == true)
        let long = Fixture.card("a-very-long-name", "0000:01:00.0", [Fixture.address("a", "dhcp")])
        let network = Self.network([
            "interfaces": [long],
            "vlans": [["name": "v30", "parent": "a-very-long-name", "id": 30, "addresses": []]],
            "routes": [["subnet": "10.9.0.0/16", "gateway": "10.0.0.1", "metric": 7, "interface": "a-very-long-name"]],
        ])
        let file = try #require(try text("20-enx525400000011.network", network))
        #expect(file.contains("VLAN=v30\n") && file.contains("Destination=10.9.0.0/16\n"))
    }

    @Test("a bond has the address of its first member, and looks at the carriers")
    func bond() throws {
        #expect(
            try text("30-bond0.netdev") == """
                [NetDev]
                Name=bond0
                Kind=bond
                MTUBytes=9000
                MACAddress=52:54:00:00:00:11

                [Bond]
                Mode=802.3ad
                TransmitHashPolicy=layer3+4
                LACPTransmitRate=fast
                MIIMonitorSec=100ms
                UpDelaySec=200ms
                DownDelaySec=200ms

                """)
        #expect(
            try text("20-eno2.network") == """
                [Match]
                PermanentMACAddress=52:54:00:00:00:12

                [Link]
                RequiredForOnline=no

                [Network]
                Bond=bond0
                LinkLocalAddressing=no
                IPv6AcceptRA=no

                """)
    }

    @Test("the boot waits for the link with the default route, which has VLANs, routes and name servers")
    func bondNetwork() throws {
        #expect(
            try text("30-bond0.network") == """
                [Match]
                Name=bond0

                [Link]
                RequiredForOnline=routable

                [Network]
                DHCP=no
                Address=10.2.0.11/24
                IPv6AcceptRA=no
                VLAN=bond0.30
                DNS=10.2.0.2
                DNS=10.2.0.3
                Domains=example.com

                [Route]
                Gateway=10.2.0.1

                [Route]
                Destination=10.9.0.0/16
                Gateway=10.2.0.254
                Metric=100

                """)
    }

    @Test("a VLAN is a device with its number, and the boot does not wait for it")
    func vlan() throws {
        #expect(
            try text("40-bond0.30.netdev") == "[NetDev]\nName=bond0.30\nKind=vlan\nMTUBytes=9000\n\n[VLAN]\nId=30\n")
        #expect(
            try text("40-bond0.30.network")
                == "[Match]\nName=bond0.30\n\n[Link]\nRequiredForOnline=no\n\n[Network]\nDHCP=no\n"
                + "Address=10.3.0.11/24\nIPv6AcceptRA=no\n")
    }

    @Test("a VLAN whose name the kernel does not take is called after its number")
    func longVLAN() throws {
        let network = Self.network([
            "interfaces": [Fixture.card("enp194s0f0np0", "0000:01:00.0")],
            "vlans": [
                [
                    "name": "enp194s0f0np0.3001", "parent": "enp194s0f0np0", "id": 3001,
                    "addresses": [Fixture.address("a", "static", "10.0.0.2/24")],
                ]
            ],
        ])
        #expect(try text("40-vlan3001.netdev", network)?.hasPrefix("[NetDev]\nName=vlan3001\n") == true)
        #expect(try text("20-enp194s0f0np0.network", network)?.contains("VLAN=vlan3001\n") == true)
        #expect(try text("40-vlan3001.network", network)?.contains("Address=10.0.0.2/24\n") == true)
    }

    @Test("DHCP asks by the address of the interface, and brings a default route only where it is wanted")
    func dynamic() throws {
        let file = try #require(try text("20-eno3.network"))
        #expect(file.hasSuffix("[DHCPv4]\nClientIdentifier=mac\nUseGateway=no\nUseDNS=no\n"))
        let primary = try text("20-eno1.network", Self.single(Fixture.address("a", "dhcp", isDefault: true)))
        #expect(primary?.hasSuffix("[DHCPv4]\nClientIdentifier=mac\n") == true)
        #expect(primary?.contains("RequiredForOnline=routable\n") == true)
        let only = try text("20-eno1.network", Self.single(Fixture.address("a", "dhcp")))
        #expect(only?.hasSuffix("[DHCPv4]\nClientIdentifier=mac\n") == true)
    }

    @Test("IPv6 is configured as IPv4 is; routers are heeded only where DHCPv6 needs them")
    func six() throws {
        let fixed = try #require(
            try text(
                "20-eno1.network",
                Self.single(
                    Fixture.address("a", "static", "10.0.0.2/24", gateway: "10.0.0.1", isDefault: true),
                    Fixture.address("b", "static", "fd00::2/64", gateway: "fe80::1", isDefault: true))))
        #expect(fixed.contains("DHCP=no\nAddress=10.0.0.2/24\nAddress=fd00::2/64\nIPv6AcceptRA=no\n"))
        #expect(fixed.contains("[Route]\nGateway=10.0.0.1\n\n[Route]\nGateway=fe80::1\nGatewayOnLink=yes\n"))
        var dynamic = Fixture.address("b", "dhcp").objectValue ?? [:]
        dynamic["family"] = "ipv6"
        let both = try #require(
            try text(
                "20-eno1.network", Self.single(Fixture.address("a", "dhcp", isDefault: true), .object(dynamic))))
        #expect(both.contains("DHCP=yes\nIPv6AcceptRA=yes\n"))
        #expect(both.contains("[DHCPv6]\nDUIDType=link-layer\nUseDNS=no\n"))
        #expect(both.contains("[IPv6AcceptRA]\nUseGateway=no\nUseDNS=no\n"))
    }

    @Test(
        "an interface without an address is up, and the boot waits for its carrier if there is nothing else"
    )
    func none() throws {
        let file = try #require(try text("20-eno1.network", Self.single(Fixture.address("a", "none"))))
        #expect(file.contains("RequiredForOnline=carrier\n") && file.contains("LinkLocalAddressing=no\n"))
    }

    @Test("names are asked of systemd-resolved")
    func resolver() throws {
        let files = try Fixture.operations().compactMap { operation in
            if case .write(let file) = operation.action { file } else { nil }
        }
        #expect(
            files.first { $0.path == "/etc/resolv.conf" }?.contents
                == .link("../run/systemd/resolve/stub-resolv.conf"))
    }

    @Test("an active-backup bond says nothing of LACP")
    func activeBackup() throws {
        let bond: Value = [
            "name": "bond0", "slaves": ["eno1"], "mode": "active-backup", "hash": "layer2", "peer_rate": "slow",
        ]
        let file = try text(
            "30-bond0.netdev", Self.network(["interfaces": [Fixture.card("eno1", "0000:01:00.0")], "bonds": [bond]]))
        #expect(file?.hasSuffix("[Bond]\nMode=active-backup\nMIIMonitorSec=100ms\n") == true)
    }

    private static let cards: Value = [Fixture.card("eno1", "0000:01:00.0"), Fixture.card("eno2", "0000:01:00.1")]

    @Test(
        "a network that contradicts itself is refused with the reason",
        arguments: [
            (["bonds": [["name": "eno1", "slaves": ["eno1"], "mode": "802.3ad"]]], "two interfaces are called eno1"),
            (
                ["bonds": [["name": "b", "slaves": ["eno9"], "mode": "802.3ad"]]],
                "wants eno9, which the plan does not have"
            ),
            (
                [
                    "bonds": [
                        ["name": "b", "slaves": ["eno1"], "mode": "802.3ad"],
                        ["name": "c", "slaves": ["eno1"], "mode": "802.3ad"],
                    ]
                ], "eno1 is part of b and of c"
            ),
            (["vlans": [["name": "v", "parent": "eno9", "id": 5]]], "is on eno9, which is no bond"),
            (
                [
                    "bonds": [["name": "b", "slaves": ["eno1"], "mode": "802.3ad"]],
                    "vlans": [["name": "v", "parent": "eno1", "id": 5]],
                ], "is on eno1, which is no bond"
            ),
            (["vlans": [["name": "v", "parent": "v", "id": 5]]], "is on v, which is no bond"),
            (["vlans": [["name": "v", "parent": "eno1", "id": 5, "mtu": 9100]]], "an MTU of 9100, eno1 of 9000"),
            (
                ["routes": [["subnet": "10.0.0.0/8", "gateway": "10.0.0.1", "metric": 1, "interface": "x"]]],
                "leaves by x, which the plan does not have"
            ),
            (
                [
                    "interfaces": [
                        Fixture.card("eno1", "0000:01:00.0", [Fixture.address("a", "static", "10.0.0.1/24")]),
                        Fixture.card("eno2", "0000:01:00.1", [Fixture.address("b", "static", "10.0.0.1/8")]),
                    ]
                ], "10.0.0.1 is on two interfaces"
            ),
        ] as [(OrderedDictionary<String, Value>, String)])
    func contradictions(members: OrderedDictionary<String, Value>, reason: String) throws {
        var network: OrderedDictionary<String, Value> = ["interfaces": Self.cards]
        for (key, value) in members { network[key] = value }
        let error = #expect(throws: InstallationError.self) {
            try Fixture.operations(["network": Self.network(network)])
        }
        #expect(error?.reason == .network)
        #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
    }
}
