import OrderedCollections
import Primitives

extension DesignSchemas {
    static let region: Value = SchemaParts.closed([
        "tag_definitions": SchemaParts.list(
            SchemaParts.closed([
                "tag": SchemaParts.text, "definition_type": SchemaParts.choice("lshw_xpath"),
                "definition": SchemaParts.text,
            ])),
        "authorized_keys": SchemaParts.list(SchemaParts.text),
        // Unknown members of a repository are refused when it is read, with DD000.
        "repositories": [
            "type": "object", "properties": ["remove_unlisted": SchemaParts.flag],
            "additionalProperties": SchemaParts.open([
                "repo_type": SchemaParts.pattern("apt|rpm"), "url": SchemaParts.text,
                "distributions": SchemaParts.list(SchemaParts.text), "subrepos": SchemaParts.list(SchemaParts.text),
                "components": SchemaParts.list(SchemaParts.text), "gpgkey": SchemaParts.text,
                "arches": SchemaParts.list(SchemaParts.text), "options": SchemaParts.map(SchemaParts.text),
            ]),
        ],
    ])

    static let rack: Value = SchemaParts.closed([
        "tor_switches": SchemaParts.map(
            SchemaParts.open(["mgmt_ip": SchemaParts.text, "sdn_api_uri": SchemaParts.text])),
        "location": SchemaParts.map(SchemaParts.text),
        "local_networks": SchemaParts.list(SchemaParts.text),
        "labels": ["type": "object"],
    ])

    static let networkLink: Value = SchemaParts.closed([
        "bonding": SchemaParts.closed([
            "mode": SchemaParts.text, "hash": SchemaParts.text, "peer_rate": SchemaParts.text,
            "mon_rate": SchemaParts.number, "up_delay": SchemaParts.number, "down_delay": SchemaParts.number,
        ]),
        "mtu": SchemaParts.number,
        "linkspeed": SchemaParts.text,
        "trunking": SchemaParts.closed(["mode": SchemaParts.text, "default_network": SchemaParts.text]),
        "allowed_networks": SchemaParts.list(SchemaParts.text),
        "labels": ["type": "object"],
    ])

    static let network: Value = SchemaParts.closed([
        "cidr": SchemaParts.text,
        "vlan": SchemaParts.text,
        "mtu": SchemaParts.number,
        "routedomain": SchemaParts.text,
        "ranges": SchemaParts.list(
            SchemaParts.closed(["type": SchemaParts.text, "start": SchemaParts.text, "end": SchemaParts.text])),
        "routes": SchemaParts.list(
            SchemaParts.closed([
                "subnet": SchemaParts.text, "gateway": SchemaParts.text, "metric": SchemaParts.number,
                "routedomain": SchemaParts.text,
            ])),
        "dns": SchemaParts.open(["domain": SchemaParts.text, "servers": SchemaParts.text]),
        "dhcp_relay": SchemaParts.open(["self_ip": SchemaParts.text, "upstream_target": SchemaParts.text]),
        "labels": ["type": "object"],
    ])

    static let hardwareProfile: Value = SchemaParts.closed([
        "vendor": SchemaParts.text,
        "generation": SchemaParts.text,
        "hw_version": SchemaParts.text,
        "bios_version": SchemaParts.text,
        "boot_mode": SchemaParts.choice("bios", "uefi"),
        "bootstrap_protocol": SchemaParts.choice("pxe", "usb", "hdd"),
        "pxe_interface": SchemaParts.number,
        "device_aliases": SchemaParts.map(
            SchemaParts.open([
                "address": SchemaParts.text, "bus_type": SchemaParts.text, "dev_type": SchemaParts.text,
            ])),
        "cpu_sets": SchemaParts.map(SchemaParts.text),
        "hugepages": SchemaParts.map(
            SchemaParts.open(["size": SchemaParts.text, "count": SchemaParts.number])),
    ])
}
