import CLinux
import Glibc
import Processes

/// A program that was just started, and our ends of its pipes.
struct Ends {
    let process: pid_t
    let input: Descriptor
    let output: Descriptor
    let errors: Descriptor

    init(_ command: Command, input wantsInput: ChildProcess.Stream, output: ChildProcess.Stream)
        throws(CommandFailure)
    {
        guard let name = command.arguments.first, let program = SpawnedProcess.path(of: name) else {
            throw CommandFailure(
                "process.missing",
                "'\(command.arguments.first ?? "")' is not in this installer; build it anew with 'boatyard netboot build'"
            )
        }
        let hasInput = wantsInput == .pieces || command.input?.isEmpty == false
        let input = try hasInput ? Self.pipe(command) : nil
        let pipe = try Self.pipe(command)
        if wantsInput == .pieces, let input { Self.enlarge(input.write) }
        if output == .pieces { Self.enlarge(pipe.read) }
        let errors = try Self.pipe(command)
        do {
            process = try SpawnedProcess.start(
                program, Array(command.arguments.dropFirst()),
                environment: ChildProcess.environment.merging(command.environment) { $1 },
                streams: .init(input: input?.read.value, output: pipe.write.value, errors: errors.write.value),
                hasOwnGroup: true)
        } catch {
            throw CommandFailure("process.start", "'\(command.text)' cannot be started: \(error)")
        }
        self.input = input?.write ?? Descriptor(-1)
        self.output = pipe.read
        self.errors = errors.read
    }

    /// Of a pipe that an archive passes through: both ends are woken less often.
    private static let capacity: CInt = 1 << 20

    private static func enlarge(_ end: Descriptor) {
        // A limit of the system may forbid it.
        _ = fcntl(end.value, clinux_set_pipe_size, capacity)
    }

    private static func pipe(_ command: Command) throws(CommandFailure) -> (read: Descriptor, write: Descriptor) {
        do {
            let ends = try SpawnedProcess.pipe()
            return (Descriptor(ends.read), Descriptor(ends.write))
        } catch {
            throw CommandFailure("process.start", "'\(command.text)' cannot be started: \(error)")
        }
    }
}
