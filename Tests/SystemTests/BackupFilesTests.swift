import Glibc
import Primitives
import TestSupport
import Testing

@testable import BoatyardDaemon

@Suite("Files beside the database in a backup")
struct BackupFilesTests {
    @Test("however many there are, all of them are in it; a folder that cannot be read is no backup without it")
    func all() throws {
        try withTemporaryFolder { folder in
            #expect(try Backups.files(below: folder).isEmpty)
            let node = folder + "/builddata/n1"
            for path in [folder + "/builddata", node] { try FileContents.makeFolder(path) }
            let count = FolderContents.usualLimit + 10
            for number in 0..<count {
                let descriptor = open("\(node)/\(number).data", O_WRONLY | O_CREAT, 0o600)
                try #require(descriptor >= 0)
                close(descriptor)
            }
            let files = try Backups.files(below: folder)
            #expect(files.count == count && files.first == "builddata/n1/0.data")

            try #require(rename(folder + "/builddata", folder + "/away") == 0)
            // A link to itself stands for what cannot be read.
            try #require(symlink("builddata", folder + "/builddata") == 0)
            let error = #expect(throws: BoatyardError.self) { try Backups.files(below: folder) }
            #expect(error?.code == "file.read")
        }
    }
}
