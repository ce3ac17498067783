import Archive
import TestSupport
import Testing

@Suite("Tar archives that come in pieces")
struct TarStreamTests {
    /// A header block and its contents, filled up to whole blocks.
    static func member(
        _ name: String, type: Character, contents: [UInt8] = [], target: String = "", size: Int? = nil,
        magic: String = "ustar"
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (place, byte) in text.utf8.enumerated() { block[offset + place] = byte }
        }
        put(name, at: 0)
        put("0000755\0", at: 100)
        put("0000001\0", at: 108)
        put("0000002\0", at: 116)
        let octal = String(size ?? contents.count, radix: 8)
        put(String(repeating: "0", count: 11 - octal.count) + octal, at: 124)
        put("14000000000", at: 136)
        block[156] = type.asciiValue ?? 0
        put(target, at: 157)
        put(magic, at: 257)
        put("        ", at: 148)
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        put(String(repeating: "0", count: 6 - sum.count) + sum + "\0 ", at: 148)
        return block + contents + [UInt8](repeating: 0, count: (512 - contents.count % 512) % 512)
    }

    static let end = [UInt8](repeating: 0, count: 1024)

    /// Each member as a line, with its contents, read in pieces of the sizes given in turn.
    private func read(_ bytes: [UInt8], sizes: [Int] = [.max]) throws -> [String] {
        var stream = TarStream()
        var lines: [String] = []
        var rest = bytes[...]
        var turn = 0
        while !rest.isEmpty {
            let piece = rest.prefix(sizes[turn % sizes.count])
            rest = rest.dropFirst(piece.count)
            turn += 1
            try stream.feed(piece) { event in
                switch event {
                case .entry(let entry):
                    let target = String(decoding: entry.target, as: UTF8.self)
                    lines.append("\(entry.kind) \(entry.name) \(target) \(entry.size): ")
                case .contents(let bytes): lines[lines.count - 1] += String(decoding: bytes, as: UTF8.self)
                }
            }
        }
        try stream.finish()
        return lines
    }

    private static let long = String(repeating: "long/", count: 40) + "name"

    private static var everything: [UInt8] {
        let records = Array("30 path=records/name\u{fc}-of-pax\n".utf8)
        return member("./", type: "5") + member("./etc/a", type: "0", contents: Array("contents of a".utf8))
            + member("./etc/b", type: "1", target: "./etc/a", size: 13) + member("./etc/c", type: "2", target: "/etc/a")
            + member("././@LongLink", type: "L", contents: Array(long.utf8) + [0])
            + member("long", type: "0", contents: Array("long contents".utf8))
            + member("././@LongLink", type: "K", contents: Array(long.utf8) + [0])
            + member("link", type: "2", target: "x")
            + member("pax", type: "x", contents: records) + member("short", type: "7") + member("p", type: "6")
            + member("null", type: "3") + member("sda", type: "4") + member("global", type: "g", contents: [0x20]) + end
    }

    private static let expected = [
        "folder ./  0: ", "file ./etc/a  13: contents of a", "hardLink ./etc/b ./etc/a 0: ",
        "symbolicLink ./etc/c /etc/a 0: ", "file \(long)  13: long contents", "symbolicLink link \(long) 0: ",
        "file records/name\u{fc}-of-pax  0: ", "pipe p  0: ", "characterDevice null  0: ", "blockDevice sda  0: ",
    ]

    @Test("members of every kind are read, with long names of both formats")
    func everyKind() throws {
        #expect(try read(Self.everything) == Self.expected)
    }

    @Test("however the pieces are cut, the members are the same")
    func pieces() throws {
        var generator = SplitMix(seed: 15)
        for size in [1, 2, 511, 512, 513] { #expect(try read(Self.everything, sizes: [size]) == Self.expected) }
        for _ in 0..<50 {
            let sizes = (0..<20).map { _ in Int.random(in: 1...900, using: &generator) }
            #expect(try read(Self.everything, sizes: sizes) == Self.expected)
        }
    }

    @Test("what this package writes is read, whatever follows its end")
    func own() throws {
        let archive = Tar.archive([TarMember(name: "a/b", mode: 0o644, contents: [0x68, 0x69])])
        #expect(try read(archive + [1, 2, 3]) == ["file a/b  2: hi"])
    }

    @Test("an archive that ends early, or is none, is refused")
    func truncated() throws {
        let whole = Self.everything
        for length in [0, 100, 512, 600, 1100, whole.count - 1024] {
            let error = #expect(throws: ArchiveError.self) { try read(Array(whole[..<length])) }
            guard case .truncated? = error else {
                Issue.record("\(length): \(String(describing: error))")
                continue
            }
        }
        #expect(throws: ArchiveError.damaged("it is no tar archive")) {
            try read([UInt8](repeating: 0x41, count: 2048))
        }
        var broken = whole
        // In the contents of a file.
        broken[1030] ^= 1
        #expect(try read(broken).count == Self.expected.count)
        broken[512] ^= 1
        #expect(throws: ArchiveError.damaged("checksum of the header at 512")) { try read(broken) }
    }

    @Test("sparse files, further volumes and descriptions beyond the limits are refused")
    func unsupported() throws {
        for member in [
            Self.member("s", type: "S"), Self.member("m", type: "M"),
            Self.member("x", type: "x", contents: Array("22 GNU.sparse.major=1\n".utf8)),
            Self.member("x", type: "x", contents: Array("99 path=a\n".utf8)),
            Self.member("x", type: "x", contents: Array("11 size=-1\n".utf8)) + Self.member("a", type: "0"),
            Self.member("l", type: "L", size: 1 << 20), Self.member("x", type: "x", size: 1 << 30),
        ] { #expect(throws: ArchiveError.self) { try read(member + Self.end) } }
    }
}
