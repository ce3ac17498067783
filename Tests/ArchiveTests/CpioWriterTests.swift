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

    @Test("names are read across archives that follow each other, in pieces of any size", arguments: [1, 7, 110, 4096])
    func names(size: Int) throws {
        var bytes: [UInt8] = []
        for names in [["kernel", "kernel/x86"], ["usr/sbin/lvm", "a", ""]] {
            var writer = CpioWriter()
            for (number, name) in names.enumerated() {
                let contents = [UInt8](repeating: 0x30, count: number * 333)
                bytes += try writer.header(path: Array(name.utf8), type: 0o100000, mode: 0o644, size: contents.count)
                bytes += contents + [UInt8](repeating: 0, count: CpioWriter.padding(after: contents.count))
            }
            bytes += try CpioWriter.trailer() + [UInt8](repeating: 0, count: 512)
        }
        var reader = CpioNames()
        var found: [String] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            found += try reader.take(Array(bytes[start..<min(bytes.count, start + size)]))
                .map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(found == ["kernel", "kernel/x86", "TRAILER!!!", "usr/sbin/lvm", "a", "", "TRAILER!!!"])
    }

    @Test("what is no archive is damaged")
    func damaged() throws {
        let fields = String(repeating: "0", count: 88) + "0000000g" + String(repeating: "0", count: 99)
        for text in ["070703" + fields, "070701" + fields] {
            var reader = CpioNames()
            #expect(throws: ArchiveError.self) { try reader.take(Array(text.utf8)) }
        }
    }

    @Test("a file that the format has no number for is refused")
    func large() throws {
        var writer = CpioWriter()
        #expect(throws: ArchiveError.self) {
            try writer.header(path: [0x61], type: 0o100000, mode: 0o644, size: 1 << 32)
        }
    }
}
