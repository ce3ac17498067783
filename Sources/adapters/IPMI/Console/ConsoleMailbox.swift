import NIOCore

/// Between a session's handler and whoever has its console: what waits to be read, and who waits for what. Lives on the
/// handler's event loop.
struct ConsoleMailbox {
    private var buffer = ConsoleBuffer()
    private var reader: EventLoopPromise<ConsoleOutput?>?
    private var writers: [Int: EventLoopPromise<Void>] = [:]
    private var lastIdentifier = 0
    private var end: Result<Void, any Error>?

    /// What there is to read, or what comes next; nil once the console is closed.
    mutating func read(_ promise: EventLoopPromise<ConsoleOutput?>) {
        reader?.fail(CancellationError())
        reader = promise
        deliver()
    }

    /// Whoever has asked with this promise does not wait any more.
    mutating func abandonRead(_ promise: EventLoopPromise<ConsoleOutput?>) {
        guard let waiting = reader, waiting.futureResult === promise.futureResult else { return }
        waiting.fail(CancellationError())
        reader = nil
    }

    /// - Returns: the identifier under which it is told that the machine has it; nil where the console is over.
    mutating func write(_ promise: EventLoopPromise<Void>) -> Int? {
        if let end {
            promise.fail(end.error ?? Self.closed)
            return nil
        }
        lastIdentifier += 1
        writers[lastIdentifier] = promise
        return lastIdentifier
    }

    mutating func take(_ bytes: [UInt8], isIncomplete: Bool) {
        guard end == nil else { return }
        buffer.append(bytes, isIncomplete: isIncomplete)
        deliver()
    }

    mutating func written(_ identifier: Int) { writers.removeValue(forKey: identifier)?.succeed() }

    mutating func refused(_ identifier: Int, _ error: IPMIError) {
        writers.removeValue(forKey: identifier)?.fail(error)
    }

    /// What is there can still be read.
    ///
    /// - Parameter error: nil where it was closed.
    mutating func finish(_ error: (any Error)?) {
        guard end == nil else { return }
        end = error.map { .failure($0) } ?? .success(())
        for promise in writers.values { promise.fail(error ?? Self.closed) }
        writers = [:]
        deliver()
    }

    private mutating func deliver() {
        guard let waiting = reader else { return }
        if !buffer.isEmpty {
            waiting.succeed(buffer.take())
        } else if let end {
            if let error = end.error { waiting.fail(error) } else { waiting.succeed(nil) }
        } else {
            return
        }
        reader = nil
    }

    private static let closed = IPMIError(.transport, "the serial console is closed")
}

extension Result where Success == Void, Failure == any Error {
    fileprivate var error: (any Error)? { if case .failure(let error) = self { error } else { nil } }
}
