import Glibc
import Primitives

/// Runs a program that ends soon, and keeps what it prints. Blocks its thread.
package enum ShortProcess {
    package struct Outcome: Sendable, Hashable {
        /// The exit status; 128 and the number of the signal that ended it.
        package var status: Int
        /// Of both streams, the first bytes, without blanks at the end.
        package var output: String

        /// Whether it was killed, as at its deadline.
        package var wasKilled: Bool { status - 128 == Int(SIGKILL) }
    }

    /// - Parameters:
    ///   - arguments: the path of the program, then what it is given. No shell sees them.
    ///   - environment: beside `PATH` and `LC_ALL`.
    ///   - input: what it reads; at most 64 KiB are taken by a pipe without a reader, the rest waits for it.
    ///   - limit: how many bytes of its output are kept; the rest is read and dropped.
    ///   - seconds: after so many the program is killed, with status 137.
    ///   - stop: a descriptor; the program is killed once something can be read from it, or its other end is closed.
    /// - Throws: `BoatyardError` `process.start` where it cannot be started.
    package static func run(
        _ arguments: [String], environment: [String: String] = [:], input: [UInt8] = [], limit: Int = 64 << 10,
        seconds: Double, stop: CInt? = nil
    ) throws(BoatyardError) -> Outcome {
        do {
            let ends = try SpawnedProcess.pipe()
            defer { close(ends.read) }
            var sink: CInt = -1
            let process: pid_t
            do {
                defer { close(ends.write) }
                let source = input.isEmpty ? nil : try SpawnedProcess.pipe()
                defer { if let source { close(source.read) } }
                sink = source?.write ?? -1
                process = try SpawnedProcess.start(
                    arguments.first ?? "", Array(arguments.dropFirst()),
                    environment: [
                        "PATH": SpawnedProcess.folders.joined(separator: ":"), "LC_ALL": "C",
                    ].merging(environment) { $1 },
                    streams: .init(input: source?.read, output: ends.write, errors: ends.write))
            } catch {
                if sink >= 0 { close(sink) }
                throw error
            }
            var exchange = Exchange(
                process: process, source: ends.read, sink: sink, rest: input[...], stop: stop ?? -1, limit: limit,
                end: ContinuousClock.now + .seconds(seconds))
            exchange.run()
            let status =
                switch SpawnedProcess.wait(for: process) {
                case .exited(let status): Int(status)
                case .signalled(let number): 128 + Int(number)
                }
            return Outcome(status: status, output: String(decoding: exchange.output, as: UTF8.self).trimmed)
        } catch {
            throw BoatyardError(
                "process.start", "Cannot run \(arguments.first ?? ""): \(error). Is its package installed?")
        }
    }

    /// What goes into a program and what comes out of it, until it closes its output.
    private struct Exchange {
        let process: pid_t
        let source: CInt
        /// Negative where there is nothing to write any more.
        var sink: CInt
        var rest: ArraySlice<UInt8>
        let stop: CInt
        let limit: Int
        let end: ContinuousClock.Instant
        var output: [UInt8] = []

        mutating func run() {
            defer { closeSink() }
            if sink >= 0 { _ = fcntl(sink, F_SETFL, O_NONBLOCK) }
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let left = (end - ContinuousClock.now) / .milliseconds(1)
                guard left > 0 else { return end(by: SIGKILL) }
                var wanted = [
                    pollfd(fd: source, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: sink, events: Int16(POLLOUT), revents: 0),
                    pollfd(fd: stop, events: Int16(POLLIN), revents: 0),
                ]
                guard poll(&wanted, nfds_t(wanted.count), CInt(min(left, 60_000).rounded(.up))) > 0 else { continue }
                if wanted[2].revents != 0 { return end(by: SIGKILL) }
                if wanted[1].revents != 0 { write() }
                guard wanted[0].revents != 0 else { continue }
                let count = read(source, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                output += buffer[..<min(count, max(0, limit - output.count))]
            }
        }

        private func end(by signal: CInt) { kill(process, signal) }

        private mutating func write() {
            let count = rest.withUnsafeBytes { Glibc.write(sink, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) }
            // A program that does not want its input is free to leave it.
            if rest.isEmpty || (count < 0 && errno != EAGAIN && errno != EINTR) { closeSink() }
        }

        private mutating func closeSink() {
            if sink >= 0 { close(sink) }
            sink = -1
        }
    }
}
