import Foundation
import Glibc
import Synchronization

/// A program on a terminal of its own, which `script` makes.
package final class Terminal: Sendable {
    private struct State {
        var text = ""
        /// Nil while it runs.
        var status: Int32?
        var waiters: [(word: String, resume: CheckedContinuation<Void, any Error>)] = []
    }

    private let state = Mutex(State())
    private let input: FileHandle
    private let process: Mutex<Process>

    /// Whether there is `script`; prints where it is not.
    package static var isThere: Bool {
        if access(script, X_OK) == 0 { return true }
        print("skipped: there is no \(script)")
        return false
    }

    private static let script = "/usr/bin/script"

    /// - Parameter command: for a shell.
    package init(_ command: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        process.arguments = ["-k", "5", "120", Self.script, "-qfec", command, "/dev/null"]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        process.standardError = output
        self.input = input.fileHandleForWriting
        try process.run()
        self.process = Mutex(process)
        Thread.detachNewThread { [self] in
            // A handle's own read waits until so many bytes are there.
            var bytes = [UInt8](repeating: 0, count: 4096)
            let descriptor = output.fileHandleForReading.fileDescriptor
            while true {
                let count = read(descriptor, &bytes, bytes.count)
                guard count > 0 else { break }
                take(String(decoding: bytes.prefix(count), as: UTF8.self))
            }
            end()
        }
    }

    deinit { process.withLock { if $0.isRunning { $0.terminate() } } }

    /// All that it has written.
    package var text: String { state.withLock { $0.text } }

    /// Returns once it has written `word`.
    package func wait(for word: String) async throws {
        try await withCheckedThrowingContinuation { continuation in
            state.withLock { state in
                if state.text.contains(word) { return continuation.resume() }
                if state.status != nil {
                    return continuation.resume(throwing: Trouble("it ended without '\(word)': \(state.text)"))
                }
                state.waiters.append((word, continuation))
            }
        }
    }

    /// Returns its exit status once it has ended.
    @discardableResult
    package func waitForEnd() async -> Int32 {
        _ = try? await wait(for: "\u{0}never\u{0}")
        return state.withLock { $0.status ?? -1 }
    }

    package func type(_ text: String) throws { try input.write(contentsOf: Data(text.utf8)) }

    private func take(_ piece: String) {
        state.withLock { state in
            state.text += piece
            let present = state.text
            for waiter in state.waiters where present.contains(waiter.word) { waiter.resume.resume() }
            state.waiters.removeAll { present.contains($0.word) }
        }
    }

    private func end() {
        let status = process.withLock { process in
            while process.isRunning { usleep(2000) }
            return process.terminationStatus
        }
        state.withLock { state in
            state.status = status
            for waiter in state.waiters {
                waiter.resume.resume(throwing: Trouble("it ended without '\(waiter.word)': \(state.text)"))
            }
            state.waiters = []
        }
    }
}
