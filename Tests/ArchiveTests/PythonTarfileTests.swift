import Archive
import Glibc
import Primitives
import TestSupport
import Testing

/// Python's `tarfile` and the system's `tar` as judges.
struct PythonTarfileTests {
    private static let hasPython = isPresent("python3 -c 'import tarfile'", "python3")
    private static let hasTar = isPresent("tar --version", "tar")

    private static func isPresent(_ command: String, _ name: String) -> Bool {
        let isPresent = system("\(command) >/dev/null 2>&1") == 0
        if !isPresent { print("skipped: no \(name) to judge archives") }
        return isPresent
    }

    private static let members = [
        TarMember(name: "/etc/a", mode: 0o600, contents: Array("secret\n".utf8)),
        TarMember(name: "b", mode: 0o755, contents: []),
        TarMember(name: "/" + String(repeating: "n", count: 100), mode: 0o644, contents: Array("long".utf8)),
        TarMember(name: "/x/" + String(repeating: "ü", count: 100), mode: 0o644, contents: Array("utf8".utf8)),
        TarMember(name: "/etc/a", mode: 0o640, contents: [UInt8](repeating: 1, count: 1025)),
    ]

    @Test("the archive is byte for byte what Python's tarfile writes in GNU format", .enabled(if: hasPython))
    func bytes() throws {
        let folder = try OwnedFolder()
        let script = """
            import io, tarfile
            with tarfile.open('\(folder.path)/python.tar', 'w', format=tarfile.GNU_FORMAT) as archive:
                for name, mode, data in [('/etc/a', 0o600, b'secret\\n'), ('b', 0o755, b''), ('/' + 'n' * 100, 0o644, b'long'),
                        ('/x/' + '\\u00fc' * 100, 0o644, b'utf8'), ('/etc/a', 0o640, b'\\x01' * 1025)]:
                    member = tarfile.TarInfo(name)
                    member.mode, member.size = mode, len(data)
                    archive.addfile(member, io.BytesIO(data))
            """
        try folder.write(Array(script.utf8), "make.py")
        try #require(system("python3 \(folder.path)/make.py") == 0)
        #expect(Tar.archive(Self.members) == (try folder.read("python.tar")))
    }

    @Test("Python reads the compressed archive as w:gz archives are read", .enabled(if: hasPython))
    func gzip() throws {
        let folder = try OwnedFolder()
        try folder.write(try Gzip.compress(Tar.archive(Self.members)), "ours.tar.gz")
        let script = """
            import tarfile
            with tarfile.open('\(folder.path)/ours.tar.gz', 'r:gz') as archive:
                for m in archive.getmembers():
                    assert m.isreg() and (m.uid, m.gid, m.mtime, m.uname, m.gname) == (0, 0, 0, '', ''), m.get_info()
                    print(len(m.name), oct(m.mode), m.size, len(archive.extractfile(m).read()))
            """
        try folder.write(Array(script.utf8), "read.py")
        try #require(system("python3 \(folder.path)/read.py > \(folder.path)/out") == 0)
        let lines = String(decoding: try folder.read("out"), as: UTF8.self).split(separator: "\n")
        #expect(
            lines == ["6 0o600 7 7", "1 0o755 0 0", "101 0o644 4 4", "103 0o644 4 4", "6 0o640 1025 1025"])
    }

    @Test("GNU tar unpacks the archive, absolute names and all", .enabled(if: hasTar))
    func unpack() throws {
        let folder = try OwnedFolder()
        try folder.write(Tar.archive(Self.members), "ours.tar")
        try #require(system("cd \(folder.path) && tar xf ours.tar 2>/dev/null") == 0)
        #expect(try folder.read("etc/a") == [UInt8](repeating: 1, count: 1025))
        #expect(try folder.read(String(repeating: "n", count: 100)) == Array("long".utf8))
    }
}

extension OwnedFolder {
    func write(_ bytes: [UInt8], _ name: String) throws { try FileContents.write(bytes, to: "\(path)/\(name)") }

    func read(_ name: String) throws -> [UInt8] { try FileContents.read("\(path)/\(name)") }
}
