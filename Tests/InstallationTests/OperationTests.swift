import OrderedCollections
import Primitives
import Testing

@testable import Installation

@Suite("Operations of an installation")
struct OperationTests {
    @Test("every operation has a name of its own, and the phases come in the order of the protocol")
    func names() throws {
        let operations = try Fixture.operations()
        #expect(Set(operations.names).count == operations.count)
        let phases = operations.compactMap { operation in
            if case .report(let phase) = operation.action { phase } else { nil }
        }
        #expect(phases == [.started, .partitioned, .image, .configured, .bootdata, .installed])
        #expect(operations.first?.name == "report started")
    }

    @Test("the same plan on the same machine gives the same operations, another deployment other UUIDs")
    func repeatable() throws {
        let first = try Fixture.operations()
        #expect(try Fixture.operations() == first)
        let other = try Fixture.operations(["deployment": "01CZTB7GN1000G40R40M30E270"])
        #expect(other.names == first.names)
        #expect(Set(other.formats.map(\.uuid)).isDisjoint(with: first.formats.map(\.uuid)))
        #expect(other.tables["sda"]?.identifier != first.tables["sda"]?.identifier)
    }

    @Test("disks are wiped, partitioned, given volumes, formatted and mounted, in that order")
    func order() throws {
        let names = try Fixture.operations().names
        let expected = [
            "report started", "wipe sda", "wipe sdb", "partition sda", "create physical volume sdb",
            "create volume group data", "create volume data/log", "create volume data/raw",
            "format partition 1 of sda", "format partition 2 of sda", "format partition 3 of sda", "format data/log",
            "mount /", "mount /boot", "mount /var", "mount /srv/log", "report partitioned", "unpack image",
            "report image",
        ]
        #expect(Array(names.prefix(expected.count)) == expected)
    }

    @Test("a disk that was laid out for this deployment is not wiped again, another one is")
    func resumed() throws {
        let table = try #require(try Fixture.operations().tables["sda"])
        var disks = Fixture.disks
        disks[0].identifier = table.identifier.uppercased()
        let names = try Fixture.operations([:], Fixture.machine(disks: disks)).names
        #expect(!names.contains("wipe sda"))
        #expect(names.contains("wipe sdb"))
    }
}
