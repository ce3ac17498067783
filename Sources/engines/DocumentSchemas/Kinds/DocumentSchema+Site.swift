import OrderedCollections
import Primitives

extension DocumentSchema {
    static let region = DocumentSchema(
        "drydock/Region/v1",
        "What holds for the whole site: who may log in to its machines, and where they get packages from. A site has one; of "
            + "several the last counts.",
        readers: "Drydock, for every machine that it installs.",
        example: """
            authorized_keys:
              - ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleExam operator@example.com
            repositories:
              remove_unlisted: false
              debian:
                repo_type: apt
                url: http://deb.debian.org/debian
                distributions: [bookworm]
                components: [main]
            """,
        data: SchemaPart.closed([
            "authorized_keys": SchemaPart.list(
                SchemaPart.text(),
                "Public SSH keys that may log in to every machine, and to the installer during a rescue. Without one nobody can.",
                example: ["ssh-ed25519 AAAAC3Nza… operator@example.com"]),
            "repositories": .object([
                "type": "object",
                "description":
                    "Package repositories of the machines, by a name of your choice. An unknown member of a repository is an error (DD000).",
                "properties": [
                    "remove_unlisted": SchemaPart.flag(
                        "Whether the repositories that the image brings along are removed.", default: false)
                ],
                "additionalProperties": SchemaPart.open([
                    "repo_type": SchemaPart.pattern(
                        "apt|rpm", "`apt` or `rpm`. The installer sets up `apt`.", example: "apt"),
                    "url": SchemaPart.text("The address of the repository.", example: "http://deb.debian.org/debian"),
                    "distributions": SchemaPart.list(
                        SchemaPart.text(), "The distributions that are used.", example: ["bookworm"]),
                    "subrepos": SchemaPart.list(
                        SchemaPart.text(), "Further distributions, such as those with updates.",
                        example: ["bookworm-updates"]),
                    "components": SchemaPart.list(
                        SchemaPart.text(), "The components that are used.", example: ["main"]),
                    "gpgkey": SchemaPart.text("The key that signs the repository, armored."),
                    "arches": SchemaPart.list(SchemaPart.text(), "The architectures.", example: ["amd64"]),
                    "options": SchemaPart.map(SchemaPart.text(), "Options of the source, by name."),
                ]),
            ]),
            "tag_definitions": SchemaPart.list(
                SchemaPart.closed([
                    "tag": SchemaPart.text("The name of the tag."),
                    "definition_type": SchemaPart.choice(["lshw_xpath"], "The language of the definition."),
                    "definition": SchemaPart.text("The expression that a machine has to meet."),
                ]), "Kept for designs of Airship. Read by nothing."),
        ]))

    static let rack = DocumentSchema(
        "drydock/Rack/v1",
        "A rack. Nodes name the rack that they stand in; deployment groups and node filters can choose by it. A site needs none.",
        readers: "Drydock, to choose nodes by their rack, and to find a rack that is misspelt.",
        example: """
            tor_switches:
              switch-1:
                mgmt_ip: 192.0.2.200
            location:
              room: '12'
            local_networks:
              - pxe
            """,
        data: SchemaPart.closed([
            "tor_switches": SchemaPart.map(
                SchemaPart.open([
                    "mgmt_ip": SchemaPart.text("The management address of the switch.", example: "192.0.2.200"),
                    "sdn_api_uri": SchemaPart.text("Read by nothing."),
                ]), "The switches of the rack, by name. Their addresses are kept free of machines."),
            "location": SchemaPart.map(SchemaPart.text(), "Where the rack stands, in your own words. Read by nothing."),
            "local_networks": SchemaPart.list(SchemaPart.text(), "Networks of this rack alone. Read by nothing."),
            "labels": SchemaPart.anything("Labels of your own. Read by nothing."),
        ]))

    static let networkLink = DocumentSchema(
        "drydock/NetworkLink/v1",
        "A kind of cable: what an interface, or several as a bond, are plugged into, and which networks it carries. A machine's interface "
            + "names its link with `device_link`.",
        readers: "Drydock, when it makes the network configuration of machines, and in the test of their hardware.",
        example: """
            mtu: 1500
            linkspeed: auto
            bonding:
              mode: 802.3ad
            trunking:
              mode: 802.1q
              default_network: oam
            allowed_networks:
              - oam
              - storage
            """,
        data: SchemaPart.closed([
            "mtu": SchemaPart.number("The MTU of the link, in bytes. Mandatory.", example: 1500),
            "linkspeed": SchemaPart.text(
                "The speed of the link: `auto`, or a number of Mbit/s, or of Gbit/s with a `g` behind it, which the test of the hardware "
                    + "expects. Mandatory.", example: "10g"),
            "allowed_networks": SchemaPart.list(
                SchemaPart.text(), "The networks that the link carries, by name. Mandatory.", example: ["oam"]),
            "bonding": SchemaPart.closed(
                [
                    "mode": SchemaPart.text(
                        "`disabled`, `802.3ad`, `balance-rr` or `active-backup`; `disabled` drops the other options.",
                        default: "disabled"),
                    "hash": SchemaPart.text(
                        "How `802.3ad` chooses the card for a packet.", default: "layer3+4"),
                    "peer_rate": SchemaPart.text(
                        "How often `802.3ad` talks to the switch: `fast` or `slow`.", default: "fast"),
                    "mon_rate": SchemaPart.number(
                        "How often the cards' links are looked at, in milliseconds.", default: 100),
                    "up_delay": SchemaPart.number(
                        "How long a link has to be up before it is used, in milliseconds.", default: 200),
                    "down_delay": SchemaPart.number(
                        "How long a link has to be down before it is given up, in milliseconds.", default: 200),
                ], "How the cards of an interface are joined."),
            "trunking": SchemaPart.closed(
                [
                    "mode": SchemaPart.text("`disabled`, or `802.1q` for tagged networks.", default: "disabled"),
                    "default_network": SchemaPart.text("The network that comes untagged.", example: "oam"),
                ], "Which of the networks are tagged."),
            "labels": SchemaPart.anything(
                "Labels. `noconfig`, whatever its value, leaves the interface of the link alone: the link of BMCs has it."
            ),
        ]))

    static let network = DocumentSchema(
        "drydock/Network/v1",
        "A network with its addresses: its range, what DHCP may give out, gateway and name servers. Nodes have an address in it by their "
            + "`addressing`.",
        readers: "Drydock, when it configures DHCP and the network of machines, and when it reaches BMCs.",
        example: """
            cidr: 192.0.2.0/24
            ranges:
              - type: dhcp
                start: 192.0.2.100
                end: 192.0.2.199
              - type: static
                start: 192.0.2.10
                end: 192.0.2.99
            routes:
              - subnet: 0.0.0.0/0
                gateway: 192.0.2.1
                metric: 10
            dns:
              domain: example.com
              servers: 192.0.2.1
            """,
        data: SchemaPart.closed([
            "cidr": SchemaPart.text("The network, IPv4 or IPv6. Mandatory.", example: "192.0.2.0/24"),
            "vlan": SchemaPart.text("The VLAN, 1 to 4094, where the network is tagged; a text.", example: "110"),
            "mtu": SchemaPart.number("The MTU in bytes, at most that of the link.", example: 1500),
            "ranges": SchemaPart.list(
                SchemaPart.closed([
                    "type": SchemaPart.text(
                        "`dhcp`: given out by DHCP; `static`: of machines, from which `boatyard adopt` takes free ones; "
                            + "`reserved`: of nobody.", example: "dhcp"),
                    "start": SchemaPart.text("The first address.", example: "192.0.2.100"),
                    "end": SchemaPart.text("The last address.", example: "192.0.2.199"),
                ]), "What addresses are for. A network that machines boot from needs one of the type `dhcp`."),
            "routes": SchemaPart.list(
                SchemaPart.closed([
                    "subnet": SchemaPart.text(
                        "Where the route leads; `0.0.0.0/0` for the default gateway.", example: "0.0.0.0/0"),
                    "gateway": SchemaPart.text("The gateway.", example: "192.0.2.1"),
                    "metric": SchemaPart.number("The metric; of two routes the smaller one is used.", example: 10),
                    "routedomain": SchemaPart.text(
                        "The route domain to whose networks the route leads; in place of `subnet`."),
                ]), "Routes of machines that have an address in this network."),
            "dns": SchemaPart.open(
                [
                    "domain": SchemaPart.text(
                        "The domain of the names of machines whose primary network this is.", default: "local",
                        example: "example.com"),
                    "servers": SchemaPart.text(
                        "Addresses of name servers, with commas.", example: "192.0.2.1,192.0.2.2"),
                ], "Names."),
            "dhcp_relay": SchemaPart.open(
                [
                    "self_ip": SchemaPart.text("The address of the relay in this network.", example: "192.0.2.2"),
                    "upstream_target": SchemaPart.text("Where the relay forwards to. Read by nothing."),
                ], "A DHCP relay, where the seed host has no interface in this network."),
            "routedomain": SchemaPart.text(
                "Networks with the same name get routes to each other.", example: "storage"),
            "labels": SchemaPart.anything(
                "Labels. `noconfig`, whatever its value, leaves the network alone on machines."),
        ]))
}
