import Dispatch
import Glibc
import Processes
import Synchronization

/// Reads what a program writes, ends it when its time is up, and knows how it ended.
final class Supervision: Sendable {
    private struct State {
        var outcome: CommandOutcome?
        var waiters: [CheckedContinuation<CommandOutcome, Never>] = []
        var isStopped = false
        /// Whether the program has ended; somebody has to collect it.
        var hasEnded = false
        /// Whether nobody waits for that any longer.
        var isLeft = false
    }

    private let command: Command
    private let process: pid_t
    private let output: Descriptor
    private let errors: Descriptor
    private let state = Mutex(State())
    /// Written to wake the thread: `x` when the program has ended, `s` when it is to be stopped.
    private let wake: Descriptor
    private let awakening: Descriptor

    /// In seconds: what a program gets between SIGTERM and SIGKILL, and what others that hold its pipes get after its end.
    private static let patience = 2.0
    /// In seconds: what it gets after SIGKILL. Longer than that takes only what waits for a device that does not answer.
    private static let lastPatience = 10.0

    init(_ command: Command, process: pid_t, output: Descriptor, errors: Descriptor) {
        self.command = command
        self.process = process
        self.output = output
        self.errors = errors
        // Without it the program still ends at its deadline.
        let ends = try? SpawnedProcess.pipe()
        wake = Descriptor(ends?.write ?? -1)
        awakening = Descriptor(ends?.read ?? -1)
    }

    func begin() {
        ChildProcess.threads.async { [self] in
            // The program stays a zombie until it is collected below, so that its number is nobody else's meanwhile.
            var information = siginfo_t()
            while waitid(P_PID, id_t(process), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            let isLeft = state.withLock { state in
                state.hasEnded = true
                return state.isLeft
            }
            if isLeft { _ = SpawnedProcess.wait(for: process) }
            try? wake.write([UInt8(ascii: "x")])
        }
        ChildProcess.threads.async { [self] in end(with: watch()) }
    }

    func stop() {
        let isFirst = state.withLock { state in
            defer { state.isStopped = true }
            return !state.isStopped && state.outcome == nil
        }
        if isFirst { try? wake.write([UInt8(ascii: "s")]) }
    }

    func outcome() async -> CommandOutcome {
        await withCheckedContinuation { continuation in
            let outcome = state.withLock { state in
                if state.outcome == nil { state.waiters.append(continuation) }
                return state.outcome
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }

    private func end(with outcome: CommandOutcome) {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            state.outcome = outcome
            return state.waiters
        }
        for waiter in waiters { waiter.resume(returning: outcome) }
    }

    /// Waits no longer for a program that SIGKILL does not end; it is collected whenever it ends.
    ///
    /// - Returns: false where it has ended at this moment.
    private func leave() -> Bool {
        state.withLock { state in
            state.isLeft = !state.hasEnded
            return state.isLeft
        }
    }

    private func watch() -> CommandOutcome {
        var outcome = CommandOutcome(end: .exited(0), output: [], isTruncated: false, tail: [])
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var reason: CommandOutcome.End?
        var hasEnded = false
        var next = ContinuousClock.now + .seconds(command.deadline)
        var signal = SIGTERM
        var isKilled = false
        loop: while true {
            var wanted = [awakening, output, errors].map { pollfd(fd: $0.value, events: Int16(POLLIN), revents: 0) }
            let hasPipes = wanted[1].fd >= 0 || wanted[2].fd >= 0
            if hasEnded, !hasPipes { break }
            let left = max(0, (next - ContinuousClock.now) / .milliseconds(1))
            let count = poll(&wanted, nfds_t(wanted.count), CInt(exactly: left.rounded(.up)) ?? 60_000)
            if count == 0, ContinuousClock.now >= next {
                // Who still holds the pipes is not the program.
                if hasEnded { break loop }
                if isKilled {
                    guard leave() else { break loop }
                    outcome.end = reason ?? .late
                    outcome.isLeft = true
                    return outcome
                }
                if reason == nil { reason = .late }
                kill(-process, signal)
                isKilled = signal == SIGKILL
                signal = SIGKILL
                next = ContinuousClock.now + .seconds(isKilled ? Self.lastPatience : Self.patience)
                continue
            }
            if wanted[0].revents != 0 {
                let count = read(awakening.value, &buffer, buffer.count)
                for byte in buffer.prefix(max(0, count)) {
                    if byte == UInt8(ascii: "x") {
                        hasEnded = true
                        next = ContinuousClock.now + .seconds(Self.patience)
                    } else if !hasEnded {
                        if reason == nil { reason = .cancelled }
                        if !isKilled { next = .now }
                    }
                }
            }
            if wanted[1].revents != 0 { take(output, into: &outcome, isOutput: true, &buffer) }
            if wanted[2].revents != 0 { take(errors, into: &outcome, isOutput: false, &buffer) }
        }
        // Nothing that it has started outlives it, unless it took itself out of the group.
        kill(-process, SIGKILL)
        let end = SpawnedProcess.wait(for: process)
        outcome.end =
            switch (reason, end) {
            case (let reason?, _): reason
            case (nil, .exited(let status)): .exited(status)
            case (nil, .signalled(let number)): .signalled(number)
            }
        return outcome
    }

    private func take(
        _ pipe: Descriptor, into outcome: inout CommandOutcome, isOutput: Bool, _ buffer: inout [UInt8]
    ) {
        let count = read(pipe.value, &buffer, buffer.count)
        guard count > 0 else {
            if count == 0 || errno != EINTR { pipe.close() }
            return
        }
        if isOutput {
            let kept = min(count, command.outputLimit - outcome.output.count)
            outcome.output += buffer[..<kept]
            if kept < count { outcome.isTruncated = true }
        }
        outcome.tail += buffer[..<count]
        let surplus = outcome.tail.count - CommandOutcome.tailLimit
        if surplus > 0 { outcome.tail.removeSubrange(..<surplus) }
    }
}
