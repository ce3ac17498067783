import Foundation
import Primitives
import Testing

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
        // A link upwards must not be followed for ever.
        try FileManager.default.createSymbolicLink(
            at: folder.appendingPathComponent("b/c/up"), withDestinationURL: folder.appendingPathComponent("b/c"))
        func names(_ recurse: Bool) throws -> [String] {
            try FolderContents.files(in: folder.path, suffixes: [".yaml", ".yml"], recurse: recurse).map {
                String($0.dropFirst(folder.path.count + 1))
            }
        }
        #expect(try names(false) == ["a.yml", "z.yaml"])
        let deep = try names(true)
        #expect(deep.prefix(3) == ["a.yml", "b/c/n.yaml", "b/c/up/n.yaml"])
        #expect(deep.suffix(2) == ["b/m.yaml", "z.yaml"])
        #expect(throws: BoatyardError.self) {
            try FolderContents.files(in: folder.path + "/nowhere", suffixes: [".yaml"], recurse: false)
        }
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
