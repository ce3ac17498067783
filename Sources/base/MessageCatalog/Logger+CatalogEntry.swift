import Logging

/// Log records of the daemon, each with its entry in the catalog: `packaging/lint.d/messages` refuses one without.
extension Logger {
    /// Logs `message` at a level that is known only when it is logged.
    package func log(
        level: Level, _ entry: CatalogEntry, _ message: @autoclosure () -> Message,
        metadata: @autoclosure () -> Metadata = [:], file: String = #fileID, function: String = #function,
        line: UInt = #line
    ) {
        guard logLevel <= level else { return }
        var fields = metadata()
        fields[CatalogEntry.field] = "\(entry.rawValue)"
        log(level: level, message(), metadata: fields, file: file, function: function, line: line)
    }

    /// Logs what somebody who looks for a fault of the daemon wants to know.
    package func debug(
        _ entry: CatalogEntry, _ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata = [:],
        file: String = #fileID, function: String = #function, line: UInt = #line
    ) {
        log(
            level: .debug, entry, message(), metadata: metadata(), file: file, function: function, line: line)
    }

    /// Logs a step of what goes as it should.
    package func info(
        _ entry: CatalogEntry, _ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata = [:],
        file: String = #fileID, function: String = #function, line: UInt = #line
    ) {
        log(
            level: .info, entry, message(), metadata: metadata(), file: file, function: function, line: line)
    }

    /// Logs what an operator has done, or may want to know of.
    package func notice(
        _ entry: CatalogEntry, _ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata = [:],
        file: String = #fileID, function: String = #function, line: UInt = #line
    ) {
        log(
            level: .notice, entry, message(), metadata: metadata(), file: file, function: function, line: line)
    }

    /// Logs what went wrong and does not stop the work that is under way.
    package func warning(
        _ entry: CatalogEntry, _ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata = [:],
        file: String = #fileID, function: String = #function, line: UInt = #line
    ) {
        log(
            level: .warning, entry, message(), metadata: metadata(), file: file, function: function, line: line)
    }

    /// Logs a failure.
    package func error(
        _ entry: CatalogEntry, _ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata = [:],
        file: String = #fileID, function: String = #function, line: UInt = #line
    ) {
        log(
            level: .error, entry, message(), metadata: metadata(), file: file, function: function, line: line)
    }

    /// Logs what endangers data.
    package func critical(
        _ entry: CatalogEntry, _ message: @autoclosure () -> Message, metadata: @autoclosure () -> Metadata = [:],
        file: String = #fileID, function: String = #function, line: UInt = #line
    ) {
        log(
            level: .critical, entry, message(), metadata: metadata(), file: file, function: function, line: line)
    }
}
