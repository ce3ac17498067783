import Primitives
import Synchronization

/// What the database says of the boot data of nodes, so that a machine that fetches an archive asks nothing of it
/// but whether its token is still good.
///
/// As large as the number of nodes that were ever installed.
final class BootDataIndex: Sendable {
    struct Entry: Sendable {
        var deployment: ULID
        /// SHA-256 of the deployment's key, which itself is not kept.
        var keyDigest: [UInt8]
        /// Names of archives below `bootdata/`; nil until rendered.
        var files: String?
        var units: String?

        func name(_ kind: BootDataKind) -> String? { kind == .files ? files : units }
    }

    private struct State {
        var entries: [String: Entry] = [:]
        /// Counts what was forgotten: whoever read the database before that must not keep what it found.
        var age = 0
    }

    private let state = Mutex(State())

    var age: Int { state.withLock { $0.age } }

    func entry(of node: String) -> Entry? { state.withLock { $0.entries[node] } }

    /// - Parameter age: of the index before the database was read.
    func keep(_ entry: Entry, of node: String, readAt age: Int) {
        state.withLock { if $0.age == age { $0.entries[node] = entry } }
    }

    /// The node has a new deployment, or its archives are gone.
    func forget(_ node: String) {
        state.withLock {
            $0.entries[node] = nil
            $0.age += 1
        }
    }
}
