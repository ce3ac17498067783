import Archive
import Installation
import Primitives
import Testing

@testable import Simulator

@Suite("What a simulated machine checks before it says installed")
struct BootDataCheckTests {
    private static let mac = MACAddress("52:54:00:00:00:01") ?? .zero

    private static let machine = MachineDescription(
        name: "n1", bmcAddress: "10.0.0.1", account: "a", credential: Secret("p"), mac: mac, firmware: .bios,
        interfaces: [.init(name: "ens3", mac: mac, address: "0000:00:03.0")],
        disks: [.init(name: "sda", size: 100_000_000_000, address: "0:0.0.0")],
        assets: [
            .init(kind: .files, path: "/etc/a", mode: 0o644, contents: Array("a".utf8)),
            .init(kind: .files, path: "/etc/b", mode: 0o600, contents: nil),
        ])

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
