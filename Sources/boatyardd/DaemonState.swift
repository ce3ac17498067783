import Glibc
import Primitives
import SystemSupport

/// Where this run keeps its state, and whether it is thrown away at the end.
struct DaemonState {
    let directory: StateDirectory
    private let isRemoved: Bool

    /// - Parameter path: nil makes a temporary directory.
    static func open(path: String?, isKept: Bool) throws -> DaemonState {
        if let path { return DaemonState(directory: try StateDirectory(path: path), isRemoved: false) }
        let parent = environment("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(parent)/boatyard-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw BoatyardError(
                "state_unusable",
                "no temporary directory can be made in \(parent): \(systemErrorText()); set TMPDIR to one that can "
                    + "be written")
        }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return DaemonState(directory: try StateDirectory(path: path), isRemoved: !isKept)
    }

    func clear() { if isRemoved { StateDirectory.remove(directory.path) } }
}
