import Archive
import TestSupport
import Testing

struct TarTests {
    private static let members = [
        TarMember(name: "/etc/boatyard/one", mode: 0o600, contents: Array("one\n".utf8)),
        TarMember(name: "relative/name", mode: 0o755, contents: []),
        TarMember(name: "/etc/boatyard/one", mode: 0o644, contents: Array("again\n".utf8)),
        TarMember(name: "/" + String(repeating: "a", count: 99), mode: 0o644, contents: [1]),
        TarMember(name: "/" + String(repeating: "b", count: 100), mode: 0o644, contents: [2, 3]),
        TarMember(name: "/long/" + String(repeating: "ü/", count: 300) + "x", mode: 0o640, contents: [4]),
        TarMember(name: "/block", mode: 0o4755, contents: [UInt8](repeating: 9, count: 512)),
        TarMember(name: "/bytes", mode: 0o644, contents: (0..<20_000).map { UInt8(truncatingIfNeeded: $0) }),
    ]

    @Test("what was archived is read back, in order, duplicates and leading slashes kept")
    func roundTrip() throws {
        let archive = Tar.archive(Self.members)
        #expect(archive.count % 10240 == 0)
        #expect(try Tar.read(archive, limit: 1 << 20) == Self.members)
        #expect(try Tar.read(Tar.archive([]), limit: 0) == [])
        #expect(Tar.archive([]).count == 10240)
    }

    @Test("equal members give equal bytes, with neither time nor owner")
    func reproducible() throws {
        let first = try Gzip.compress(Tar.archive(Self.members))
        #expect(try Gzip.compress(Tar.archive(Self.members)) == first)
        #expect(Array(first[4..<8]) == [0, 0, 0, 0])
    }

    @Test("an archive cut short anywhere in its members is refused")
    func truncated() throws {
        let archive = Tar.archive(Array(Self.members.prefix(3)))
        // Three members in five blocks, then the end.
        for length in stride(from: 0, to: 5 * 512, by: 37) {
            #expect(throws: ArchiveError.self) { try Tar.read(Array(archive[..<length]), limit: 1 << 20) }
        }
    }

    @Test("a header with any byte changed is refused")
    func damaged() throws {
        let archive = Tar.archive([Self.members[0]])
        // The last byte of the checksum field is not part of the number.
        for index in 0..<512 where index != 155 {
            var changed = archive
            changed[index] ^= 0x40
            #expect(throws: ArchiveError.self, "byte \(index)") { try Tar.read(changed, limit: 1 << 20) }
        }
    }

    @Test("contents beyond the limit are refused")
    func limit() {
        let archive = Tar.archive([TarMember(name: "x", mode: 0, contents: [UInt8](repeating: 0, count: 1001))])
        #expect(throws: ArchiveError.tooLarge(limit: 1000)) { try Tar.read(archive, limit: 1000) }
    }

    @Test("sizes that overflow, and members that are no files, are refused")
    func hostileHeaders() throws {
        for (place, bytes) in [
            (124, [0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff] as [UInt8]),
            (124, [0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
            (124, Array("777777777777".utf8)), (124, Array("12a".utf8)), (156, Array("5".utf8)), (156, Array("2".utf8)),
        ] {
            var archive = Tar.archive([TarMember(name: "x", mode: 0o644, contents: [1])])
            archive.replaceSubrange(place..<place + bytes.count, with: bytes)
            resum(&archive)
            #expect(throws: ArchiveError.self) { try Tar.read(archive, limit: .max) }
        }
    }

    @Test("three thousand mutated archives are read or refused, and never crash")
    func mutations() {
        var generator = SplitMix(seed: 7)
        let archive = Array(Tar.archive(Array(Self.members.prefix(6))).prefix(8 * 512))
        for _ in 0..<3000 {
            var changed = archive
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                changed[Int.random(in: changed.indices, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { resum(&changed) }
            _ = try? Tar.read(changed, limit: 1 << 20)
        }
    }

    /// Makes the first header's checksum right again.
    private func resum(_ archive: inout [UInt8]) {
        for index in 148..<156 { archive[index] = 0x20 }
        let sum = archive[..<512].reduce(0) { $0 + Int($1) }
        let digits = String(sum, radix: 8)
        let field = Array((String(repeating: "0", count: 6 - digits.count) + digits).utf8) + [0]
        archive.replaceSubrange(148..<155, with: field)
    }
}
