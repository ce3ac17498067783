import Primitives
import SystemSupport

/// Where this run keeps its state, and whether it is thrown away at the end.
struct DaemonState {
    let directory: StateDirectory
    private let isRemoved: Bool

    /// - Parameter path: nil makes a temporary directory.
    static func open(path: String?, isKept: Bool) throws -> DaemonState {
        if let path { return DaemonState(directory: try StateDirectory(path: path), isRemoved: false) }
        let folder = try TemporaryFolder(prefix: "boatyard")
        return DaemonState(directory: try StateDirectory(path: folder.path), isRemoved: !isKept)
    }

    func clear() { if isRemoved { FolderContents.remove(directory.path) } }
}
