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
            + member("null", type: "3") + member("sda", type: "4")
            + member("global", type: "g", contents: Array("15 comment=abc\n".utf8)) + end
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

    @Test("what this package writes is read, and nothing but zeros may follow its end")
    func own() throws {
        let archive = Tar.archive([TarMember(name: "a/b", mode: 0o644, contents: [0x68, 0x69])])
        #expect(try read(archive + [0, 0, 0]) == ["file a/b  2: hi"])
        for sizes in [[1], [512], [.max]] {
            let error = #expect(throws: ArchiveError.self) { try read(archive + [0, 0, 3], sizes: sizes) }
            #expect(error == .damaged("there is something behind its end mark"))
        }
    }

    @Test("a file with the name of a folder is one, as GNU's tar has it, and has no contents")
    func folderByName() throws {
        #expect(try read(Self.member("d/", type: "0") + Self.end) == ["folder d/  0: "])
    }

    private static func records(_ records: String) -> [UInt8] {
        member("x", type: "x", contents: Array(records.utf8))
    }

    @Test("what lets GNU's tar see other members than are seen here is refused")
    func smuggled() throws {
        let hidden = Self.member("evil", type: "0")
        let size = "12 size=512\n"
        for (archive, reason) in [
            (Self.member("d/", type: "0", contents: hidden), "has the name of a folder, and contents"),
            (
                Self.records(size) + Self.records("11 mtime=5\n") + Self.member("a", type: "0") + hidden,
                "two descriptions of one member"
            ),
            (
                Self.member("l", type: "L", contents: Array("a".utf8))
                    + Self.member("l", type: "L", contents: Array("b".utf8)) + Self.member("a", type: "0"),
                "two descriptions of one member"
            ),
            (Self.records("13 size=+512\n") + Self.member("a", type: "0") + hidden, "the record 'size'"),
            (
                Self.member("g", type: "g", contents: Array(size.utf8)) + Self.member("a", type: "0") + hidden,
                "a global header has the record 'size'"
            ),
            (Self.member("g", type: "g", contents: Array("10 path=x\n".utf8)) + hidden, "the record 'path'"),
            (Self.member("g", type: "g", contents: Array("14 linkpath=x\n".utf8)) + hidden, "the record 'linkpath'"),
            (Self.member("g", type: "g", contents: [0x20]) + hidden, "the records before"),
            (Self.records("25 GNU.sparse.realsize=9\n") + hidden, "a sparse file"),
            (Self.records("21 GNU.sparse.name=x\n") + hidden, "GNU.sparse.name"),
            (Self.member("v", type: "V") + hidden, "the member 'v' is of the unknown type 86"),
            (Self.member("x", type: "X", contents: Array(size.utf8)) + hidden, "the unknown type 88"),
            (Self.records("28 size=9223372036854775807\n") + Self.member("huge", type: "0"), "the member 'huge' has"),
        ] {
            for sizes in [[100], [.max]] {
                let error = #expect(throws: ArchiveError.self) { try read(archive + Self.end, sizes: sizes) }
                #expect("\(error.map { "\($0)" } ?? "")".contains(reason))
            }
        }
    }

    @Test("a binary size beyond any disk is refused")
    func binarySize() throws {
        var block = Self.member("huge", type: "0")
        block.replaceSubrange(124..<136, with: [0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7))
        block.replaceSubrange(148..<156, with: Array("        ".utf8))
        let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
        block.replaceSubrange(148..<156, with: Array((String(repeating: "0", count: 6 - sum.count) + sum + "\0 ").utf8))
        let error = #expect(throws: ArchiveError.self) { try read(block + Self.end) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("the member 'huge' has 9223372036854775807 bytes"))
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
