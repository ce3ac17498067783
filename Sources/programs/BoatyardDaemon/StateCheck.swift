import Glibc
import Primitives
import Store
import SystemSupport

/// Whether the state directory has all that belongs together, before anything is made in it.
///
/// Only a directory without any state is begun anew. One that has lost a part is refused: a new database, or a new key,
/// beside what is left of the old would be found out when it is too late to go back.
enum StateCheck {
    /// - Throws: `BoatyardError` `state_damaged`, which says what is wrong with which file and what is to be restored.
    static func require(_ state: StateDirectory, database path: String) throws {
        switch try DatabaseFile(at: path) {
        case .usable: break
        case .damaged(let problem): throw damaged(state, "the database \(path) \(problem)")
        case .missing:
            if let left = try remains(state) {
                throw damaged(state, "the database \(path) is missing, while \(left) is there, which belongs to it")
            }
        }
    }

    /// Something that only a daemon with a database leaves behind.
    private static func remains(_ state: StateDirectory) throws -> String? {
        for key in ["master.key", "master.key.next"].map({ "\(state.path)/secrets/\($0)" }) where access(key, F_OK) == 0
        {
            return key
        }
        if let backup = FolderContents.names(in: "\(state.path)/\(Backups.folder)")?.last(where: Backups.isBackup) {
            return "\(state.path)/\(Backups.folder)/\(backup)"
        }
        if let former = FolderContents.names(in: state.path)?.first(where: { $0.contains(".before-restore") }) {
            return "\(state.path)/\(former)"
        }
        for name in ["builddata", "bootdata", "logs", "consoles"] {
            let folder = "\(state.path)/\(name)"
            guard FolderContents.isFolder(folder) else { continue }
            if try !FolderContents.files(in: folder, suffixes: [""], recurse: true, limit: .max).isEmpty {
                return "\(folder), with files in it,"
            }
        }
        return nil
    }

    private static func damaged(_ state: StateDirectory, _ what: String) -> BoatyardError {
        let newest = Backups.newest(in: state.path).map { "The newest backup is \($0): boatyard restore \($0)" }
        return BoatyardError(
            "state_damaged",
            "\(what). \(newest ?? "Restore a backup: boatyard restore FILE"), with secrets/master.key of the same time "
                + "(docs/operations.md, Backup). Only if nothing of this site is to be kept, move \(state.path) "
                + "away: the daemon then begins with an empty one")
    }
}
