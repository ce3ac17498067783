import Dispatch
import Glibc
import Primitives
import Processes
import Simulator
import Synchronization

/// A program of this host that runs until it is stopped, and writes into a file.
final class LoggedProgram: Sendable {
    private let process: pid_t
    private let ended = DispatchGroup()
    private let outcome = Mutex<SpawnedProcess.End?>(nil)

    /// Stopping waits so long before the program is killed. In seconds.
    private static let patience = 15

    /// - Parameter log: what it writes is appended to this file.
    /// - Throws: `RehearsalError` where the file cannot be opened, or the program not started.
    init(_ path: String, _ arguments: [String], environment: [String: String] = [:], log: String) throws(RehearsalError)
    {
        let descriptor = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw RehearsalError("Cannot write \(log): \(systemErrorText()).") }
        defer { close(descriptor) }
        let usual = ["PATH": SpawnedProcess.folders.joined(separator: ":"), "LC_ALL": "C.UTF-8"]
        do {
            process = try SpawnedProcess.start(
                path, arguments, environment: usual.merging(environment) { $1 },
                streams: .init(output: descriptor, errors: descriptor))
        } catch {
            throw RehearsalError("Cannot run \(path): \(error).")
        }
        ended.enter()
        DispatchQueue.global().async { [self] in
            let end = SpawnedProcess.wait(for: process)
            outcome.withLock { $0 = end }
            ended.leave()
        }
    }

    var isRunning: Bool { outcome.withLock { $0 == nil } }

    /// Without effect on one that has ended: its number may be another's.
    func send(_ signal: CInt) {
        outcome.withLock { end in
            if end == nil { kill(process, signal) }
        }
    }

    /// Returns once it does not run. Blocks its thread.
    func stop() {
        send(SIGTERM)
        if ended.wait(timeout: .now() + .seconds(Self.patience)) == .timedOut {
            send(SIGKILL)
            ended.wait()
        }
    }

    /// Waits for its end. Where the task is cancelled it is stopped.
    func end() async -> SpawnedProcess.End {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                ended.notify(queue: .global()) { continuation.resume() }
            }
            return outcome.withLock { $0 } ?? .exited(0)
        } onCancel: {
            send(SIGTERM)
        }
    }
}
