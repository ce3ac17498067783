import CLinux
import Glibc
import Primitives

/// Starts programs of the host. No shell reads their arguments.
package enum SpawnedProcess {
    /// What the standard streams of the program are. Absent ones are `/dev/null`. The descriptors stay the caller's.
    package struct Streams: Sendable {
        package var input: CInt?
        package var output: CInt?
        package var errors: CInt?

        package init(input: CInt? = nil, output: CInt? = nil, errors: CInt? = nil) {
            self.input = input
            self.output = output
            self.errors = errors
        }
    }

    /// How a program ended.
    package enum End: Sendable, Hashable {
        case exited(Int32)
        case signalled(Int32)
    }

    /// A call of the system failed: its `errno`.
    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        package let number: CInt

        package init(number: CInt) { self.number = number }

        package var description: String { systemErrorText(number) }
    }

    /// The folders where programs are looked for, for `PATH`, too.
    package static let folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]

    /// Where a program is; nil where it is in no folder of the system. A path stays as it is where it can be run.
    package static func path(of name: String) -> String? {
        if name.contains("/") { return access(name, X_OK) == 0 ? name : nil }
        guard !name.isEmpty else { return nil }
        return folders.lazy.map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// Starts a program, which gets the streams and nothing else that is open here, and no signal ignored or blocked: the
    /// threads of Dispatch block all, and a program inherits that.
    ///
    /// - Parameters:
    ///   - path: of the program, without a search.
    ///   - arguments: those after its name.
    ///   - environment: all of it.
    ///   - hasOwnGroup: whether it leads a process group of its own, so that a signal reaches what it has started as well.
    /// - Returns: its number. Whoever starts it waits for it.
    package static func start(
        _ path: String, _ arguments: [String], environment: [String: String], streams: Streams,
        hasOwnGroup: Bool = false
    ) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in [streams.input, streams.output, streams.errors].enumerated() {
            if let descriptor {
                posix_spawn_file_actions_adddup2(&actions, descriptor, CInt(number))
            } else {
                let access = number == 0 ? O_RDONLY : O_WRONLY
                posix_spawn_file_actions_addopen(&actions, CInt(number), "/dev/null", access, 0)
            }
        }
        _ = clinux_close_from(&actions, 3)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for number in [SIGPIPE, SIGTERM, SIGINT, SIGHUP, SIGCHLD] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let group = hasOwnGroup ? POSIX_SPAWN_SETPGROUP : 0
        posix_spawnattr_setflags(&attributes, Int16(group | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        var process: pid_t = 0
        let variables = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let result = withStrings([path] + arguments) { arguments in
            withStrings(variables) { posix_spawn(&process, path, &actions, &attributes, arguments, $0) }
        }
        guard result == 0 else { throw Failure(number: result) }
        return process
    }

    /// A pipe whose ends no other program gets.
    package static func pipe() throws(Failure) -> (read: CInt, write: CInt) {
        var ends: [CInt] = [-1, -1]
        guard clinux_pipe(&ends) == 0 else { throw Failure(number: errno) }
        return (ends[0], ends[1])
    }

    /// Waits for the end of a program that was started here. Blocks its thread.
    package static func wait(for process: pid_t) -> End {
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
    }

    private static func withStrings<T>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> T) -> T {
        var pointers: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        return body(pointers)
    }
}
