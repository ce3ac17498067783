import Installation
import Primitives

/// Erases the disks of this machine where somebody who is logged in to it wants that.
package struct LocalErasure: Sendable {
    private let log: InstallerLog

    package init(log: InstallerLog) { self.log = log }

    /// - Parameter isWanted: else it only says what would be done.
    /// - Throws: `BoatyardError`, `CommandFailure` of the first operation that fails.
    package func run(isSecure: Bool, isWanted: Bool) async throws {
        let text: Value = [
            "kind": "erase", "deployment": .string(ULID().description), "node": "localhost",
            "mode": isSecure ? "secure" : "quick", "report_url": "http://localhost/",
        ]
        guard case .erase(let plan) = try MachinePlan(text) else { return }
        let facts = try await FactsReader().read(looksForErasure: isSecure)
        for (disk, reason) in ErasurePlanner.left(facts) { log.write("\(disk) is left alone: \(reason)") }
        let executor = OperationExecutor.forDisks(log: log)
        for operation in ErasurePlanner.operations(plan, facts) {
            if case .report = operation.action { continue }
            log.write("\(isWanted ? "" : "would do: ")\(operation.name): \(operation.description)")
            if isWanted { try await executor.perform(operation, sequence: 0) }
        }
    }
}
