import Glibc
import Primitives
import Processes
import Synchronization

/// A program that runs, with pipes to it. It is ended with its owner.
package final class ToolProcess {
    /// What it reads, or writes.
    package enum Stream {
        case nothing
        case pipe
        /// A file that is open.
        case descriptor(CInt)
    }

    private let tool: Tool
    private var process: pid_t
    private var input: CInt
    private var output: CInt
    private var errors: CInt
    private var partialLine: [UInt8] = []
    /// The last lines that it wrote to its standard error.
    package private(set) var lastLines: [String] = []
    /// Is called with each line that it writes to its standard error.
    private let report: (String) -> Void

    private struct Running {
        var processes: Set<pid_t> = []
        var isEnding = false
    }

    /// All of this process.
    private static let running = Mutex(Running())

    /// How many lines are kept, and how much of each, in bytes.
    private static let lineCount = 60
    private static let lineLength = 1000
    private static let pieceSize = 256 << 10

    /// Starts it.
    ///
    /// - Throws: `BoatyardError` `build.tool`.
    package init(
        _ tool: Tool, input: Stream = .nothing, output: Stream = .nothing,
        report: @escaping (String) -> Void = { _ in }
    ) throws(BoatyardError) {
        self.tool = tool
        self.report = report
        let path = try tool.path()
        var theirs: [CInt] = []
        var ours: [CInt] = []
        defer { for descriptor in theirs { Glibc.close(descriptor) } }
        do {
            func end(_ stream: Stream, isInput: Bool) throws(SpawnedProcess.Failure) -> (CInt?, CInt) {
                switch stream {
                case .nothing: return (nil, -1)
                case .descriptor(let descriptor): return (descriptor, -1)
                case .pipe:
                    let ends = try SpawnedProcess.pipe()
                    theirs.append(isInput ? ends.read : ends.write)
                    ours.append(isInput ? ends.write : ends.read)
                    return isInput ? (ends.read, ends.write) : (ends.write, ends.read)
                }
            }
            let (programInput, input) = try end(input, isInput: true)
            let (programOutput, output) = try end(output, isInput: false)
            let (programErrors, errors) = try end(.pipe, isInput: false)
            process = try Self.start(
                path, tool, .init(input: programInput, output: programOutput, errors: programErrors))
            (self.input, self.output, self.errors) = (input, output, errors)
        } catch {
            for descriptor in ours { Glibc.close(descriptor) }
            throw BoatyardError("build.tool", "\(tool.program) cannot be started: \(error).")
        }
    }

    deinit {
        for descriptor in [input, output, errors] where descriptor >= 0 { Glibc.close(descriptor) }
        if process > 0 {
            kill(process, SIGTERM)
            _ = reap()
        }
    }

    private static func start(
        _ path: String, _ tool: Tool, _ streams: SpawnedProcess.Streams
    ) throws(SpawnedProcess.Failure) -> pid_t {
        let result = running.withLock { running -> Result<pid_t, SpawnedProcess.Failure> in
            if running.isEnding { return .failure(.init(number: ECANCELED)) }
            do throws(SpawnedProcess.Failure) {
                let process = try SpawnedProcess.start(
                    path, tool.arguments, environment: tool.variables, streams: streams)
                running.processes.insert(process)
                return .success(process)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Ends all programs that run, and lets no other begin: whoever waits for one sees it fail.
    package static func endAll() {
        running.withLock { running in
            running.isEnding = true
            for process in running.processes { kill(process, SIGTERM) }
        }
    }

    /// Runs a program to its end.
    ///
    /// - Parameter input: what it reads; no pipe, which nobody would write to.
    /// - Returns: what it wrote to its standard output, of which it may be no more than 16 MiB.
    /// - Throws: `BoatyardError` `build.tool` where it fails, with its last lines.
    @discardableResult
    package static func run(_ tool: Tool, input: Stream = .nothing) throws -> [UInt8] {
        let running = try ToolProcess(tool, input: input, output: .pipe)
        var output: [UInt8] = []
        try running.read { piece in
            guard output.count + piece.count <= 16 << 20 else {
                throw BoatyardError("build.tool", "\(tool.program) writes more than is read.")
            }
            output += piece
        }
        try running.finish()
        return output
    }

    /// Hands over bytes to its standard input; waits while it takes none.
    ///
    /// - Throws: `BoatyardError` `build.tool` where it has ended, with its last lines.
    package func write(_ bytes: some Sequence<UInt8>) throws {
        let bytes = Array(bytes)
        var written = 0
        while written < bytes.count {
            let count = bytes[written...].withUnsafeBytes { Glibc.write(input, $0.baseAddress, $0.count) }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                try finish()
                throw Self.failure("takes no more input", tool)
            }
        }
    }

    /// Reads what it writes to its standard output, and its standard error, to the ends of both.
    package func read(_ take: (ArraySlice<UInt8>) throws -> Void) throws {
        var buffer = [UInt8](repeating: 0, count: Self.pieceSize)
        while output >= 0 || errors >= 0 {
            var wanted = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard poll(&wanted, nfds_t(wanted.count), -1) >= 0 else {
                if errno == EINTR { continue }
                throw Self.failure("cannot be read from", tool)
            }
            if wanted[0].revents != 0 {
                let count = Glibc.read(output, &buffer, buffer.count)
                if count > 0 { try take(buffer[..<count]) } else if count == 0 || errno != EINTR { Self.close(&output) }
            }
            if wanted[1].revents != 0 {
                let count = Glibc.read(errors, &buffer, buffer.count)
                if count > 0 { note(buffer[..<count]) } else if count == 0 || errno != EINTR { Self.close(&errors) }
            }
        }
        if !partialLine.isEmpty { note([0x0A]) }
    }

    /// Ends its input, and waits for its end.
    ///
    /// - Throws: `BoatyardError` `build.tool` where it has failed, with its last lines.
    package func finish() throws {
        Self.close(&input)
        try read { _ in }
        let end: String
        switch reap() {
        case .exited(0), nil: return
        case .exited(let status): end = "has failed with status \(status)"
        case .signalled(let number): end = "was ended by signal \(number)"
        }
        let lines = lastLines.suffix(12).map { "\n  \($0)" }.joined()
        throw BoatyardError("build.tool", "\(tool.program) \(end)\(lines.isEmpty ? "." : ":\(lines)")")
    }

    private func reap() -> SpawnedProcess.End? {
        guard process > 0 else { return nil }
        defer { process = 0 }
        // Its number is another's once it has been waited for.
        var end = siginfo_t()
        while waitid(P_PID, id_t(process), &end, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        Self.running.withLock { _ = $0.processes.remove(process) }
        return SpawnedProcess.wait(for: process)
    }

    private func note(_ bytes: ArraySlice<UInt8>) {
        for byte in bytes {
            guard byte == 0x0A || byte == 0x0D else {
                if partialLine.count < Self.lineLength { partialLine.append(byte) }
                continue
            }
            let line = String(decoding: partialLine, as: UTF8.self)
            partialLine = []
            guard !line.isEmpty else { continue }
            lastLines.append(line)
            if lastLines.count > Self.lineCount { lastLines.removeFirst() }
            report(line)
        }
    }

    private static func close(_ descriptor: inout CInt) {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    private static func failure(_ what: String, _ tool: Tool) -> BoatyardError {
        BoatyardError("build.tool", "\(tool.program) \(what): \(systemErrorText()).")
    }
}
