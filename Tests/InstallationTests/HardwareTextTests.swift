import Primitives
import SiteDesign
import Testing

@testable import Installation

@Suite("What tools say of hardware")
struct HardwareTextTests {
    private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("an ATA disk that is well is, and one that says so itself is failing, as are sectors that cannot be read")
    func ata() throws {
        let good = """
            {"smartctl": {"version": [7, 3], "exit_status": 0}, "device": {"type": "sat", "protocol": "ATA"},
             "smart_status": {"passed": true}, "power_on_time": {"hours": 21000}, "temperature": {"current": 34},
             "ata_smart_attributes": {"table": [
               {"id": 5, "name": "Reallocated_Sector_Ct", "raw": {"value": 0, "string": "0"}},
               {"id": 197, "name": "Current_Pending_Sector", "raw": {"value": 0, "string": "0"}}]}}
            """
        let health = DiskHealth(isPassed: true, replaced: 0, pending: 0, hours: 21_000, temperature: 34)
        #expect(DiskHealth.smartctl(bytes(good)) == .read(health))
        #expect(health.faults.isEmpty && health.remarks.isEmpty)
        #expect(health.summary == "the disk says that it is well, 21000 h, 34 °C")
        let bad = good.replacing("\"passed\": true", with: "\"passed\": false")
            .replacing("{\"value\": 0, \"string\": \"0\"}", with: "{\"value\": 8}")
        guard case .read(let failing) = DiskHealth.smartctl(bytes(bad)) else { throw InstallationError(.plan, bad) }
        #expect(
            failing.faults == [
                "the disk itself says that it is failing", "8 sectors cannot be read and wait to be replaced",
            ])
        #expect(failing.remarks == ["8 sectors are replaced"])
    }

    @Test("an NVMe disk is read from smartctl and from nvme alike; each bit of its warning is told in words")
    func nvme() throws {
        let log = """
            "critical_warning": 9, "temperature": 308, "available_spare": 3, "available_spare_threshold": 10,
            "percentage_used": 97, "media_errors": 4, "power_on_hours": 40000
            """
        let smartctl = """
            {"smart_status": {"passed": false, "nvme": {"value": 9}}, "temperature": {"current": 35},
             "nvme_smart_health_information_log": {\(log)}}
            """
        let own = "{\(log.replacing("percentage_used", with: "percent_used"))}"
        for reading in [DiskHealth.smartctl(bytes(smartctl)), DiskHealth.nvme(bytes(own))] {
            guard case .read(let health) = reading else { throw InstallationError(.plan, "\(reading)") }
            #expect(health.faults.suffix(2) == ["its spare blocks are used up", "it can only be read"])
            #expect(health.remarks == ["4 errors of the medium", "97 % of its life is used"])
            #expect(health.temperature == 35 && health.hours == 40_000)
        }
    }

    @Test("a disk without SMART is not checked, and the reason is smartctl's; what is no report is none")
    func none() {
        let text = """
            {"smartctl": {"exit_status": 1, "messages": [{"string": "/dev/vda: Unable to detect device type",
             "severity": "error"}]}}
            """
        #expect(
            DiskHealth.smartctl(bytes(text))
                == .missing("the disk tells nothing of its health: /dev/vda: Unable to detect device type"))
        #expect(DiskHealth.smartctl(bytes("smartctl 7.3")) == .missing("smartctl has written no report"))
        #expect(DiskHealth.smartctl([]) == .missing("smartctl has written no report"))
        #expect(DiskHealth.nvme(bytes("{}")) == .missing("nvme has written no log"))
        // A grown defect list of SCSI.
        #expect(
            DiskHealth.smartctl(bytes(#"{"scsi_grown_defect_list": 7, "smart_status": {"passed": true}}"#))
                == .read(DiskHealth(isPassed: true, replaced: 7)))
    }

    @Test("ethtool says whether there is a link, how fast it is, and how fast it could be")
    func ethtool() {
        let text = """
            Settings for eno1:
            \tSupported ports: [ FIBRE ]
            \tSupported link modes:   1000baseX/Full
            \t                        10000baseSR/Full
            \t                        25000baseCR/Full 25000baseSR/Full
            \tSupported pause frame use: Symmetric
            \tAdvertised link modes:  100000baseSR4/Full
            \tSpeed: 10000Mb/s
            \tDuplex: Full
            \tLink detected: yes
            """
        #expect(
            LinkState(ethtool: text)
                == LinkState(hasCarrier: true, speed: 10_000, isFullDuplex: true, fastest: 25_000))
        let down = "Settings for eno2:\n\tSpeed: Unknown!\n\tDuplex: Unknown! (255)\n\tLink detected: no (No cable)\n"
        #expect(LinkState(ethtool: down) == LinkState(hasCarrier: false))
        #expect(LinkState(ethtool: "netlink error: No such device") == nil)
    }

    @Test("neighbours are read from lldpctl's json0, by interface")
    func lldp() throws {
        let text = """
            {"lldp": [{"interface": [
              {"name": "eno1", "via": "LLDP", "chassis": [{"id": [{"type": "mac", "value": "d4:01:c3:27:91:67"}],
               "name": [{"value": "switch-3.example.com"}]}],
               "port": [{"id": [{"type": "ifname", "value": "Ethernet7"}], "descr": [{"value": "n1 eno1"}]}]},
              {"name": "eno2", "chassis": [{"id": [{"type": "mac", "value": "d4:01:c3:27:91:68"}]}],
               "port": [{"id": [{"type": "local", "value": "12"}]}]}]}]}
            """
        let heard = try #require(Neighbour.all(lldpctl: bytes(text)))
        let first = try #require(heard["eno1"]?.first)
        #expect(first.description == "switch-3.example.com Ethernet7")
        #expect(heard["eno2"]?.first?.description == "d4:01:c3:27:91:68 12")
        for meant in [
            "switch-3 Ethernet7", "SWITCH-3.example.com ethernet7", "d401.c327.9167 Ethernet7", "switch-3",
            "switch-3 n1 eno1",
        ] {
            #expect(first.isMeant(by: try #require(ExpectedNeighbour(meant))), "\(meant)")
        }
        for other in ["switch-3 Ethernet8", "switch-4 Ethernet7", "switch Ethernet7", "switch-3.example.com Ethernet"] {
            #expect(try !first.isMeant(by: #require(ExpectedNeighbour(other))), "\(other)")
        }
        #expect(ExpectedNeighbour("  ") == nil)
        #expect(Neighbour.all(lldpctl: bytes("{\"lldp\": [{}]}"))?.isEmpty == true)
        #expect(Neighbour.all(lldpctl: bytes("unable to get")) == nil)
    }

    @Test("modules are added up; one whose size cannot be read makes the sum unknown")
    func modules() {
        let text = """
            Handle 0x1100, DMI type 17, 92 bytes
            Memory Device
            \tSize: 32 GB
            \tLocator: A1
            Memory Device
            \tSize: No Module Installed
            Memory Device
            \tSize: 16384 MB
            """
        #expect(HardwareText.installedMemory(dmidecode: text) == 48 * 1024)
        #expect(HardwareText.installedMemory(dmidecode: "\tSize: 32 parsecs\n") == nil)
        #expect(HardwareText.installedMemory(dmidecode: "\tSize: 99999999999999999999 TB\n") == nil)
        #expect(HardwareText.installedMemory(dmidecode: "# No SMBIOS nor DMI entry point found") == nil)
        #expect(HardwareText.memory("MemAvailable", meminfo: "MemTotal: 2048 kB\nMemAvailable:   1024 kB\n") == 1)
        #expect(HardwareText.memory("MemAvailable", meminfo: "MemTotal: 2048 kB\n") == nil)
    }

    @Test(
        "the BMC's time is read in every way that ipmitool has written it",
        arguments: [
            ("11/30/2026 04:12:07\n", "2026-11-30T04:12:07Z"), ("11/30/26 04:12:07 UTC", "2026-11-30T04:12:07Z"),
            ("01/01/1970 00:00:31", "1970-01-01T00:00:31Z"), ("01/01/70 00:00:31", "1970-01-01T00:00:31Z"),
            ("Unspecified", ""), ("13/30/2026 04:12:07", ""), ("11/30/2026 noon", ""), ("", ""),
        ])
    func bmcTime(text: String, time: String) {
        #expect(HardwareText.bmcTime(text) == Timestamp(time))
    }
}
