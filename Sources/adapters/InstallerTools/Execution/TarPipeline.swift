import Primitives
import Synchronization

/// An archive on its way: from where it is read, through the program that decompresses it, past the guard, into the
/// program that unpacks it.
struct TarPipeline: Sendable {
    /// What the archive is, for messages: `The image debian-12`.
    let title: String
    /// nil where the archive is not compressed.
    let decompression: Command?
    let extraction: Command
    /// Whether names may begin with a slash.
    var takesAbsoluteNames = false

    /// Unpacks all of it.
    ///
    /// - Returns: the names of its regular files, as many as `TarGuard.nameLimit`.
    /// - Throws: what `source` throws; `BoatyardError` `archive.*`; `CommandFailure` of the program that failed.
    func run(_ source: @escaping Source) async throws -> [String] {
        let extractor = try ChildProcess(extraction, input: .pieces)
        let watch = TarWatch(TarGuard(title: title, takesAbsoluteNames: takesAbsoluteNames))
        let take: @Sendable ([UInt8]) async throws -> Void = { piece in
            try watch.inspect(piece)
            try await extractor.write(piece)
        }
        do {
            if let decompression {
                let decompressor = try ChildProcess(decompression, input: .pieces, output: .pieces)
                do {
                    try await pass(source, through: decompressor, to: take)
                } catch {
                    throw await Self.cause(of: error, extractor, decompressor)
                }
            } else {
                try await source(take)
            }
            try watch.finish()
            extractor.closeInput()
            try await extractor.succeed()
        } catch {
            let cause = await Self.cause(of: error, extractor)
            extractor.stop()
            _ = await extractor.finish()
            throw Self.explained(cause)
        }
        return watch.names
    }

    private func pass(
        _ source: @escaping Source, through decompressor: ChildProcess,
        to take: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup { group in
            group.addTask {
                let batch = Batch()
                try await source { piece in
                    if let bytes = batch.add(piece) { try await decompressor.write(bytes) }
                }
                let rest = batch.rest()
                if !rest.isEmpty { try await decompressor.write(rest) }
                decompressor.closeInput()
            }
            group.addTask {
                while let piece = try await decompressor.read() { try await take(piece) }
                try await decompressor.succeed()
            }
            do {
                // The first that fails ends the other; waitForAll() would wait for both.
                while try await group.next() != nil {}
            } catch {
                // Whoever still writes to it or reads from it gets an end.
                group.cancelAll()
                try? await Task.sleep(for: .milliseconds(100))
                decompressor.stop()
                throw error
            }
        }
    }

    /// tar does not say why only a part of what it wrote was taken.
    private static func explained(_ error: any Error) -> any Error {
        guard let failure = error as? CommandFailure, failure.output.contains(": Wrote only ") else { return error }
        return CommandFailure(failure.code, failure.message, output: failure.output + "\nNo space left on device")
    }

    /// Where a program took no more input, why it ended says more.
    private static func cause(
        of error: any Error, _ extractor: ChildProcess, _ decompressor: ChildProcess? = nil
    ) async -> any Error {
        guard let failure = error as? CommandFailure, failure.code == "process.input" else { return error }
        extractor.closeInput()
        // What reads an archive without an end fails, too, and is not the reason.
        for process in [decompressor, extractor].compactMap({ $0 }) {
            let outcome = await process.finish()
            if case .exited(0) = outcome.end { continue }
            if case .cancelled = outcome.end { continue }
            return process.failure(outcome)
        }
        return error
    }
}

/// A guard that is asked from one task after the other.
private final class TarWatch: Sendable {
    private let state: Mutex<TarGuard>

    init(_ start: TarGuard) { state = Mutex(start) }

    func inspect(_ piece: [UInt8]) throws { try state.withLock { try $0.inspect(piece) } }

    func finish() throws { try state.withLock { try $0.finish() } }

    var names: [String] { state.withLock { $0.names } }
}

/// Pieces of a download, which are some KiB each, until there are enough of them for a program to be woken.
private final class Batch: Sendable {
    private static let size = 256 << 10
    private let bytes = Mutex<[UInt8]>([])

    func add(_ piece: [UInt8]) -> [UInt8]? {
        bytes.withLock { bytes in
            bytes += piece
            guard bytes.count >= Self.size else { return nil }
            defer { bytes = [] }
            return bytes
        }
    }

    func rest() -> [UInt8] { bytes.withLock { $0 } }
}
