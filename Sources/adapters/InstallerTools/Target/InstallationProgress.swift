import Cryptography
import Installation
import OrderedCollections
import Primitives

/// Which operations on the new system are done, where the system itself does not show it: kept in a file of that system,
/// so that an installation that was interrupted goes on, and one that was finished changes nothing.
struct InstallationProgress {
    static let folder = "/var/lib/boatyard-agent"
    private static let file = folder + "/progress.json"

    private let target: TargetRoot
    /// Names of operations, each with the SHA-256 sum of what it did.
    private var done: Value.Object

    init(of target: TargetRoot) {
        self.target = target
        let bytes = (try? target.read(Self.file)) ?? nil
        done = bytes.flatMap { try? Value(json: $0) }?.objectValue ?? [:]
    }

    /// Whether the very same operation was finished.
    func has(_ operation: InstallationOperation) -> Bool {
        done[operation.name]?.stringValue == Self.sum(operation)
    }

    mutating func note(_ operation: InstallationOperation) throws {
        done[operation.name] = .string(Self.sum(operation))
        try target.makeFolder(Self.folder, mode: 0o700, owner: 0, group: 0)
        let text = Value.object(done).json(.pretty) + "\n"
        try target.write(TargetFile(Self.file, text, mode: 0o600))
    }

    /// Of all that is in the operation; nothing of it can be read from the sum.
    private static func sum(_ operation: InstallationOperation) -> String {
        Hash.sha256(Array(String(reflecting: operation.action).utf8)).hex
    }
}
