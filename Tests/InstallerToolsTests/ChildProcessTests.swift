import Glibc
import Primitives
import TestSupport
import Testing

@testable import InstallerTools

@Suite struct ChildProcessTests {
    @Test("arguments arrive as they are, whatever a shell would make of them")
    func arguments() async throws {
        let words = ["a b", ";touch x", "$(id)", "*", "", "ü"]
        let outcome = try await ChildProcess.run(Command(["printf", "%s\\n"] + words))
        #expect(outcome.text == words.map { $0 + "\n" }.joined())
    }

    @Test("a program gets a fixed environment, nothing to read, and none of the installer's descriptors")
    func environment() async throws {
        let environment = try await ChildProcess.run(Command("env")).text.split(separator: "\n").map { String($0) }
        #expect(Set(environment) == Set(ChildProcess.environment.map { "\($0)=\($1)" }))
        #expect(try await ChildProcess.run(Command("cat")).output == [])
        // The listing itself has one open for the folder.
        #expect(try await ChildProcess.run(Command("ls", "/proc/self/fd")).text.split(separator: "\n").count == 4)
    }

    @Test("what a command has as its input is read, however long it is")
    func input() async throws {
        let bytes = [UInt8](repeating: 65, count: 1 << 20)
        let outcome = try await ChildProcess.run(Command(["cat"], input: bytes, outputLimit: 2 << 20))
        #expect(outcome.output == bytes)
        // One that does not read it is none the worse for it.
        try await ChildProcess.run(Command(["true"], input: bytes))
    }

    @Test("of a failure the status and the last lines are told")
    func failure() async {
        let error = await #expect(throws: CommandFailure.self) {
            try await ChildProcess.run(Command("ls", "/nothing/here"))
        }
        #expect(error?.code == "process.failed")
        #expect(error?.description.hasPrefix("'ls /nothing/here' ended with status 2: ") == true)
        #expect(error?.output.contains("/nothing/here") == true)
    }

    @Test("a program that is not there is named, with the remedy")
    func missing() async {
        let error = await #expect(throws: CommandFailure.self) { try await ChildProcess.run(Command("no-such-tool")) }
        #expect(error?.code == "process.missing")
        #expect(error?.message.contains("'no-such-tool' is not in this installer") == true)
        await #expect(throws: CommandFailure.self) { try await ChildProcess.run(Command([])) }
    }

    @Test("a program that a signal ends is no success")
    func signalled() async {
        let error = await #expect(throws: CommandFailure.self) {
            try await ChildProcess.run(Command("sh", "-c", "kill -KILL $$"))
        }
        #expect(error?.code == "process.signal")
    }

    @Test("at its deadline a program is ended with all that it has started, though they ignore SIGTERM")
    func deadline() async throws {
        let script = "trap '' TERM; sleep 100 & echo $!; sleep 100"
        let outcome = try await ChildProcess(Command(["sh", "-c", script], deadline: 0.3)).finish()
        #expect(outcome.end == .late)
        let child = try #require(pid_t(outcome.text.trimmed))
        #expect(try await isGone(child))
    }

    @Test("a program that cannot be ended is left to itself, and is collected once it ends")
    func unkillable() async throws {
        // It leaves its group, so that no signal to that reaches it, as none ends a program that waits for a dead disk.
        let script = "$| = 1; setpgrp(0, getpgrp(getppid())); print \"$$\\n\"; sleep 300"
        let command = Command(["perl", "-e", script], deadline: 0.5)
        let outcome = try await ChildProcess(command).finish()
        #expect(outcome.end == .late && outcome.isLeft)
        #expect(CommandFailure(command, outcome).message.hasSuffix("it waits for a device that does not answer"))
        let process = try #require(pid_t(outcome.text.trimmed))
        #expect(kill(process, SIGKILL) == 0)
        var isCollected = false
        for _ in 0..<500 where !isCollected {
            try await Task.sleep(for: .milliseconds(10))
            isCollected = kill(process, 0) != 0
        }
        #expect(isCollected)
    }

    @Test("a program ends with the task that waits for it")
    func cancellation() async throws {
        let task = Task { try await ChildProcess(Command(["sleep", "100"], deadline: 100)).finish().end }
        task.cancel()
        #expect(try await task.value == .cancelled)
    }

    @Test("whoever outlives a program and holds its output is not waited for")
    func leftBehind() async throws {
        // Whoever waited for it would run into the deadline.
        let outcome = try await ChildProcess.run(Command("sh", "-c", "sleep 100000 & echo done"))
        #expect(outcome.text == "done\n")
    }

    @Test("of the output the beginning is kept, up to the bound, and the last of both streams")
    func bounds() async throws {
        let script = "seq 1 100000; echo the end >&2"
        let outcome = try await ChildProcess(Command(["sh", "-c", script], outputLimit: 10)).finish()
        #expect(outcome.output == Array("1\n2\n3\n4\n5\n".utf8))
        #expect(outcome.isTruncated)
        #expect(outcome.tail.count == CommandOutcome.tailLimit)
        #expect(String(decoding: outcome.tail, as: UTF8.self).contains("the end\n"))
    }

    @Test("what a program writes can be read in pieces while it is fed in pieces")
    func pieces() async throws {
        let program = try ChildProcess(Command(["tr", "a", "b"]), input: .pieces, output: .pieces)
        async let written: Void = {
            for _ in 0..<64 { try await program.write([UInt8](repeating: 97, count: 64 << 10)) }
            program.closeInput()
        }()
        var count = 0
        while let piece = try await program.read() {
            #expect(piece.allSatisfy { $0 == 98 })
            count += piece.count
        }
        try await written
        #expect(count == 4 << 20)
        #expect(try await program.succeed().end == .exited(0))
    }

    @Test("a program that reads no more is an error of the next piece")
    func closedInput() async throws {
        signal(SIGPIPE, SIG_IGN)
        let program = try ChildProcess(Command("true"), input: .pieces)
        _ = await program.finish()
        let error = await #expect(throws: CommandFailure.self) { try await program.write([1, 2, 3]) }
        #expect(error?.code == "process.input")
    }

    /// Of a process that nobody waits for the number may stand for a while yet.
    private func isGone(_ process: pid_t) async throws -> Bool {
        for _ in 0..<500 {
            let status = (try? FileContents.read("/proc/\(process)/stat", limit: 4096)).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard let status, status.split(separator: " ").dropFirst(2).first != "Z" else { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }
}
