import Foundation
import Glibc
import Testing

@testable import Primitives

@Suite("Folders of documents")
struct FolderTests {
    @Test("files come in the order of their names, with those of folders below only when asked")
    func order() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.createDirectory(
            at: folder.appendingPathComponent("b/c"), withIntermediateDirectories: true)
        for name in ["z.yaml", "a.yml", "b/m.yaml", "b/c/n.yaml", ".hidden.yaml", "notes.txt"] {
            try Data().write(to: folder.appendingPathComponent(name))
        }
        func names(_ recurse: Bool) throws -> [String] {
            try FolderContents.files(in: folder.path, suffixes: [".yaml", ".yml"], recurse: recurse).map {
                String($0.dropFirst(folder.path.count + 1))
            }
        }
        #expect(try names(false) == ["a.yml", "z.yaml"])
        #expect(try names(true) == ["a.yml", "b/c/n.yaml", "b/m.yaml", "z.yaml"])
        #expect(throws: BoatyardError.self) {
            try FolderContents.files(in: folder.path + "/nowhere", suffixes: [".yaml"], recurse: false)
        }
    }

    @Test("a folder is walked once, whatever links lead back to it or to another way to it")
    func links() throws {
        let folder = try TemporaryFolder(prefix: "boatyard-test")
        defer { folder.remove() }
        func link(_ place: String, to target: String) throws {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder.path)/\(place)", withDestinationPath: target)
        }
        // As a tree these are 2^30 folders.
        for level in 0..<30 {
            try FileContents.makeFolder("\(folder.path)/d\(level)")
            for name in ["a", "b"] { try link("d\(level)/\(name)", to: "../d\((level + 1) % 30)") }
        }
        for name in ["u1", "u2", "u3"] { try link("d0/\(name)", to: "..") }
        try link("nowhere", to: "nowhere")
        try FileContents.write([1], to: folder.path + "/d29/x.yaml")
        let files = try FolderContents.files(in: folder.path, suffixes: [".yaml"], recurse: true)
        #expect(files.count == 1 && files[0].hasSuffix("/x.yaml"))
    }

    @Test("a folder that cannot be read to its end is neither a smaller one nor an empty one")
    func brokenFolder() throws {
        let folder = try TemporaryFolder(prefix: "boatyard-test")
        defer { folder.remove() }
        // More than the system hands out at a time.
        for number in 0..<2000 { try FileContents.write([], to: "\(folder.path)/\(number)-\(UUIDv4())") }
        #expect(FolderContents.names(in: folder.path)?.count == 2000)
        let handle = try #require(opendir(folder.path))
        defer { closedir(handle) }
        _ = try #require(readdir(handle))
        // What is read next is no folder any more.
        let other = open("/dev/null", O_RDONLY)
        defer { close(other) }
        try #require(dup2(other, dirfd(handle)) >= 0)
        #expect(FolderContents.entries(of: handle, folder.path) == nil && errno == ENOTDIR)

        #expect(try FolderContents.list(folder.path).count == 2000)
        #expect(try FolderContents.list(folder.path + "/nowhere").isEmpty)
        try #require(symlink("loop", folder.path + "/loop") == 0)
        let error = #expect(throws: BoatyardError.self) { try FolderContents.list(folder.path + "/loop") }
        #expect(error?.code == "file.read" && error?.message.contains("/loop: Too many levels") == true)
        #expect(FolderContents.names(in: folder.path + "/loop") == nil)
    }

    @Test("what is no regular file is read to its end, but neither for ever nor without bound")
    func specialFiles() async throws {
        let folder = try TemporaryFolder(prefix: "boatyard-test")
        defer { folder.remove() }
        let pipe = folder.path + "/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        let silent = #expect(throws: BoatyardError.self) { try FileContents.read(pipe, patience: 0.05) }
        #expect(silent?.code == "file.silent" && silent?.message.contains(pipe) == true)
        for path in [pipe, "/dev/zero", "/"] {
            let refused = #expect(throws: BoatyardError.self) { try FileContents.read(path, takesOthers: false) }
            #expect(refused?.code == "file.read" && refused?.message.contains("no regular file") == true)
        }
        // Opened for both, so that opening waits for nobody.
        let writer = open(pipe, O_RDWR)
        defer { close(writer) }
        #expect(write(writer, "abc", 3) == 3)
        let unended = #expect(throws: BoatyardError.self) { try FileContents.read(pipe, patience: 0.05) }
        #expect(unended?.code == "file.silent")
        let endless = #expect(throws: BoatyardError.self) { try FileContents.read("/dev/zero", limit: 1 << 20) }
        #expect(endless?.code == "file.size")
        #expect(try FileContents.read("/dev/null") == [])
        let isFolder = #expect(throws: BoatyardError.self) { try FileContents.read(folder.path) }
        #expect(isFolder?.code == "file.read")
    }

    @Test("a temporary folder is new and private, and goes with all that is in it but nothing that it links to")
    func temporary() throws {
        let one = try TemporaryFolder(prefix: "boatyard-test")
        let other = try TemporaryFolder(prefix: "boatyard-test")
        defer { other.remove() }
        #expect(one != other)
        let attributes = try FileManager.default.attributesOfItem(atPath: one.path)
        #expect(attributes[.posixPermissions] as? Int == 0o700)
        try FileContents.write([1], to: other.path + "/kept")
        try FileContents.makeFolder(one.path + "/a/b")
        try FileContents.write([1], to: one.path + "/a/b/file")
        try FileManager.default.createSymbolicLink(
            atPath: one.path + "/a/link", withDestinationPath: other.path)
        one.remove()
        #expect(!FileManager.default.fileExists(atPath: one.path))
        #expect(FolderContents.names(in: other.path) == ["kept"])
        #expect(FolderContents.names(in: one.path) == nil)
    }

    @Test("a MAC address that was read as a number is recognised")
    func unquoted() {
        #expect(UnquotedMACAddress.address(readAs: 41_135_112_073) == "52:54:00:20:01:13")
        #expect(UnquotedMACAddress.address(readAs: 9000) == nil)
        #expect(UnquotedMACAddress.address(readAs: -41_135_112_073) == nil)
        #expect(UnquotedMACAddress.address(readAs: .max) == nil)
        let hint = UnquotedMACAddress.hint(
            for: "BaremetalNode:v1 schema validation error: 41135112073 is not of type 'string'")
        #expect(hint?.contains("'52:54:00:20:01:13'") == true)
        #expect(UnquotedMACAddress.hint(for: "9000 is not of type 'string'") == nil)
    }
}
