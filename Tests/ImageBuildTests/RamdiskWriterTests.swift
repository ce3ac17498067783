import Archive
import ImageBuild
import Primitives
import Testing

@Suite("A root file system as a ramdisk")
struct RamdiskWriterTests {
    /// The members of an archive of the format newc: type and mode in octal, path, and contents.
    private func members(_ bytes: [UInt8]) throws -> [String] {
        var lines: [String] = []
        var rest = bytes[...]
        func take(_ count: Int) -> [UInt8] {
            defer { rest = rest.dropFirst(count) }
            return Array(rest.prefix(count))
        }
        while true {
            let begin = rest.startIndex
            #expect(take(6) == Array("070701".utf8))
            let fields = try (0..<13).map { _ in
                try #require(Int(String(decoding: take(8), as: UTF8.self), radix: 16))
            }
            let name = String(decoding: take(fields[11]).dropLast(), as: UTF8.self)
            _ = take((4 - (rest.startIndex - begin) % 4) % 4)
            if name == "TRAILER!!!" { return lines }
            let contents = take(fields[6])
            _ = take((4 - contents.count % 4) % 4)
            #expect(fields[5] == 1000, "the time of \(name)")
            lines.append("\(String(fields[1], radix: 8)) \(name) \(String(decoding: contents, as: UTF8.self))")
        }
    }

    private func write(_ entries: [(TarEntry, String)]) throws -> (ramdisk: [UInt8], kernel: String, version: String?) {
        var writer = RamdiskWriter(modified: 1000) { $0 == "usr/share/doc" || $0.hasPrefix("usr/share/doc/") }
        var ramdisk: [UInt8] = []
        var kernel: [UInt8] = []
        for (entry, contents) in entries {
            var entry = entry
            entry.size = contents.utf8.count
            try writer.take(.entry(entry), ramdisk: { ramdisk += $0 }, kernel: { kernel += $0 })
            // In two pieces.
            let bytes = Array(contents.utf8)
            for piece in [bytes[..<(bytes.count / 2)], bytes[(bytes.count / 2)...]] where !piece.isEmpty {
                try writer.take(.contents(piece), ramdisk: { ramdisk += $0 }, kernel: { kernel += $0 })
            }
        }
        try writer.finish { ramdisk += $0 }
        return (ramdisk, String(decoding: kernel, as: UTF8.self), writer.kernel)
    }

    private func entry(_ path: String, _ kind: TarEntry.Kind, _ target: String = "", mode: Int = 0o755) -> TarEntry {
        TarEntry(kind: kind, path: Array(path.utf8), target: Array(target.utf8), mode: mode, modified: 77)
    }

    @Test("files, folders and links get into it, the kernel beside it, and what is left out nowhere")
    func whole() throws {
        let made = try write([
            (entry("./", .folder), ""), (entry("./boot", .folder), ""),
            (entry("./boot/vmlinuz-6.12.1-amd64", .file), "the kernel"),
            (entry("./usr/bin/a", .file, mode: 0o4755), "hello"),
            (entry("./usr/bin/b", .hardLink, "./usr/bin/a"), ""), (entry("./bin", .symbolicLink, "usr/bin"), ""),
            (entry("./usr/share/doc/x", .file), "text"), (entry("./run/p", .pipe), ""),
        ])
        #expect(made.kernel == "the kernel" && made.version == "6.12.1-amd64")
        #expect(
            try members(made.ramdisk) == [
                "40755 dev ", "20600 dev/console ", "20666 dev/null ", "40755 boot ", "104755 usr/bin/a hello",
                "120777 usr/bin/b /usr/bin/a", "120777 bin usr/bin", "40755 .boatyard ",
                "100644 .boatyard/complete ",
            ])
    }

    @Test("a root without a kernel, or with two, is refused; what would run first in it is left out")
    func kernels() throws {
        let kernel = (entry("boot/vmlinuz-1", .file), "k")
        let none = #expect(throws: BoatyardError.self) { try write([(entry("etc", .folder), "")]) }
        #expect(none?.code == "build.kernel")
        let two = #expect(throws: BoatyardError.self) { try write([kernel, (entry("boot/vmlinuz-2", .file), "k")]) }
        #expect(two?.message == "The root has two kernels, 1 and boot/vmlinuz-2.")
        let own = try write([kernel, (entry("init", .symbolicLink, "/bin/sh"), "")])
        #expect(try members(own.ramdisk).filter { $0.contains("init") }.isEmpty)
    }

    @Test("what runs first knows how much memory the rest needs, and stands before it at a whole block")
    func start() throws {
        let start = try RamdiskStart.archive(busybox: Array("shell".utf8), memory: 1024, modified: 1000)
        #expect(start.count % 512 == 0)
        let found = try members(start)
        #expect(found.prefix(2) == ["40755 .boatyard ", "100755 .boatyard/busybox shell"])
        #expect(found.count == 3 && found[2].hasPrefix("100755 init #!/.boatyard/busybox sh\n"))
        #expect(found[2].contains("needs at least 1024 MiB") && found[2].contains("if [ -e /.boatyard/complete ]"))
        #expect(
            [0, 32 << 20, 33 << 20, 400 << 20].map { RamdiskStart.memory(unpacked: $0) } == [256, 256, 512, 1024])
    }
}
