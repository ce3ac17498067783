import Synchronization

/// Prints a console as it comes.
final class ConsolePrinter: Sendable {
    private let text = Mutex(ConsoleText())

    func show(_ bytes: [UInt8]) {
        let shown = text.withLock { $0.take(bytes) }
        if !shown.isEmpty { Console.print(shown, terminator: "") }
    }
}
