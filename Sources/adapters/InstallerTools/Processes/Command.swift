/// A program to run, with its arguments as they are: no shell reads them.
package struct Command: Sendable, Hashable {
    /// The program's name, or its path, and its arguments.
    package var arguments: [String]
    /// What it reads on its standard input; nil for nothing.
    package var input: [UInt8]?
    /// In seconds: how long it may run. It is ended afterwards, with all that it has started.
    package var deadline: Double
    /// How many bytes of its standard output are kept.
    package var outputLimit: Int
    /// Variables of its environment beside those that every program gets (`ChildProcess.environment`).
    package var environment: [String: String]
    /// The exit statuses that count as success.
    package var successes: Set<Int32>

    package init(
        _ arguments: [String], input: [UInt8]? = nil, deadline: Double = 60, outputLimit: Int = 1 << 20,
        environment: [String: String] = [:], successes: Set<Int32> = [0]
    ) {
        self.arguments = arguments
        self.input = input
        self.deadline = deadline
        self.outputLimit = outputLimit
        self.environment = environment
        self.successes = successes
    }

    package init(_ arguments: String..., deadline: Double = 60) {
        self.init(arguments, deadline: deadline)
    }

    /// The same in another root folder, `/target`.
    package func inside(_ root: String) -> Command {
        var command = self
        command.arguments = ["chroot", root] + arguments
        return command
    }

    /// `sfdisk --json /dev/sda`, for messages.
    package var text: String { arguments.joined(separator: " ") }
}

/// How a program ended.
package struct CommandOutcome: Sendable, Hashable {
    /// Why a program is no longer running.
    package enum End: Sendable, Hashable {
        case exited(Int32)
        case signalled(Int32)
        /// Its deadline passed.
        case late
        /// The task that waited for it was cancelled.
        case cancelled
    }

    /// How it ended.
    package var end: End
    /// The beginning of its standard output, as many bytes as the command says.
    package var output: [UInt8]
    /// Whether there was more output than that.
    package var isTruncated: Bool
    /// The last of both its streams in the order in which they were written, at most `tailLimit` bytes.
    package var tail: [UInt8]
    /// Whether it runs on, since nothing ends it: it waits for a device that does not answer.
    package var isLeft = false

    /// 16 KiB: what a report of an operation carries.
    package static let tailLimit = 16 << 10

    /// The standard output as text.
    package var text: String { String(decoding: output, as: UTF8.self) }
}

/// A program failed, or could not be run.
package struct CommandFailure: Error, Sendable, CustomStringConvertible {
    /// `process.missing`, `process.failed`, `process.signal`, `process.deadline`, `process.output`.
    package let code: String
    /// What failed, and how.
    package let message: String
    /// The last of what it wrote; empty where it wrote nothing.
    package let output: String

    package init(_ code: String, _ message: String, output: String = "") {
        self.code = code
        self.message = message
        self.output = output
    }

    package var description: String {
        let last = output.split(whereSeparator: \.isNewline).suffix(3).joined(separator: "; ")
        return last.isEmpty ? message : "\(message): \(last)"
    }

    init(_ command: Command, _ outcome: CommandOutcome) {
        let output = String(decoding: outcome.tail, as: UTF8.self)
        switch outcome.end {
        case .exited(let status):
            self.init("process.failed", "'\(command.text)' ended with status \(status)", output: output)
        case .signalled(let number):
            self.init("process.signal", "'\(command.text)' was ended by signal \(number)", output: output)
        case .late where outcome.isLeft:
            self.init(
                "process.deadline",
                "'\(command.text)' cannot be ended: it waits for a device that does not answer", output: output)
        case .late:
            self.init(
                "process.deadline", "'\(command.text)' was ended after \(Int(wholeSeconds: command.deadline)) s",
                output: output)
        case .cancelled:
            self.init("process.cancelled", "'\(command.text)' was ended with its installer", output: output)
        }
    }
}

extension Int {
    /// The nearest whole number; 0 for what is no number.
    init(wholeSeconds seconds: Double) {
        self = Int(exactly: seconds.rounded()) ?? (seconds > 0 ? .max : 0)
    }
}
