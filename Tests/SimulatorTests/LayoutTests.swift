import Archive
import OrderedCollections
import Primitives
import Testing

@testable import Simulator

@Suite("What a simulated machine checks before it says installed")
struct LayoutTests {
    private static let mac = MACAddress("52:54:00:00:00:01") ?? .zero

    private static let machine = MachineDescription(
        name: "n1", bmcAddress: "10.0.0.1", account: "a", credential: Secret("p"), mac: mac,
        interfaces: [.init(name: "ens3", mac: mac, address: "0000:00:03.0")],
        disks: [.init(name: "sda", size: 100_000_000_000, address: "0:0.0.0")],
        assets: [
            .init(kind: .files, path: "/etc/a", mode: 0o644, contents: Array("a".utf8)),
            .init(kind: .files, path: "/etc/b", mode: 0o600, contents: nil),
        ])

    private static func plan(_ partitions: [Value], device: String = "sda", group: Value = nil) -> Value {
        ["disks": [["device": .string(device), "volume_group": group, "partitions": .array(partitions)]]]
    }

    private static func partition(_ mountpoint: String, _ size: String) -> Value {
        ["name": "p", "size": .string(size), "filesystem": ["mountpoint": .string(mountpoint)]]
    }

    @Test("a layout that fits is accepted")
    func fits() throws {
        try DiskLayout.verify(
            Self.plan([Self.partition("/", "30g"), Self.partition("/var", ">20g"), Self.partition("/srv", "10%")]),
            on: Self.machine)
    }

    @Test("a layout that cannot be made is refused")
    func refused() {
        let plans = [
            Self.plan([Self.partition("/", "101g")]), Self.plan([Self.partition("/var", "1g")]),
            Self.plan([Self.partition("/", "30g"), Self.partition("/", "1g")]),
            Self.plan([Self.partition("/", "30 apples")]), Self.plan([Self.partition("/", "30g")], device: "sdz"),
            ["disks": []],
        ]
        for plan in plans {
            #expect(throws: RehearsalError.self) { try DiskLayout.verify(plan, on: Self.machine) }
        }
    }

    @Test("a volume group needs a disk")
    func volumeGroup() {
        var plan = Self.plan([Self.partition("/", "30g")]).objectValue ?? [:]
        plan["volume_groups"] = [["name": "data", "logical_volumes": []]]
        #expect(throws: RehearsalError.self) { try DiskLayout.verify(.object(plan), on: Self.machine) }
    }

    private static func archive(_ members: [TarMember]) throws -> [UInt8] { try Gzip.compress(Tar.archive(members)) }

    @Test("boot data must hold every asset with its mode and its bytes")
    func bootData() throws {
        let a = TarMember(name: "/etc/a", mode: 0o644, contents: Array("a".utf8))
        let b = TarMember(name: "/etc/b", mode: 0o600, contents: Array("anything".utf8))
        let members = try BootDataCheck.verify(Self.archive([a, b]), kind: .files, of: Self.machine)
        #expect(members == [a, b])
        var wrongMode = a
        wrongMode.mode = 0o600
        var wrongBytes = a
        wrongBytes.contents = Array("b".utf8)
        for wrong in [[a], [b, a], [wrongMode, b], [wrongBytes, b], [a, b, b]] {
            let archive = try Self.archive(wrong)
            #expect(throws: RehearsalError.self) {
                try BootDataCheck.verify(archive, kind: .files, of: Self.machine)
            }
        }
        #expect(throws: RehearsalError.self) { try BootDataCheck.verify([1, 2, 3], kind: .files, of: Self.machine) }
    }
}
