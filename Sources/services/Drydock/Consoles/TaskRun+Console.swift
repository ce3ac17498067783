import OutOfBand
import Primitives
import SiteDesign

extension TaskRun {
    /// Watches the console of a node's machine while `body` is at work with it. What it shows of trouble becomes messages of
    /// this task, once each.
    ///
    /// - Parameter atOnce: whether the machine runs already; else it is watched from its first power cycle on.
    func watchingConsole<Result: Sendable>(
        of node: BaremetalNode, atOnce: Bool, _ body: () async throws -> Result
    ) async throws -> Result {
        let driver = atOnce ? try? orchestrator.outOfBand.driver(for: node) : nil
        let append: @Sendable (String, Bool) async -> Void = { text, isError in
            // A message that cannot be stored is not worth the work.
            try? await appendMessage(LogRedactor.redact(text), isError: isError, node: node.name)
        }
        return try await orchestrator.consoles.watching(node.name, by: driver, append: append, body)
    }
}
