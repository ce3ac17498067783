import OutOfBand
import Primitives
import SiteDesign

/// Commands to a node's BMC. A silent one holds its task for minutes, so that the task says meanwhile what it waits for.
/// What came of a command is a message of the task.
extension TaskRun {
    /// The next boot of `node` is from the network, in the way of its firmware.
    func setNetworkBoot(_ node: BaremetalNode, deadline: Timestamp) async throws {
        let mode = try await orchestrator.machines.bootMode(node: node.name)
        try await command("to boot it from the network next", node, deadline) {
            try await orchestrator.outOfBand.setNetworkBoot(node, mode, deadline: deadline)
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
        _ order: String, _ node: BaremetalNode, _ deadline: Timestamp, _ work: () async throws -> OutOfBandOutcome
    ) async throws {
        try await orchestrator.tasks.wait(task.id, for: wait(for: order, node, deadline))
        let result: Result<OutOfBandOutcome, any Error>
        do { result = .success(try await work()) } catch { result = .failure(error) }
        try await orchestrator.tasks.wait(task.id, for: nil)
        let outcome = try result.get()
        // Whoever has to do something is asked each time.
        try await appendMessage(outcome.message, node: node.name, repeating: outcome.needsHuman)
    }

    private func wait(for order: String, _ node: BaremetalNode, _ deadline: Timestamp) -> TaskWait {
        if node.outOfBandType == OutOfBandType.manual.rawValue {
            return TaskWait(
                event: "a human at \(node.name), who is \(order), as it has no BMC", since: orchestrator.now(),
                deadline: deadline, then: "it is taken as done")
        }
        let address = node.outOfBandAddress ?? "no address"
        return TaskWait(
            event: "the BMC of \(node.name) (\(address)), which is \(order)", since: orchestrator.now(),
            deadline: deadline, then: "the command fails")
    }
}
