import Glibc
import Logging
import MessageCatalog
import Primitives

/// What a program says right before it ends.
package enum LastMessage {
    /// In microseconds: as long as the journal may take to look up in /proc to which unit whoever has sent a record belongs.
    private static let pause: UInt32 = 200_000

    /// Sends `message` to the journal where that is where standard error goes, and waits until the journal has had time to see
    /// from whom it is.
    ///
    /// - Parameter identifier: the name of the program.
    /// - Returns: whether the journal has taken it; else it is to be written to standard error or output.
    package static func sendToJournal(
        _ message: String, _ entry: CatalogEntry, level: Logger.Level, identifier: String
    ) -> Bool {
        guard LogDestination.detect() == .journal else { return false }
        let record = JournalEntry(
            message: message, id: entry.rawValue, level: level, identifier: identifier, metadata: [:])
        guard record.send() else { return false }
        usleep(pause)
        return true
    }
}
