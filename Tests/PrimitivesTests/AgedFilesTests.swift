import Glibc
import Primitives
import TestSupport
import Testing

@Suite("Files that have lain for long")
struct AgedFilesTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try body(folder)
            _ = AgedFiles.remove(below: folder, writtenBefore: Timestamp.now().adding(seconds: 3600))
            #expect(rmdir(folder) == 0, "everything that was made in it is old enough by then")
        }
    }

    private func write(_ path: String, age seconds: Int) throws {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        try FileContents.makeFolder(folder)
        try FileContents.write(Array("12345".utf8), to: path)
        for item in [path, folder] {
            let then = timespec(tv_sec: time(nil) - seconds, tv_nsec: 0)
            #expect(utimensat(AT_FDCWD, item, [then, then], 0) == 0)
        }
    }

    @Test("what is older than the moment goes, with its folder; what is younger or kept stays")
    func ages() throws {
        try inFolder { folder in
            try write("\(folder)/old/step/1.log", age: 7200)
            try write("\(folder)/running/step/1.log", age: 7200)
            try write("\(folder)/mixed/1.log", age: 7200)
            try write("\(folder)/mixed/2.log", age: 10)
            let hourAgo = Timestamp.now().adding(seconds: -3600)
            let removal = AgedFiles.remove(below: folder, writtenBefore: hourAgo) { $0 == "running" }
            #expect(removal.files == 2)
            #expect(removal.bytes == 10)
            #expect(access("\(folder)/old/step/1.log", F_OK) != 0)
            #expect(access("\(folder)/running/step/1.log", F_OK) == 0)
            #expect(access("\(folder)/mixed/1.log", F_OK) != 0)
            #expect(access("\(folder)/mixed/2.log", F_OK) == 0)
        }
    }

    @Test("a link is removed itself, what it points to is not")
    func links() throws {
        try inFolder { folder in
            try write("\(folder)/kept/file", age: 7200)
            #expect(symlink("\(folder)/kept", "\(folder)/link") == 0)
            _ = AgedFiles.remove(below: folder, writtenBefore: Timestamp.now().adding(seconds: 60)) { $0 == "kept" }
            #expect(access("\(folder)/kept/file", F_OK) == 0)
            #expect(access("\(folder)/link", F_OK) != 0)
        }
    }

    @Test("a folder that is not there has nothing to remove")
    func absent() { #expect(AgedFiles.remove(below: "/nonexistent/boatyard", writtenBefore: .now()).files == 0) }
}
