import Glibc
import Primitives
import TestSupport
import Testing

@testable import Installation
@testable import InstallerTools

@Suite(.enabled(if: isRoot)) struct UnpackingTests {
    /// A tree with what archives lose most easily: owners, modes, capabilities, access lists, hard links.
    private func makeTree(_ path: String) async throws {
        try FileContents.makeFolder("\(path)/usr/bin", mode: 0o755)
        try FileContents.makeFolder("\(path)/dev", mode: 0o755)
        try FileContents.makeFolder("\(path)/boot", mode: 0o755)
        try FileContents.write([UInt8](repeating: 7, count: 3 << 20), to: "\(path)/usr/bin/tool", mode: 0o4755)
        let script: [[String]] = [
            ["chown", "12:34", "\(path)/usr/bin/tool"], ["chmod", "4755", "\(path)/usr/bin/tool"],
            ["ln", "\(path)/usr/bin/tool", "\(path)/usr/bin/same"], ["ln", "-s", "usr/bin", "\(path)/bin"],
            ["setfattr", "-n", "user.note", "-v", "kept", "\(path)/usr/bin/tool"],
            ["setfattr", "-n", "trusted.note", "-v", "kept", "\(path)/usr/bin/tool"],
            ["setfacl", "-m", "u:77:r", "\(path)/usr/bin/tool"], ["mknod", "\(path)/dev/null", "c", "1", "3"],
        ]
        for words in script { try await ChildProcess.run(Command(words)) }
    }

    private func listing(_ path: String) async throws -> String {
        let find = Command(["find", path, "-printf", "%P %y %m %U %G %n %l\\n"])
        let files = try await ChildProcess.run(find).text.split(separator: "\n").sorted().joined(separator: "\n")
        let attributes = try await ChildProcess.run(
            Command("getfattr", "-d", "-m", "-", "--absolute-names", "\(path)/usr/bin/tool"))
        return files + attributes.text.split(separator: "\n").dropFirst().joined(separator: "\n")
    }

    private func source(_ bytes: [UInt8], pieces: Int = 100_000) -> Source {
        { take in
            var rest = bytes[...]
            while !rest.isEmpty {
                try await take(Array(rest.prefix(pieces)))
                rest = rest.dropFirst(pieces)
            }
        }
    }

    private func extraction(_ folder: String) -> Command { ImageExecutor.extraction(into: folder) }

    @Test(
        "an image comes out as it went in: owners, modes, attributes, access lists, links and devices",
        // mmdebstrap packs access lists as attributes alone.
        arguments: [nil, "zstd", "gzip", "xz"] as [String?], [["--acls"], []])
    func roundTrip(program: String?, lists: [String]) async throws {
        try await withTemporaryFolder { folder in
            try await makeTree("\(folder)/tree")
            try FileContents.makeFolder("\(folder)/out", mode: 0o755)
            let packing =
                [
                    "tar", "--create", "--file=\(folder)/image", "--xattrs", "--xattrs-include=*",
                    "--numeric-owner", "--directory=\(folder)/tree",
                ] + lists + ["."]
            try await ChildProcess.run(Command(packing + (program.map { ["--use-compress-program=\($0)"] } ?? [])))
            let pipeline = TarPipeline(
                title: "The image x", decompression: program.map { Command([$0, "-dc"]) },
                extraction: extraction("\(folder)/out"))
            let names = try await pipeline.run(source(try FileContents.read("\(folder)/image")))
            #expect(names.count == 1)
            #expect(try await listing("\(folder)/out") == listing("\(folder)/tree"))
        }
    }

    @Test("a program on the way that fails is the one that is told of, and nothing is left running")
    func failures() async throws {
        try await withTemporaryFolder { folder in
            let archive =
                TarGuardTests.header("a", size: 2 << 20) + [UInt8](repeating: 1, count: 2 << 20) + TarGuardTests.end
            // Whoever unpacks fails: its folder is not there.
            let away = TarPipeline(title: "x", decompression: nil, extraction: extraction("\(folder)/none"))
            let first = await #expect(throws: CommandFailure.self) { try await away.run(source(archive)) }
            #expect(first?.message.contains("tar --extract") == true)
            #expect(first?.output.contains("\(folder)/none") == true)
            // Whoever decompresses fails: it is no such archive.
            let damaged = TarPipeline(
                title: "x", decompression: Command("gzip", "-dc"), extraction: extraction(folder))
            let second = await #expect(throws: CommandFailure.self) { try await damaged.run(source(archive)) }
            #expect(second?.message.contains("gzip") == true)
            // What the source throws is what is thrown.
            for decompression in [nil, Command("cat")] {
                let cut = TarPipeline(title: "x", decompression: decompression, extraction: extraction(folder))
                await #expect(throws: Trouble.self) {
                    try await cut.run { take in
                        try await take(Array(archive.prefix(5000)))
                        throw Trouble("the network is gone")
                    }
                }
            }
            // A member that is refused.
            let hostile = TarGuardTests.header("../x", size: 0) + TarGuardTests.end
            for decompression in [nil, Command("cat")] {
                let pipeline = TarPipeline(title: "x", decompression: decompression, extraction: extraction(folder))
                let error = await #expect(throws: BoatyardError.self) { try await pipeline.run(source(hostile)) }
                #expect(error?.code == "archive.entry")
            }
        }
    }

    @Test("machines of one image have identities of their own, and none of the image's")
    func identity() throws {
        try withTemporaryFolder { folder in
            func installed(_ name: String) throws -> String? {
                let target = TargetRoot(path: "\(folder)/\(name)")
                let copies = ["/var/lib/dbus/machine-id", "/etc/nvme/hostid", "/etc/nvme/hostnqn"]
                for file in ["/etc/machine-id"] + copies {
                    try FileContents.makeFolder(target.path)
                    try target.write(Array("b0a7\n".utf8), to: file, mode: 0o644)
                }
                let images = ImageExecutor(
                    target: target, client: NodeConnection.sharedClient, log: InstallerLog { _ in })
                try images.giveIdentity()
                for copy in copies { #expect(!target.exists(copy)) }
                return try target.text("/etc/machine-id")
            }
            let (first, second) = (try installed("a"), try installed("b"))
            for text in [first, second] {
                #expect(text?.wholeMatch(of: /[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}\n/) != nil, "\(text ?? "")")
            }
            #expect(first != second)
        }
    }

    @Test("a full file system is told as such, at once")
    func full() async throws {
        try await LoopDisk.with(size: 16 << 20) { disk, target in
            try await ChildProcess.run(Command("mkfs.ext4", "-q", "-F", "/dev/\(disk.name)"))
            try FileContents.makeFolder(target)
            try await ChildProcess.run(Command("mount", "/dev/\(disk.name)", target))
            let size = 64 << 20
            let archive = TarGuardTests.header("a", size: size) + [UInt8](repeating: 1, count: size) + TarGuardTests.end
            let pipeline = TarPipeline(title: "x", decompression: nil, extraction: extraction(target))
            let error = await #expect(throws: CommandFailure.self) { try await pipeline.run(source(archive)) }
            #expect(error?.output.contains("No space left on device") == true, "\(String(describing: error))")

            let image = ImageSource(
                name: "big", url: "http://127.0.0.1:1/", sha256: "", size: nil, unpackedSize: 1 << 30, format: .tar)
            let executor = ImageExecutor(
                target: TargetRoot(path: target), client: NodeConnection.sharedClient, log: InstallerLog { _ in })
            let early = await #expect(throws: BoatyardError.self) { try await executor.unpack(image) }
            #expect(early?.code == "image.space")
        }
    }
}
