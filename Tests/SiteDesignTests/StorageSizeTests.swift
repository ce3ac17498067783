import Primitives
import TestSupport
import Testing

@testable import SiteDesign

@Suite("Sizes")
struct StorageSizeTests {
    @Test("every recorded size comes out as recorded", .enabled(if: Conformance.hasDesigns))
    func recorded() throws {
        let golden = try Conformance.json("drydock/goldens/misc.json")
        let context = StorageContext(
            total: try #require(golden["context"]?["size"]?.intValue),
            available: try #require(golden["context"]?["available_size"]?.intValue))
        for size in try #require(golden["sizes"]?.arrayValue) {
            let text = try #require(size["s"]?.stringValue)
            #expect((try? StorageSize(text).bytes(of: context)) == size["ctx"]?.intValue, "\(text) of a disk")
            #expect((try? StorageSize(text).bytes(of: nil)) == size["no_ctx"]?.intValue, "\(text)")
            #expect((try? StorageSize.plainBytes(text)) == size["simple"]?.intValue, "\(text) of a root")
        }
    }

    @Test(
        "sizes beyond all numbers are refused",
        arguments: ["99999999999999999999g", "9223372036854775807t", "9223372036854775807%", ">9223372036854775807m"])
    func overflow(text: String) {
        #expect(throws: StorageSizeError.self) {
            try StorageSize(text).bytes(of: StorageContext(total: .max, available: 1000))
        }
    }

    @Test("what takes the rest of nearly nothing is nothing")
    func smallRest() throws {
        #expect(try StorageSize(">0m").bytes(of: StorageContext(total: 100, available: 100)) == 0)
    }
}
