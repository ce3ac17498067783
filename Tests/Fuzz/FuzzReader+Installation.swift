import Installation
import OrderedCollections
import Primitives
import TestSupport
import YAML

extension FuzzReader {
    /// What an installer gets, on machines of both kinds of firmware.
    static let installation: [FuzzReader] = [
        FuzzReader(
            "install-plan", seeds: [installPlan, erasePlan, testPlan],
            words: [
                "\"../..\"", "\"/proc\"", "\"a\\nb\"", "\"$(x)\"", "\"fd00::1/64\"", "\"10.0.0.1/33\"", "\">20g\"",
                "\"101%\"",
                "\"9223372036854775807t\"", "\"raid10\"", "\"raid\":", "\"members\":", "\"swap\"", "\"bios_boot\"",
                "\"regexp:(\"", "\"uefi\"", "4294967296", "-1", "null", "[]", "{}",
            ], form: .json
        ) { bytes in
            switch try MachinePlan(Value(json: bytes)) {
            case .erase(let plan): for facts in machines { checkOperations(ErasurePlanner.operations(plan, facts)) }
            case .test(let plan):
                for facts in machines { _ = HardwareComparison(plan, facts, readings(of: bytes)).findings.summary }
            case .install(let plan):
                var failure: (any Error)?
                for facts in machines {
                    do { checkOperations(try InstallationPlanner.operations(plan, facts)) } catch { failure = error }
                }
                if let failure { throw failure }
            }
        },
        FuzzReader(
            "hardware", corpus: ["Tests/InstallationTests/HardwareTextTests.swift"],
            words: [
                "\"critical_warning\"", "\"raw\"", "9223372036854775807", "-1", "Link detected: yes", "Mb/s",
                "baseT/Full",
                "\"chassis\"", "Size: ", " TB", "MemAvailable:", "/70 ", "\"value\"", "\"lldp\"",
            ]
        ) { bytes in
            for facts in machines { _ = HardwareComparison(hardwareTest, facts, readings(of: bytes)).findings.summary }
            if let value = try? Value(json: bytes), let finding = HardwareFinding(value),
                finding.seen.count > 1024 || finding.subject.count > 1024
            {
                fatalError("a finding is not bounded")
            }
        },
        FuzzReader(
            "adoption",
            seeds: [
                Array(
                    #"{"vendor": "V", "product": "P", "serial": "S", "cpu_count": 4, "memory_mib": 1024, "firmware": "uefi", "bmc_address": "10.0.0.9", "interfaces": [{"name": "eno1", "mac": "52:54:00:00:00:01", "address": "0000:01:00.0", "link": true}], "disks": [{"name": "sda", "size": 8, "address": "0:2.0.0", "model": "m", "serial": "s"}]}"#
                        .utf8)
            ], words: ["'", "\"", "#", ": ", "\\n", "\\u0007", "\\u2028", "- ", "null", "~", "1:2"], form: .json
        ) { bytes in
            let machine = DiscoveredMachine(
                mac: MACAddress("52:54:00:00:00:01") ?? .zero, hardware: try Value(json: bytes))
            let text = try Adoption(
                Adoption.Request(name: "n1", profile: "p", rack: nil, networks: [("net", nil)]), of: machine, in: site
            ).text(file: "n1.yaml")
            guard let node = try? YAML.load(Array(text.utf8)).last,
                node["data"]?["metadata"]?["boot_mac"]?.stringValue == "52:54:00:00:00:01"
            else { fatalError("the documents of an adopted machine cannot be read: \(text)") }
        },
    ]

    /// What tools say, whatever they do.
    private static func readings(of bytes: [UInt8]) -> HardwareReadings {
        let output = text(bytes)
        let numbers = bytes.prefix(6).map { Int($0) - 128 }
        let link = LinkState(ethtool: output) ?? LinkState(hasCarrier: bytes.count % 2 == 0)
        let heard = Neighbour.all(lldpctl: bytes)?.values.flatMap(\.self) ?? []
        let time = HardwareText.bmcTime(output).map { Int(clamping: $0.microseconds / 1_000_000) }
        return HardwareReadings(
            memory: MemoryReadings(
                installed: HardwareText.installedMemory(dmidecode: output),
                usable: HardwareText.memory("MemAvailable", meminfo: output),
                patterns: .read(.init(tested: numbers.first ?? 0, free: numbers.last ?? 0, seconds: 1, mismatches: 1)),
                errors: .read(
                    .init(correctedBefore: 1, corrected: numbers.first ?? 0, uncorrected: 0, modules: [output]))),
            disks: [
                DiskReadings(name: "sda", health: DiskHealth.smartctl(bytes), reading: .missing(output)),
                DiskReadings(
                    name: "sdb", health: DiskHealth.nvme(bytes),
                    reading: .read(.init(read: 0, wanted: 1, failures: [output], slowest: .nan))),
            ], links: [LinkReadings(name: "eno1", link: .read(link), neighbours: .read(heard))],
            clocks: ClockReadings(
                system: .read(time ?? 0), hardware: .read(numbers.first ?? 0), bmc: .missing(output)))
    }

    private static let hardwareTest: HardwareTestPlan = {
        guard case .test(let plan)? = try? MachinePlan(Value(json: testPlan)) else {
            fatalError("the seed is no plan of a test")
        }
        return plan
    }()

    private static let site: [Value] = [
        [
            "schema": "drydock/HostProfile/v1", "metadata": ["name": "p"],
            "data": [
                "hardware_profile": "h", "oob": ["network": "net"],
                "storage": ["physical_devices": ["bootdisk": ["labels": [:]]]],
                "interfaces": ["pxe": ["device_link": "l", "slaves": ["nic"], "networks": ["net"]]],
            ],
        ],
        [
            "schema": "drydock/HardwareProfile/v1", "metadata": ["name": "h"],
            "data": ["device_aliases": ["nic": ["address": "0000:01:00.0", "bus_type": "pci"]]],
        ],
        [
            "schema": "drydock/Network/v1", "metadata": ["name": "net"],
            "data": [
                "cidr": "10.0.0.0/24", "ranges": [["type": "static", "start": "10.0.0.1", "end": "10.0.0.200"]],
            ],
        ],
    ]

    private static let machines = [MachineFacts.Firmware.bios, .uefi].map { firmware in
        MachineFacts(
            firmware: firmware,
            disks: [
                .init(name: "sda", size: 480_103_981_056, addresses: ["scsi@0:2.0.0"], serial: "S1"),
                .init(name: "sdb", size: 1 << 51, logicalSectorSize: 4096, serial: "S2"),
                .init(name: "sdc", size: .max),
            ],
            layers: [
                .init(name: "sda1", kind: .partition, size: .max, lowers: ["sda"], arrayDataOffset: .max),
                .init(name: "dm-0", kind: .mapped, size: 1, lowers: ["sda1", "dm-0"], mountPoints: ["/a", "/a/b"]),
            ],
            interfaces: [.init(name: "eno1", mac: MACAddress("52:54:00:00:00:01") ?? .zero, pciAddress: "0000:01:00.0")]
        )
    }

    /// Ends the process where root would be led outside of the new system, or beyond the end of a disk.
    private static func checkOperations(_ operations: [InstallationOperation]) {
        for operation in operations {
            _ = operation.lockedDisk
            switch operation.action {
            case .write(let file):
                let clocks = ["/usr/lib/clock-epoch", "/var/lib/systemd/timesync/clock"]
                let isKnown = file.path.hasPrefix("/etc/") || clocks.contains(file.path)
                if !isKnown || file.path.split(separator: "/").contains("..") {
                    fatalError("\(file.path) would be written")
                }
            case .mount(let mount):
                if !mount.mountPoint.hasPrefix("/") || mount.mountPoint.split(separator: "/").contains("..") {
                    fatalError("\(mount.mountPoint) would be mounted")
                }
            case .partition(let table):
                for entry in table.partitions where entry.start < 1 << 20 || entry.size > table.disk.size - entry.start
                {
                    fatalError("partition \(entry.number) is at \(entry.start)")
                }
            case .wipe(let wipe):
                if let size = wipe.identity?.size, wipe.ranges.contains(where: { $0.upperBound > size }) {
                    fatalError("\(wipe.device) is written to beyond its end")
                }
            case .configureBoot(let configuration):
                let text = configuration.grub(versions: ["6.1.0-18-amd64", "x\n}"])
                if text.contains("x\n}") { fatalError("a kernel's name is a command") }
            case .configureRepositories(let configuration):
                for repository in configuration.repositories {
                    for file in AptSources.files(of: repository, codename: "bookworm") where file.path.contains("..") {
                        fatalError("\(file.path) would be written")
                    }
                }
            default: break
            }
        }
    }

    private static let erasePlan = Array(
        #"{"kind": "erase", "deployment": "01CZTB7GN1000G40R40M30E27Z", "node": "n1", "mode": "secure", "report_url": "http://a/b"}"#
            .utf8)

    private static let testPlan = Array(
        """
        {"kind": "test", "test": "01CZTB7GN1000G40R40M30E27Z", "node": "n1", "mode": "quick", "memory_mib": 1024,
         "limits": {"memory_seconds": 60, "read_places": 16, "disk_seconds": 60, "neighbour_seconds": 65},
         "disks": [{"device": "bootdisk", "selector": {"alias": "bootdisk", "address": "0:2.0.0", "bus_type": "scsi"}}],
         "interfaces": [{"name": "eno1", "selector": {"alias": "nic1", "address": "0000:01:00.0"}, "bond": "bond0",
                         "speed": 1000, "neighbour": "switch-3 Ethernet7"}]}
        """.utf8)

    private static let installPlan = Array(
        """
        {"kind": "install", "deployment": "01CZTB7GN1000G40R40M30E27Z", "node": "n1", "fqdn": "n1.example.com",
         "image": {"name": "i", "kernel": "k", "url": "http://a/i", "sha256": "\(String(repeating: "0", count: 64))",
                   "size": 1, "unpacked_size": 2, "format": "tar.zst"},
         "boot_mode": "bios", "kernel_parameters": "quiet", "console": ["ttyS0,115200n8"],
         "disks": [{"device": "bootdisk", "name": "sda", "wipe": true, "labels": {"bootdrive": "true"}, "volume_group": null,
                    "selector": {"alias": "bootdisk", "address": "0:2.0.0", "bus_type": "scsi"},
                    "partitions": [{"name": "root", "size": "20g", "bootable": true, "uuid": null, "volume_group": null,
                                    "filesystem": {"type": "ext4", "mountpoint": "/", "options": "defaults"}},
                                   {"name": "pv", "size": ">1g", "volume_group": "vg", "filesystem": null}]},
                   {"device": "sdb", "selector": {"alias": "sdb"}, "volume_group": "vg"}],
         "volume_groups": [{"name": "vg", "logical_volumes": [
             {"name": "var", "size": "10%", "filesystem": {"type": "xfs", "mountpoint": "/var", "label": "var"}},
             {"name": "swap", "size": "1gi", "filesystem": {"type": "swap"}}]}],
         "network": {"interfaces": [{"name": "eno1", "selector": {"alias": "nic1", "address": "0000:01:00.0"}, "mtu": 9000,
                                     "addresses": []}],
                     "bonds": [{"name": "bond0", "slaves": ["eno1"], "mode": "802.3ad", "mtu": 9000, "mon_rate": 100,
                                "addresses": [{"network": "a", "mode": "static", "address": "10.0.0.2/24",
                                               "gateway": "10.0.0.1", "default_route": true}]}],
                     "vlans": [{"name": "bond0.30", "parent": "bond0", "id": 30, "mtu": 1500,
                                "addresses": [{"network": "b", "mode": "dhcp", "family": "ipv6"}]}],
                     "routes": [{"subnet": "10.9.0.0/16", "gateway": "10.0.0.3", "metric": 1, "interface": "bond0"}],
                     "dns": {"servers": ["10.0.0.1", "fd00::1"], "search": ["example.com"]}},
         "users": [{"name": "ubuntu", "authorized_keys": ["ssh-ed25519 A"]}],
         "repositories": [{"name": "r", "type": "apt", "url": "http://a", "distributions": [], "subrepositories": ["x"],
                           "components": ["main"], "architectures": ["amd64"], "key": null, "options": {"trusted": "yes"}}],
         "remove_unlisted_repositories": true, "packages": [{"name": "jq", "version": "1.6-2"}],
         "boot_data": {"key": "00", "files": "http://a/f", "units": "http://a/u"}, "report_url": "http://a/e"}
        """.utf8)
}
