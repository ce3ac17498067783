import Glibc
import Primitives
import Processes

/// Runs a program that ends soon, and keeps what it prints. Blocks its thread.
enum ShortProcess {
    struct Outcome: Sendable, Hashable {
        /// The exit status; 128 and the number of the signal that ended it.
        var status: Int
        /// Of both streams, the first 64 KiB, without blanks at the end.
        var output: String
    }

    /// - Parameters:
    ///   - arguments: the path of the program, then what it is given. No shell sees them.
    ///   - seconds: after so many the program is killed, with status 137.
    /// - Throws: `BoatyardError` `process.start` where it cannot be started.
    static func run(_ arguments: [String], seconds: Int) throws(BoatyardError) -> Outcome {
        do {
            let ends = try SpawnedProcess.pipe()
            defer { close(ends.read) }
            let process: pid_t
            do {
                defer { close(ends.write) }
                process = try SpawnedProcess.start(
                    arguments.first ?? "", Array(arguments.dropFirst()),
                    environment: ["PATH": SpawnedProcess.folders.joined(separator: ":"), "LC_ALL": "C"],
                    streams: .init(output: ends.write, errors: ends.write))
            }
            let output = collect(ends.read, process, until: ContinuousClock.now + .seconds(seconds))
            let status =
                switch SpawnedProcess.wait(for: process) {
                case .exited(let status): Int(status)
                case .signalled(let number): 128 + Int(number)
                }
            return Outcome(status: status, output: String(decoding: output, as: UTF8.self).trimmed)
        } catch {
            throw BoatyardError(
                "process.start", "Cannot run \(arguments.first ?? ""): \(error). Is its package installed?")
        }
    }

    private static func collect(
        _ descriptor: CInt, _ process: pid_t, until deadline: ContinuousClock.Instant
    ) -> [UInt8] {
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let left = (deadline - ContinuousClock.now) / .milliseconds(1)
            guard left > 0 else {
                kill(process, SIGKILL)
                return output
            }
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&wanted, 1, CInt(min(left, 60_000).rounded(.up))) > 0 else { continue }
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return output }
            output += buffer[..<min(count, max(0, (64 << 10) - output.count))]
        }
    }
}
