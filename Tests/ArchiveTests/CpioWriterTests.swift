import Archive
import Testing

@Suite("Archives that Linux unpacks as its first root")
struct CpioWriterTests {
    @Test("a member is written field by field, and filled up to four bytes")
    func member() throws {
        var writer = CpioWriter()
        let header = try writer.header(
            path: Array("etc/a".utf8), type: 0o100000, mode: 0o644, owner: 1, group: 2, size: 5, modified: 0x6000_0000)
        let fields =
            "070701" + "00000001" + "000081a4" + "00000001" + "00000002" + "00000001" + "60000000" + "00000005"
            + "00000000" + "00000000" + "00000000" + "00000000" + "00000006" + "00000000"
        #expect(header == Array((fields + "etc/a\0").utf8))
        #expect(CpioWriter.padding(after: 5) == 3 && CpioWriter.padding(after: 8) == 0)
        let device = try writer.header(
            path: Array("dev/console".utf8), type: 0o020000, mode: 0o600, device: (5, 1))
        #expect(String(decoding: device, as: UTF8.self).hasPrefix("0707010000000200002180"))
        #expect(String(decoding: device[78..<94], as: UTF8.self) == "0000000500000001")
        #expect(device.count % 4 == 0)
    }

    @Test("the end is marked as Linux knows it")
    func trailer() throws {
        let trailer = String(decoding: try CpioWriter.trailer(), as: UTF8.self)
        #expect(trailer.hasPrefix("070701") && trailer.hasSuffix("TRAILER!!!\0\0\0\0"))
    }

    @Test("a file that the format has no number for is refused")
    func large() throws {
        var writer = CpioWriter()
        #expect(throws: ArchiveError.self) {
            try writer.header(path: [0x61], type: 0o100000, mode: 0o644, size: 1 << 32)
        }
    }
}
