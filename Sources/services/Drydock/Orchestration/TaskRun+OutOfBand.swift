import Primitives
import SiteDesign

/// Commands to a node's BMC. A silent one holds its task for minutes, so that the task says meanwhile what it waits for.
extension TaskRun {
    /// The next boot of `node` is from the network, in the way of its firmware.
    func setNetworkBoot(_ node: BaremetalNode, deadline: Timestamp) async throws {
        try await command("to boot it from the network next", node, deadline) {
            try await orchestrator.setNetworkBoot(node, deadline: deadline)
        }
    }

    func powerCycle(_ node: BaremetalNode, deadline: Timestamp) async throws {
        try await command("to power it off and on", node, deadline) {
            try await orchestrator.outOfBand.powerCycle(node, deadline: deadline)
        }
    }

    func powerOff(_ node: BaremetalNode, deadline: Timestamp) async throws {
        try await command("to power it off", node, deadline) {
            try await orchestrator.outOfBand.powerOff(node, deadline: deadline)
        }
    }

    private func command(
        _ order: String, _ node: BaremetalNode, _ deadline: Timestamp, _ work: () async throws -> Void
    ) async throws {
        let event = "the BMC of \(node.name) (\(node.outOfBandAddress ?? "no address")), which is \(order)"
        let wait = TaskWait(event: event, since: orchestrator.now(), deadline: deadline, then: "the command fails")
        try await orchestrator.tasks.wait(task.id, for: wait)
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await work()) } catch { outcome = .failure(error) }
        try await orchestrator.tasks.wait(task.id, for: nil)
        try outcome.get()
    }
}
