import Drydock
import Glibc
import OrderedCollections
import Primitives
import Shipyard
import SiteDesign
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

    func validateDesign(_ reference: String) async throws -> DesignStatus {
        DesignStatus(status: .success, messages: [], time: .now())
    }

    func createTask(_ request: TaskRequest) async throws -> DrydockTask {
        // Without the action's id, which is another at every run.
        let name = (request.key ?? "").split(separator: "/").dropFirst().joined(separator: "/")
        try ledger.enter(name, isKeyed: true)
        return try await required("\(request.action.rawValue) \(request.nodeFilter.json(.compact))")
    }

    func terminateTasks(keyPrefix prefix: String, reason: String) async throws {}

    func tasks(keyPrefix prefix: String) async throws -> OrderedDictionary<String, DrydockTask> { [:] }

    func siteNodes(design: String?) async throws -> [MachineStatus] { try await nodes() }

    /// An id says what the task was made for, so that it is known to every process.
    func task(_ id: String) async throws -> DrydockTask? {
        let parts = id.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, let action = TaskAction(rawValue: parts[0]) else { return nil }
        let filter = try Value(json: parts[1])
        var result = TaskResult()
        for node in nodes(filter) { result.succeed(node) }
        return DrydockTask(
            id: id, action: action, design: "", nodeFilter: filter, status: .complete, result: result, created: .now(),
            createdBy: "", updated: .now())
    }

    func awaitTask(_ id: String, until deadline: Timestamp) async throws -> DrydockTask { try await required(id) }

    func awaitTask(_ id: String, beyond known: Set<String>, until deadline: Timestamp) async throws -> DrydockTask {
        try await required(id)
    }

    private func required(_ id: String) async throws -> DrydockTask {
        guard let task = try await task(id) else { throw DrydockError(.missing, "no task \(id)") }
        return task
    }

    func nodes() async throws -> [MachineStatus] {
        [MachineStatus(node: "n1", hostname: "n1", state: .deployed, power: .on)]
    }

    func buildData(task: String) async throws -> [Value] { [] }

    func nodeNames(design: String, filter: Value) async throws -> [String] { nodes(filter) }

    private func nodes(_ filter: Value) -> [String] {
        filter["filter_set"]?[0]?["node_names"]?.arrayValue?.compactMap(\.stringValue) ?? ["n1", "n2"]
    }
}

struct LedgerArmada: SoftwareDeployer {
    let name = "Armada"
    let ledger: Ledger
    let poison: String

    func asked(by origin: RequestOrigin) -> Self { self }
    func checkHealth() async throws {}
    func designStatus(_ reference: String, timeout: Double) async throws -> Value {
        ["status": "Success", "details": ["errorCount": 0, "messageList": []]]
    }

    func apply(design: String, manifest: String, timeout: Double) async throws -> Value {
        if access(poison, F_OK) == 0 { kill(getpid(), SIGKILL) }
        // Bringing charts up to date again changes nothing.
        try ledger.enter("armada apply \(manifest)", isKeyed: true)
        return ["upgrade": []]
    }

    func releases(timeout: Double) async throws -> [(namespace: String, releases: [String])] { [("ucp", ["one"])] }
    func test(release: String) async throws -> Bool { true }
}

struct LedgerPromenade: SoftwareComponent {
    let name = "Promenade"

    func asked(by origin: RequestOrigin) -> Self { self }
    func checkHealth() async throws {}
    func designStatus(_ reference: String, timeout: Double) async throws -> Value {
        ["status": "Success", "details": ["errorCount": 0, "messageList": []]]
    }
}
