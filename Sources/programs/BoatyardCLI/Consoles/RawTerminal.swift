import Dispatch
import Glibc
import Primitives
import Synchronization

/// The terminal on standard input while every key goes to a machine. It is given back as it was however the program ends.
enum RawTerminal {
    private static let saved = Mutex<termios?>(nil)
    private static let sources = Mutex<[any DispatchSourceSignal]>([])

    /// Signals that end a program.
    private static let signals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    static var isThere: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    static var absent: Failure {
        Failure(
            "Error: to type at a machine takes a terminal on standard input and output.", exitCode: Failure.usage)
    }

    /// - Throws: `Failure` where it is no terminal.
    static func enter() throws {
        var present = termios()
        guard isThere, tcgetattr(STDIN_FILENO, &present) == 0 else {
            throw absent
        }
        saved.withLock { $0 = present }
        atexit { RawTerminal.leave() }
        sources.withLock { sources in
            sources = signals.map { number in
                signal(number, SIG_IGN)
                let source = DispatchSource.makeSignalSource(signal: number)
                source.setEventHandler {
                    leave()
                    Glibc.exit(128 + number)
                }
                source.resume()
                return source
            }
        }
        cfmakeraw(&present)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &present)
    }

    /// Once; later calls do nothing.
    static func leave() {
        guard
            var former = saved.withLock({ saved in
                defer { saved = nil }
                return saved
            })
        else { return }
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &former)
    }

    /// What is typed next; nil at its end, and where the task is cancelled.
    static func read() async -> [UInt8]? {
        while !Task.isCancelled {
            let typed = await withCheckedContinuation { continuation in
                thread.async { continuation.resume(returning: poll()) }
            }
            switch typed {
            case .nothing: continue
            case .characters(let characters): return characters
            case .end: return nil
            }
        }
        return nil
    }

    private static let thread = DispatchQueue(label: "boatyard.terminal")

    private enum Typed: Sendable {
        case nothing
        case characters([UInt8])
        case end
    }

    private static func poll() -> Typed {
        var input = pollfd(fd: STDIN_FILENO, events: Int16(truncatingIfNeeded: POLLIN), revents: 0)
        guard Glibc.poll(&input, 1, 250) > 0 else { return .nothing }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = Glibc.read(STDIN_FILENO, &bytes, bytes.count)
        if count < 0, errno == EINTR || errno == EAGAIN { return .nothing }
        return count > 0 ? .characters(Array(bytes.prefix(count))) : .end
    }
}
