import CLinux
import Glibc

/// A program that runs until the test is over.
package final class Peer {
    /// Ends the program also where the tests do not live to do it.
    private static let leash = ["/usr/bin/timeout", "-k", "5", "300"]

    private let identifier: pid_t
    /// Stays open: the program may write on.
    private let output: Int32
    /// What it wrote until it was ready.
    package private(set) var greeting = ""

    /// - Parameter ready: the beginning of the line by which the program says that it listens; nil does not wait.
    package init(_ path: String, _ arguments: [String], ready: String? = nil) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Trouble("no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_RDWR, 0)
        // Else it would keep the ports of other tests.
        guard clinux_close_from(&actions, 3) == 0 else { throw Trouble("descriptors cannot be kept") }
        // The tests' threads block every signal, and what is spawned would inherit it.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = (Self.leash + [path] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var child: pid_t = 0
        let failure = posix_spawn(&child, Self.leash[0], &actions, &attributes, &words, environ)
        close(ends[1])
        output = ends[0]
        guard failure == 0 else { throw Trouble("\(path) does not start: \(failure)") }
        identifier = child
        guard let ready else { return }
        var text: [UInt8] = []
        while !String(decoding: text, as: UTF8.self).contains(ready) {
            var bytes = [UInt8](repeating: 0, count: 512)
            let count = read(ends[0], &bytes, bytes.count)
            guard count > 0 else {
                throw Trouble("\(path) ended: \(String(decoding: text, as: UTF8.self))")
            }
            text += bytes.prefix(count)
        }
        greeting = String(decoding: text, as: UTF8.self)
    }

    deinit {
        kill(identifier, SIGTERM)
        waitpid(identifier, nil, 0)
        close(output)
    }
}
