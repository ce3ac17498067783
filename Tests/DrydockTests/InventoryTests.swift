import OrderedCollections
import Primitives
import Testing

@testable import Drydock

@Suite("Serials and UUIDs of inventories")
struct InventoryTests {
    @Test("what identifies a machine is taken without the blanks around it, a UUID in upper case")
    func identifiers() throws {
        for (told, serial) in [
            ("CN7016", "CN7016"), ("  A 7 ", "A 7"), ("0", nil), ("100000", "100000"), ("F7", "F7"), ("7777", "7777"),
            (String(repeating: "a", count: 128), String(repeating: "a", count: 128)), ("Nonesuch", "Nonesuch"),
        ] {
            #expect(try Inventory(["serial": .string(told)]).hardware.serial == serial, "\(told)")
        }
        let uuid = "4c4c4544-0043-4e10-8037-b7c04f363232"
        #expect(try Inventory(["uuid": .string(" \(uuid) ")]).hardware.uuid == uuid.uppercased())
    }

    @Test(
        "a serial or UUID that identifies nothing is none, and the rest of the inventory is taken",
        arguments: [
            "", " ", "\t", "Séri", "\u{fffd}\u{fffd}", "A7\u{0}", "A7\n", String(repeating: "a", count: 129),
            String(repeating: "a", count: 200_000), "Default string", "default  string", "To Be Filled By O.E.M.",
            " To be filled by O.E.M. ", "System Serial Number", "None", "NONE", "N/A", "Not Specified", "0123456789",
            "00000000",
            "FFFFFFFF", "xxxxxxxxxxxx", "........", "-", "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "Not Settable",
        ])
    func placeholders(_ text: String) throws {
        let inventory = try Inventory(["serial": .string(text), "uuid": .string(text), "cpu_count": 8])
        #expect(inventory.hardware == Hardware())
        #expect(inventory.cpuCount == 8)
    }

    @Test(
        "a UUID that many machines share is none",
        arguments: [
            "03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009",
            "03020100-0504-0706-0809-0a0b0c0d0e0f", "4c4c4544-0000-2010-8020-80c04f202020",
        ])
    func sharedUUIDs(_ uuid: String) throws {
        #expect(try Inventory(["serial": "A7", "uuid": .string(uuid)]).hardware == Hardware(serial: "A7"))
    }

    @Test("a serial or UUID that is no text is refused by name")
    func wrongType() {
        for key in ["serial", "uuid"] {
            for value: Value in [7, true, [], [:]] {
                let error = #expect(throws: DrydockError.self) { try Inventory(.object([key: value, "cpu_count": 1])) }
                #expect(error?.kind == .invalid)
                #expect(error?.message.contains("'\(key)'") == true)
            }
            #expect(throws: Never.self) { try Inventory(.object([key: .null, "cpu_count": 1])) }
        }
    }
}
