import Glibc
import Primitives
import TestSupport
import Testing

@testable import SystemSupport

@Suite("State directory")
struct StateTests {
    private let folder: OwnedFolder
    private var path: String { folder.path }

    init() throws { folder = try OwnedFolder() }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & 0o7777 : 0
    }

    @Test("a second holder is refused with the process of the first")
    func lock() throws {
        do {
            let first = try StateDirectory(path: path + "/a/b")
            let error = try #require(throws: BoatyardError.self) { try StateDirectory(path: path + "/a/b") }
            #expect(error.code == "state_locked")
            #expect(error.message.contains("(process \(getpid()))"))
            #expect(first.path == path + "/a/b")
        }
        _ = try StateDirectory(path: path + "/a/b")
        #expect(mode(path + "/a/b") == 0o700)
    }

    @Test("what cut-off writes left is removed at the start, and nothing else; links are not followed")
    func leftovers() throws {
        let other = try OwnedFolder()
        let name = "x.\(UUIDv4()).new"
        for folder in ["secrets", "builddata/n1", "netboot/http", "logs/a"] {
            try StateDirectory.createDirectory("\(path)/\(folder)")
        }
        symlink(other.path, path + "/netboot/link")
        let left = ["secrets/master.key.next.\(UUIDv4()).new", "builddata/n1/\(name)", "netboot/http/\(name)"]
        let kept = [
            "secrets/master.key", "secrets/master.key.next", "netboot/http/vmlinuz.new", "netboot/http/x.y.new",
            "builddata/n1/\(UUIDv4()).new", "logs/a/\(name)", "netboot/link/\(name)", name,
        ]
        for file in left + kept { close(open("\(path)/\(file)", O_CREAT | O_WRONLY, 0o600)) }
        _ = try StateDirectory(path: path)
        #expect(left.filter { access("\(path)/\($0)", F_OK) == 0 } == [])
        #expect(kept.filter { access("\(path)/\($0)", F_OK) != 0 } == [])
        withExtendedLifetime(other) {}
    }

    @Test("a directory that is a file is refused")
    func notADirectory() throws {
        close(open(path + "/file", O_CREAT | O_WRONLY, 0o600))
        let error = try #require(throws: BoatyardError.self) { try StateDirectory(path: path + "/file") }
        #expect(error.code == "state_unusable")
    }

    @Test("a lock that is no regular file is named")
    func lockOfAnotherKind() throws {
        for make in [{ mkfifo($0, 0o600) }, { mkdir($0, 0o700) }, { symlink("/dev/null", $0) }] as [(String) -> CInt] {
            let file = path + "/lock"
            #expect(make(file) == 0)
            let error = try #require(throws: BoatyardError.self) { try StateDirectory(path: path) }
            #expect(error.code == "state_unusable")
            #expect(error.message.contains("the lock \(file) is no regular file"), "\(error.message)")
            FolderContents.remove(file)
        }
    }

    @Test("removal takes everything, and follows no links")
    func removal() throws {
        let other = try OwnedFolder()
        let outside = other.path
        try StateDirectory.createDirectory(path + "/a/b/c")
        close(open(path + "/a/file", O_CREAT | O_WRONLY, 0o600))
        close(open(outside + "/kept", O_CREAT | O_WRONLY, 0o600))
        symlink(outside, path + "/a/link")
        FolderContents.remove(path)
        #expect(access(path, F_OK) != 0)
        #expect(access(outside + "/kept", F_OK) == 0)
        withExtendedLifetime(other) {}
    }

    @Test("the master key is made once, for its owner alone, and never replaced")
    func masterKey() throws {
        let state = try StateDirectory(path: path)
        let key = try MasterKey.load(state: state, mayMake: true)
        #expect(key.reveal().count == 32)
        #expect(try MasterKey.load(state: state, mayMake: true).reveal() == key.reveal())
        let file = path + "/secrets/master.key"
        #expect(mode(file) == 0o400)
        #expect(mode(path + "/secrets") == 0o700)
        chmod(file, 0o600)
        truncate(file, 31)
        let error = try #require(throws: BoatyardError.self) { try MasterKey.load(state: state, mayMake: true) }
        #expect(error.code == "master_key")
    }

    @Test("a missing master key is made only where nothing is sealed with an earlier one")
    func missingMasterKey() throws {
        let state = try StateDirectory(path: path)
        let error = try #require(throws: BoatyardError.self) { try MasterKey.keys(state: state, mayMake: false) }
        #expect(error.code == "master_key")
        #expect(error.message.contains("\(path)/secrets/master.key is missing"))
        #expect(access(path + "/secrets/master.key", F_OK) != 0)
        let key = try MasterKey.keys(state: state, mayMake: true).current.reveal()
        #expect(try MasterKey.keys(state: state, mayMake: false).current.reveal() == key)
    }

    @Test("users and groups are looked up")
    func groups() {
        #expect(SystemGroups.userName(0) == "root")
        #expect(SystemGroups.number(of: "root") == 0)
        #expect(SystemGroups.isMember(0, of: "root"))
        #expect(!SystemGroups.isMember(0, of: "no-such-group"))
        #expect(SystemGroups.userName(4_000_000_000) == nil)
    }
}
