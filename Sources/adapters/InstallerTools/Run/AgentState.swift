import Glibc
import Primitives

/// What an agent remembers of the plan that it carries out, so that another one goes on where it was killed: the daemon
/// gives a plan out until `started`, and no longer (`docs/reference/node-protocol.md` §2.14).
///
/// It lies in the ramdisk's memory and goes with the boot.
package struct AgentState: Sendable, Hashable {
    /// As the daemon sent it.
    package var plan: Value
    /// Of the newest report, whether the daemon has taken it or not.
    package var sequence = 0
    /// The phase whose report the daemon has not acknowledged yet.
    package var pending: String?
    /// What the daemon has acknowledged.
    package var reported: [String] = []

    package init(plan: Value) { self.plan = plan }

    private init?(_ value: Value) {
        guard let plan = value["plan"], let sequence = value["sequence"]?.intValue, sequence >= 0 else { return nil }
        self.plan = plan
        self.sequence = sequence
        pending = value["pending"]?.stringValue
        reported = (value["reported"]?.arrayValue ?? []).compactMap(\.stringValue)
    }

    private var json: Value {
        ["plan": plan, "sequence": .int(sequence), "pending": Value(pending), "reported": Value(reported)]
    }

    /// Where agents keep it.
    package struct File: Sendable, Hashable {
        /// In memory, so that it goes with the boot.
        package let path: String

        package init(path: String = "/run/boatyard-agent/state.json") { self.path = path }

        /// nil where no agent has begun in this boot.
        package func read() -> AgentState? {
            guard let bytes = try? FileContents.read(path), let value = try? Value(json: bytes) else { return nil }
            return AgentState(value)
        }

        /// The next agent of this boot begins anew.
        func remove() { unlink(path) }

        /// - Throws: `BoatyardError` `file.write`.
        package func write(_ state: AgentState) throws {
            let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
            try FileContents.makeFolder(folder, mode: 0o700)
            try FileContents.write(state.json.jsonBytes(.compact), to: path, mode: 0o600)
        }
    }
}
