import Dispatch
import Glibc
import Synchronization

/// A running program in a process group of its own.
///
/// One thread reads what it writes and ends it at its deadline, another waits for its end. Whoever writes to it does so
/// from one task at a time, and so does whoever reads from it.
package final class ChildProcess: Sendable {
    /// What a standard stream of the program is connected with.
    package enum Stream: Sendable {
        /// Its input: the command's; its output: what `finish` returns.
        case whole
        /// `write`, or `read`.
        case pieces
    }

    private let command: Command
    private let group: pid_t
    private let input: Descriptor
    private let output: Descriptor
    private let supervision: Supervision

    /// The program's own, whatever the installer was started with.
    package static let environment = [
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "TERM": "dumb",
        "DEBIAN_FRONTEND": "noninteractive",
        // Nothing that the installer starts waits for lvm's lock for ever, or complains of its descriptors.
        "LVM_SUPPRESS_FD_WARNINGS": "1",
    ]

    /// Writing to a program that reads no more is an error of the call, not the end of this process.
    private static let ignoresBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()

    /// Starts a program.
    ///
    /// - Throws: `CommandFailure` `process.missing` or `process.start`.
    package init(_ command: Command, input: Stream = .whole, output: Stream = .whole) throws(CommandFailure) {
        _ = Self.ignoresBrokenPipes
        let ends = try Ends(command, input: input, output: output)
        self.command = command
        self.input = ends.input
        self.output = output == .pieces ? ends.output : Descriptor(-1)
        group = ends.process
        supervision = Supervision(
            command, process: ends.process, output: output == .pieces ? Descriptor(-1) : ends.output,
            errors: ends.errors)
        supervision.begin()
        if input == .whole { feed(command.input ?? []) }
    }

    /// Runs a program to its end.
    ///
    /// - Throws: `CommandFailure` where it fails; `CancellationError`.
    @discardableResult
    package static func run(_ command: Command) async throws -> CommandOutcome {
        let outcome = try await ChildProcess(command).finish()
        guard case .exited(let status) = outcome.end, command.successes.contains(status) else {
            try Task.checkCancellation()
            throw CommandFailure(command, outcome)
        }
        return outcome
    }

    /// Waits for the end of the program. Where the task is cancelled the program is ended.
    package func finish() async -> CommandOutcome {
        await withTaskCancellationHandler {
            await supervision.outcome()
        } onCancel: {
            supervision.stop()
        }
    }

    /// The same, and throws `CommandFailure` where it fails.
    @discardableResult
    package func succeed() async throws -> CommandOutcome {
        let outcome = await finish()
        guard case .exited(let status) = outcome.end, command.successes.contains(status) else {
            throw CommandFailure(command, outcome)
        }
        return outcome
    }

    /// How it failed, for whoever has its outcome.
    func failure(_ outcome: CommandOutcome) -> CommandFailure { CommandFailure(command, outcome) }

    /// Ends the program with all that it has started; `finish` returns soon.
    package func stop() { supervision.stop() }

    /// Returns once the program, or the pipe to it, has taken all bytes.
    ///
    /// - Throws: `CommandFailure` `process.input` where it takes no more.
    package func write(_ bytes: [UInt8]) async throws {
        try await Self.blocking { [input] in try input.write(bytes) }
    }

    /// The program reads the end of its input.
    package func closeInput() { input.close() }

    /// The next bytes of its output, at most 256 KiB; nil at the end.
    package func read() async throws -> [UInt8]? {
        try await Self.blocking { [output] in try output.read() }
    }

    private func feed(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return input.close() }
        Self.threads.async { [input] in
            // A program that does not want its input is free to leave it.
            try? input.write(bytes)
            input.close()
        }
    }

    /// Threads for calls that block. Those of the concurrency pool must not.
    static let threads = DispatchQueue(label: "boatyard.processes", attributes: .concurrent)

    private static func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            threads.async { continuation.resume(with: Result(catching: body)) }
        }
    }
}

/// A descriptor that several threads know. Closed with its last owner.
final class Descriptor: Sendable {
    private let number: Mutex<CInt>
    private static let pieceSize = 256 << 10

    init(_ number: CInt) { self.number = Mutex(number) }

    deinit { close() }

    /// Negative once it is closed.
    var value: CInt { number.withLock { $0 } }

    func close() {
        let open = number.withLock { number in
            defer { number = -1 }
            return number
        }
        if open >= 0 { Glibc.close(open) }
    }

    func write(_ bytes: [UInt8]) throws(CommandFailure) {
        var written = 0
        while written < bytes.count {
            let descriptor = value
            let count = bytes[written...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw CommandFailure("process.input", "a program takes no more input")
            }
        }
    }

    func read() throws(CommandFailure) -> [UInt8]? {
        let descriptor = value
        while true {
            var count = 0
            let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { buffer, initialized in
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                initialized = max(0, count)
            }
            if count > 0 { return piece }
            if count == 0 { return nil }
            if errno != EINTR { throw CommandFailure("process.output", "the output of a program cannot be read") }
        }
    }
}
