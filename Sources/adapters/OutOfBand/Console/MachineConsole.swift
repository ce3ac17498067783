import Primitives

/// A machine's serial line, as its driver gives it.
package protocol MachineConsole: Sendable {
    /// What the machine has written, as soon as there is any. Where some of it is missing, a line between brackets says so.
    ///
    /// - Returns: nil once `close` was called.
    /// - Throws: `ConsoleTrouble` where it has ended; `CancellationError` at once where the task is cancelled.
    func read() async throws -> [UInt8]?

    /// Types at the machine; returns once it has been taken.
    ///
    /// - Throws: `ConsoleTrouble` where the machine takes nothing.
    func write(_ characters: [UInt8]) async throws

    /// Sends a break; throws as `write` does.
    func sendBreak() async throws

    /// Gives it back.
    func close() async
}

/// Why there is no console, or no longer.
package struct ConsoleTrouble: Error, Hashable, CustomStringConvertible {
    /// What, where and remedy.
    package var message: String
    /// Whether another try may end otherwise.
    package var passes: Bool

    package init(_ message: String, passes: Bool) {
        self.message = message
        self.passes = passes
    }

    package var description: String { message }
}
