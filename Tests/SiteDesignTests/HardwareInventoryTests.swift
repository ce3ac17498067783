import Primitives
import TestSupport
import Testing

@testable import SiteDesign

@Suite("lshw inventories")
struct HardwareInventoryTests {
    @Test("every recorded alias has its recorded name", .enabled(if: Conformance.hasDesigns))
    func recorded() throws {
        for recording in try #require(try Conformance.json("drydock/goldens/misc.json")["logicalnames"]?.arrayValue) {
            let inventory = try HardwareInventory(lshw: Array(try #require(recording["lshw"]?.stringValue).utf8))
            for result in try #require(recording["results"]?.arrayValue) {
                var profile = HardwareProfile(name: "p")
                let alias = try #require(result["alias"]?.stringValue)
                profile.devices = [
                    DeviceAlias(
                        alias: alias, address: result["address"]?.stringValue, busType: result["bus_type"]?.stringValue,
                        deviceType: nil)
                ]
                #expect(inventory.logicalNames(for: profile)[alias] == result["name"]?.stringValue, "\(result)")
            }
        }
    }

    @Test("references, comments, CDATA and elements without content are read")
    func syntax() throws {
        let inventory = try HardwareInventory(
            lshw: Array(
                """
                <?xml version="1.0"?><!-- <node> --><list><node id='a' class="network"><configuration/>
                <businfo>pci@0000:00:1&#x66;.6</businfo><logicalname><![CDATA[eth&0]]></logicalname>
                <logicalname>second</logicalname></node></list>
                """.utf8))
        #expect(
            inventory.devices == [
                HardwareInventory.Device(deviceClass: "network", busInfo: "pci@0000:00:1f.6", logicalName: "eth&0")
            ])
    }

    @Test(
        "what is no inventory is refused, not crashed on",
        arguments: [
            "<node>", "<node></list>", "</node>", "<node class=x/>", "<node class=\"x", "<!DOCTYPE a>",
            "<a>&unknown;</a>",
            "<a>&#x110000;</a>", "<!--", "<", "<a b", "<![CDATA[", "<a>&", String(repeating: "<a>", count: 300),
        ])
    func malformed(text: String) {
        #expect(throws: BoatyardError.self) { try HardwareInventory(lshw: Array(text.utf8)) }
    }

    private static let machine = """
        <list><node id="a" class="network"><businfo>pci@0000:01:00.0</businfo><logicalname>eno1</logicalname></node>
        <node id="b" class="network"><businfo>pci@0000:02:00.1</businfo><logicalname>eno2</logicalname></node>
        <node id="c" class="disk"><businfo>scsi@0:2.0.0</businfo><logicalname>/dev/sda</logicalname></node>
        <node id="d" class="bridge"><businfo>pci@0000:03:00.0</businfo></node></list>
        """

    @Test(
        "an alias is the device at its address, or the first whose address matches; else it names itself",
        arguments: [
            ("0000:01:00.0", "pci", "eno1"), ("0:2.0.0", "scsi", "sda"), ("0000:01:00.0", "scsi", "alias"),
            ("0000:03:00.0", "pci", "alias"), ("regexp:0000:02:.*", "pci", "eno2"), ("regexp:.*", "pci", "eno1"),
            ("regexp:02", "pci", "alias"), ("regexp:(", "pci", "alias"), (nil, "pci", "alias"),
            ("0000:01:00.0", nil, "alias"),
        ] as [(String?, String?, String)])
    func logicalNames(address: String?, bus: String?, name: String) throws {
        var profile = HardwareProfile(name: "p")
        profile.devices = [DeviceAlias(alias: "alias", address: address, busType: bus, deviceType: nil)]
        let inventory = try HardwareInventory(lshw: Array(Self.machine.utf8))
        #expect(inventory.logicalNames(for: profile) == ["alias": name])
    }

    @Test("an empty inventory has no devices")
    func empty() throws {
        #expect(try HardwareInventory(lshw: []).devices.isEmpty)
    }
}
