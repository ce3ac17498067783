import Archive
import Primitives
import TestSupport
import Testing

@testable import InstallerTools

@Suite struct TarGuardTests {
    /// A header with a right checksum.
    static func header(
        _ name: String, type: Character = "0", size: Int = 0, link: String = "", device: (Int, Int) = (0, 0)
    ) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ place: Int) {
            block.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
        }
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: digits - text.count) + text
        }
        put(name, 0)
        put("0000644", 100)
        put(octal(size, 11), 124)
        put(String(type), 156)
        put(link, 157)
        put("ustar", 257)
        put(octal(device.0, 7), 329)
        put(octal(device.1, 7), 337)
        put("        ", 148)
        put(octal(block.reduce(0) { $0 + Int($1) }, 6) + "\0", 148)
        return block
    }

    static func padded(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
    }

    static let end = [UInt8](repeating: 0, count: 1024)

    /// An extended header, and the member that it is for.
    static func extended(_ type: Character, _ text: String, _ member: [UInt8]) -> [UInt8] {
        let bytes = Array(text.utf8)
        return [header("x", type: type, size: bytes.count), padded(bytes), member].flatMap { $0 }
    }

    private static func inspect(_ bytes: [UInt8], pieces: Int, absolute: Bool = false) throws -> TarGuard {
        var guarding = TarGuard(title: "The image x", takesAbsoluteNames: absolute)
        var rest = bytes[...]
        while !rest.isEmpty {
            try guarding.inspect(Array(rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
        }
        try guarding.finish()
        return guarding
    }

    @Test(
        "what tar itself writes in each of its formats passes, in pieces of any length",
        arguments: ["gnu", "pax", "ustar"])
    func real(format: String) async throws {
        try await withTemporaryFolder { folder in
            let long = format == "ustar" ? "short" : String(repeating: "n", count: 200)
            try FileContents.makeFolder("\(folder)/tree/usr/lib")
            try FileContents.write(Array("x".utf8), to: "\(folder)/tree/usr/lib/\(long)")
            try FileContents.write([UInt8](repeating: 1, count: 70_000), to: "\(folder)/tree/big")
            for link in [["-s", "usr/lib", "\(folder)/tree/lib"], ["-s", "/etc/../x", "\(folder)/tree/away"]] {
                try await ChildProcess.run(Command(["ln"] + link))
            }
            try await ChildProcess.run(Command("ln", "\(folder)/tree/big", "\(folder)/tree/usr/again"))
            try await ChildProcess.run(Command("mkfifo", "\(folder)/tree/pipe"))
            let tar = try await ChildProcess.run(
                Command(["tar", "-cf", "-", "--format=\(format)", "-C", "\(folder)/tree", "."], outputLimit: 1 << 20))
            for pieces in [1, 511, 512, 4096, 1 << 20] {
                let seen = try Self.inspect(tar.output, pieces: pieces)
                #expect(seen.members == 9)
                #expect(Set(seen.names).contains("./usr/lib/\(long)"))
            }
        }
    }

    @Test(
        "a member that leaves the folder, or is no file of an image, is refused by its name",
        arguments: [
            (header("../x"), "'../x' leaves"), (header("/etc/passwd"), "'/etc/passwd' leaves"),
            (header("a/../../x"), "'a/../../x' leaves"), (header("./.."), "'./..' leaves"), (header(""), "'' leaves"),
            (header("a", type: "1", link: "../../etc/shadow"), "hard link to '../../etc/shadow'"),
            (header("a", type: "1", link: "/etc/shadow"), "hard link to '/etc/shadow'"),
            (header("dev/sda", type: "4", device: (8, 0)), "is a device node"),
            (header("dev/mem", type: "3", device: (1, 1)), "is a device node"),
            (header("dev/null", type: "3", device: (1, 1)), "is a device node"),
            (header("etc/null", type: "3", device: (1, 3)), "is a device node"),
            (header("x", type: "V"), "unknown type"),
            (extended("L", "../bad", header("fine")), "'../bad' leaves"),
            (extended("x", "15 path=../bad\n", header("fine")), "'../bad' leaves"),
            (header("x", type: "X"), "unknown type"), (header("s", type: "S"), "is a sparse file"),
            (extended("x", "21 GNU.sparse.name=x\n", header("fine")), "the member at"),
            (
                extended("x", "15 path=../bad\n", header("L", type: "L", size: 4)) + padded(Array("fine".utf8))
                    + header("fine"), "'../bad' leaves"
            ),
            (extended("x", "18 linkpath=../be\n", header("a", type: "1", link: "fine")), "hard link to '../be'"),
        ] as [([UInt8], String)])
    func hostile(member: [UInt8], reason: String) {
        for pieces in [1, 512, 1 << 16] {
            let error = #expect(throws: BoatyardError.self) {
                try Self.inspect(
                    Self.header("good", size: 3) + Self.padded([1, 2, 3]) + member + Self.end, pieces: pieces)
            }
            #expect(error?.code == "archive.entry")
            #expect(error?.message.contains("The image x: the member") == true)
            #expect(error?.message.contains(reason) == true)
        }
    }

    @Test("the devices that every system has pass, and so does a link that leads anywhere")
    func usual() throws {
        let bytes =
            Self.header("./dev/null", type: "3", device: (1, 3)) + Self.header("dev/console", type: "3", device: (5, 1))
            + Self.header("etc/mtab", type: "2", link: "../proc/self/mounts") + Self.header("a..b") + Self.end
        #expect(try Self.inspect(bytes, pieces: 100).members == 4)
    }

    @Test("names may begin with a slash where they are taken as relative, and climb nowhere then either")
    func absolute() throws {
        let good = Tar.archive([TarMember(name: "/etc/systemd/system/a.service", mode: 0o644, contents: [1])])
        #expect(try Self.inspect(good, pieces: 512, absolute: true).names == ["/etc/systemd/system/a.service"])
        let bad = Tar.archive([TarMember(name: "/etc/../../a", mode: 0o644, contents: [])])
        #expect(throws: BoatyardError.self) { try Self.inspect(bad, pieces: 512, absolute: true) }
    }

    @Test(
        "what is no whole archive is refused",
        arguments: [
            [], Array("<html>".utf8), [UInt8](repeating: 7, count: 512), header("a", size: 10),
            extended("L", "a", header("b")), [end, header("a")].flatMap { $0 }, extended("x", "9999", header("a")),
            header("x", type: "x", size: 2 << 20), extended("g", "11 path=xx\n", header("a")),
            extended("x", "11 size=-1\n", header("a")), extended("x", "28 size=9223372036854775807\n", header("a")),
            [header("d/", size: 512), header("evil"), end].flatMap { $0 },
            [extended("x", "12 size=512\n", extended("x", "11 mtime=5\n", header("a"))), header("evil"), end].flatMap {
                $0
            },
        ] as [[UInt8]])
    func damaged(bytes: [UInt8]) {
        let error = #expect(throws: BoatyardError.self) { try Self.inspect(bytes, pieces: 512) }
        #expect(error?.code == "archive.damaged")
    }
}
