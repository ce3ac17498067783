import Glibc
import Primitives
import Shipyard
import Synchronization

/// What was done to the world, a line each; survives the process.
final class Ledger: Sendable {
    private let path: String
    private let lock = Mutex(())

    init(path: String) { self.path = path }

    /// Writes the line, unless it is there already and `isKeyed`.
    func enter(_ line: String, isKeyed: Bool) throws {
        try lock.withLock { _ in
            let text = (try? FileContents.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            if isKeyed, text.split(separator: "\n").contains(Substring(line)) { return }
            let file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw Mistake(description: "\(path) cannot be opened") }
            defer { close(file) }
            let bytes = Array((line + "\n").utf8)
            _ = write(file, bytes, bytes.count)
        }
    }
}

/// A Drydock whose tasks succeed at once. Like the real one it does a task with the same key once.
struct LedgerProvisioner: SiteProvisioner {
    let ledger: Ledger

    func designStatus(_ reference: String) async throws -> Value {
        ["status": "Success", "details": ["errorCount": 0, "messageList": []]]
    }

    func startTask(
        action: String, design: String, nodeFilter: Value, createdBy: String, key: String
    ) async throws -> String {
        // Without the action's id, which is another at every run.
        let name = key.split(separator: "/").dropFirst().joined(separator: "/")
        try ledger.enter(name, isKeyed: true)
        return "\(action) \(nodeFilter.json(.compact))"
    }

    func terminateTasks(keyPrefix prefix: String, reason: String) async throws {}

    func provisionerTask(_ id: String) async throws -> ProvisionerTask? {
        let parts = id.split(separator: " ", maxSplits: 1).map(String.init)
        var task = ProvisionerTask(id: id, action: parts[0], status: "complete", result: "success")
        let filter = try Value(json: parts[1])
        task.successes = filter["filter_set"]?[0]?["node_names"]?.arrayValue?.compactMap(\.stringValue) ?? ["n1", "n2"]
        return task
    }

    func awaitProvisionerTask(_ id: String, until deadline: Timestamp) async throws -> ProvisionerTask {
        guard let task = try await provisionerTask(id) else { throw Mistake(description: "no task \(id)") }
        return task
    }

    func provisionerNodes() async throws -> [ProvisionerNode] {
        [ProvisionerNode(hostname: "n1", status: "Deployed", powerState: "on")]
    }

    func linkedText(_ link: String) async throws -> String? { nil }

    func nodeNames(design: String, filter: Value) async throws -> [String] {
        filter["filter_set"]?[0]?["node_names"]?.arrayValue?.compactMap(\.stringValue) ?? ["n1", "n2"]
    }
}

struct LedgerArmada: SoftwareDeployer {
    let name = "Armada"
    let ledger: Ledger

    func checkHealth() async throws {}
    func designStatus(_ reference: String) async throws -> Value {
        ["status": "Success", "details": ["errorCount": 0, "messageList": []]]
    }

    func apply(design: String, manifest: String, timeout: Double) async throws -> Value {
        // Bringing charts up to date again changes nothing.
        try ledger.enter("armada apply \(manifest)", isKeyed: true)
        return ["upgrade": []]
    }

    func releases(timeout: Double) async throws -> [(namespace: String, releases: [String])] { [("ucp", ["one"])] }
    func test(release: String) async throws -> Bool { true }
}

struct LedgerPromenade: SoftwareComponent {
    let name = "Promenade"

    func checkHealth() async throws {}
    func designStatus(_ reference: String) async throws -> Value {
        ["status": "Success", "details": ["errorCount": 0, "messageList": []]]
    }
}
