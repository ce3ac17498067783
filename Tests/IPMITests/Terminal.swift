import Foundation
import Glibc
import Synchronization
import TestSupport

/// A program on a terminal of its own, which `script` makes.
final class Terminal: Sendable {
    private struct State {
        var text = ""
        var hasEnded = false
        var waiters: [(word: String, resume: CheckedContinuation<Void, any Error>)] = []
    }

    private let state = Mutex(State())
    private let input: FileHandle
    private let process: Mutex<Process>

    /// - Parameter command: for a shell.
    init(_ command: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
        process.arguments = ["-k", "5", "120", "/usr/bin/script", "-qfec", command, "/dev/null"]
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
    var text: String { state.withLock { $0.text } }

    /// Returns once it has written `word`.
    func wait(for word: String) async throws {
        try await withCheckedThrowingContinuation { continuation in
            state.withLock { state in
                if state.text.contains(word) { return continuation.resume() }
                if state.hasEnded {
                    return continuation.resume(throwing: Trouble("it ended without '\(word)': \(state.text)"))
                }
                state.waiters.append((word, continuation))
            }
        }
    }

    /// Returns once it has ended.
    func waitForEnd() async {
        _ = try? await wait(for: "\u{0}never\u{0}")
    }

    func type(_ text: String) throws { try input.write(contentsOf: Data(text.utf8)) }

    private func take(_ piece: String) {
        state.withLock { state in
            state.text += piece
            let present = state.text
            for waiter in state.waiters where present.contains(waiter.word) { waiter.resume.resume() }
            state.waiters.removeAll { present.contains($0.word) }
        }
    }

    private func end() {
        state.withLock { state in
            state.hasEnded = true
            for waiter in state.waiters {
                waiter.resume.resume(throwing: Trouble("it ended without '\(waiter.word)': \(state.text)"))
            }
            state.waiters = []
        }
    }
}

/// What was told, in order, and a wait for it.
final class Recorder<Element: Sendable>: Sendable {
    private struct State {
        var elements: [Element] = []
        var waiters: [(isEnough: @Sendable ([Element]) -> Bool, resume: CheckedContinuation<Void, Never>)] = []
    }

    private let state = Mutex(State())

    var all: [Element] { state.withLock { $0.elements } }

    func add(_ element: Element) {
        state.withLock { state in
            state.elements.append(element)
            let all = state.elements
            for waiter in state.waiters where waiter.isEnough(all) { waiter.resume.resume() }
            state.waiters.removeAll { $0.isEnough(all) }
        }
    }

    func wait(until isEnough: @escaping @Sendable ([Element]) -> Bool) async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if isEnough(state.elements) { return continuation.resume() }
                state.waiters.append((isEnough, continuation))
            }
        }
    }
}
