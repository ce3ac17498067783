import Drydock
import Primitives
import Store

extension Database {
    /// The database as a daemon finds it that is started after this one was killed now.
    ///
    /// - Parameter folder: in which it is `boatyard.db`.
    static func afterKill(in folder: String) throws -> Database {
        let copy = folder + "/killed"
        FolderContents.remove(copy)
        try FileContents.makeFolder(copy)
        // The log first: what has gone from it into the file meanwhile does no harm there.
        for suffix in ["-wal", ""] {
            guard let bytes = try? FileContents.read(folder + "/boatyard.db" + suffix) else { continue }
            try FileContents.write(bytes, to: copy + "/boatyard.db" + suffix)
        }
        return try Database.open(path: copy + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
    }
}
