import Dispatch
import Glibc
import ImageBuild
import Primitives

/// What a command that builds on the seed host has to do with the daemon: one build at a time, and what it has made is handed
/// over on the daemon's socket.
struct Handover {
    private let daemon: Daemon
    private let id: Value
    /// The daemon's, to put into what is handed over.
    private let folder: String
    private let lock: CInt
    /// Held as long as this process lives, so that what it leaves behind can be told from what others use.
    private let hold: CInt
    private let termination: any DispatchSourceSignal
    /// For temporary files; the owner's alone to write.
    let work: TemporaryFolder

    /// What is handed over is made there first.
    var output: String { "\(work.path)/out" }

    /// Asks the daemon for a folder, and waits while another build runs.
    ///
    /// - Throws: `Failure` for somebody who is not root, for a daemon on another host, and where it does not answer.
    static func begin(_ options: GlobalOptions) async throws -> Handover {
        guard options.connection.url == nil,
            options.connection.socket != nil || GlobalOptions.environment("BOATYARD_URL") == nil
        else {
            throw Failure(
                "Error: installers and images are made on the seed host itself, over the daemon's socket, not over --url. "
                    + "Log in there, and run the command as root.", exitCode: Failure.usage)
        }
        guard geteuid() == 0 else {
            throw Failure(
                "Error: root file systems are made as root: sudo boatyard …", exitCode: Failure.usage)
        }
        let daemon = try Daemon(options)
        let answer = try await daemon.send("POST", "netboot/incoming").data(of: "POST netboot/incoming")
        guard let folder = answer["folder"]?.stringValue, let lockFile = answer["lock"]?.stringValue,
            let id = answer["id"]
        else { throw Failure("Error: the daemon names no folder to build in.") }
        // Ctrl-C ends the programs that run; this one then removes what is left. SIGTERM comes to this one alone.
        for number in [SIGINT, SIGHUP, SIGPIPE, SIGTERM] { signal(number, SIG_IGN) }
        let termination = DispatchSource.makeSignalSource(signal: SIGTERM)
        termination.setEventHandler { ToolProcess.endAll() }
        termination.resume()
        let lock = open(lockFile, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard lock >= 0 else { throw Failure("Error: cannot open \(lockFile): \(systemErrorText()).") }
        var status = stat()
        guard fstat(lock, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(lock)
            throw Failure("Error: \(lockFile) is no regular file; remove it, and try again.")
        }
        if flock(lock, LOCK_EX | LOCK_NB) != 0 {
            BuildProgress.note("another build runs on this host\(holder(of: lock)); waiting for its end")
            while flock(lock, LOCK_EX) != 0, errno == EINTR {}
        }
        let number = Array("\(getpid())\n".utf8)
        // For whoever waits; without it they are told less.
        if ftruncate(lock, 0) == 0 { _ = pwrite(lock, number, number.count, 0) }
        // Roots take more than the memory that many hosts give to /tmp.
        setenv("TMPDIR", "/var/tmp", 0)
        AbandonedBuilds.remove(prefix: prefix)
        let work = try TemporaryFolder(prefix: prefix)
        let hold = open(work.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard hold >= 0, flock(hold, LOCK_EX | LOCK_NB) == 0 else {
            throw Failure("Error: cannot lock \(work.path): \(systemErrorText()).")
        }
        // Packages are fetched by a user of their own.
        chmod(work.path, 0o755)
        let handover = Handover(
            daemon: daemon, id: id, folder: folder, lock: lock, hold: hold, termination: termination, work: work)
        try FileContents.makeFolder(handover.output, mode: 0o755)
        return handover
    }

    private static let prefix = "boatyard-build"

    /// The build that has the lock, as ` (process 4711: boatyard image build debian-12)`; empty where it has not said who it is. The
    /// file is the daemon's: no more than a number is taken from it.
    private static func holder(of lock: CInt) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let length = pread(lock, &bytes, bytes.count, 0)
        let text = String(decoding: bytes.prefix(max(0, length)), as: UTF8.self)
        guard let number = Int(text.filter(\.isNumber)), number > 0,
            let command = try? FileContents.read("/proc/\(number)/cmdline", limit: 64 << 10), !command.isEmpty
        else { return "" }
        let words = String(decoding: command.prefix(200), as: UTF8.self).split(separator: "\0")
        return " (process \(number): \(Text.line(words.joined(separator: " "))))"
    }

    /// Hands over what is in `output`.
    ///
    /// - Parameter path: of the API: `images`, `netboot/generations`.
    /// - Returns: the daemon's answer.
    func finish(_ path: String) async throws -> Value {
        var status = stat()
        guard stat(folder, &status) == 0 else {
            throw Failure("Error: the daemon's folder \(folder) is gone: \(systemErrorText()).")
        }
        try Self.give(output, status.st_uid, status.st_gid)
        for name in try FolderContents.list(output) {
            if rename("\(output)/\(name)", "\(folder)/\(name)") == 0 { continue }
            guard errno == EXDEV else {
                throw Failure("Error: cannot move \(name) to \(folder): \(systemErrorText()).")
            }
            // On another file system. The folder is the daemon's, and so is whoever writes to it: a link that is planted there leads
            // nowhere where the daemon could not write by itself.
            try ToolProcess.run(
                Tool(
                    "setpriv",
                    [
                        "--reuid=\(status.st_uid)", "--regid=\(status.st_gid)", "--clear-groups", "cp", "-dR",
                        "--preserve=mode",
                        "--", "\(output)/\(name)", "\(folder)/\(name)",
                    ]))
        }
        return try await daemon.send("POST", path, json: ["incoming": id]).data(of: "POST \(path)")
    }

    /// The daemon must be able to move and remove it.
    private static func give(_ path: String, _ owner: uid_t, _ group: gid_t) throws {
        guard lchown(path, owner, group) == 0 else {
            throw Failure("Error: cannot give \(path) to the daemon's user: \(systemErrorText()).")
        }
        for name in FolderContents.isFolder(path) ? try FolderContents.list(path) : [] {
            try give("\(path)/\(name)", owner, group)
        }
    }

    /// Removes what is left, and lets the next build begin.
    func end() {
        work.remove()
        FolderContents.remove(folder)
        close(hold)
        close(lock)
        termination.cancel()
    }

    /// Runs a build, with `end` at its end.
    static func run<T>(_ options: GlobalOptions, _ build: (Handover) async throws -> T) async throws -> T {
        do {
            let handover = try await begin(options)
            defer { handover.end() }
            return try await build(handover)
        } catch let error as BoatyardError {
            throw Failure("Error: \(error.message)")
        }
    }
}

/// What a build does, on standard error, with the seconds since its begin.
struct BuildProgress {
    private let started = ContinuousClock.now

    /// Whole seconds since the begin.
    var seconds: Int64 { (ContinuousClock.now - started).components.seconds }

    func report(_ line: String) {
        let seconds = "\(seconds)"
        let blanks = String(repeating: " ", count: max(0, 5 - seconds.count))
        Self.note("\(blanks)\(seconds) s  \(line)")
    }

    static func note(_ text: String) { Console.printError(Text.line(text)) }

    /// `162.4 MB`
    static func size(_ bytes: Int) -> String {
        let tenths = max(0, bytes) / 100_000 + (max(0, bytes) % 100_000 + 50_000) / 100_000
        return "\(tenths / 10).\(tenths % 10) MB"
    }
}
