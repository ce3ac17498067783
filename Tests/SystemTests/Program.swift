import Foundation
import Glibc
import Synchronization
import TestSupport

/// A program of this package, run as its users run it: a process of its own, ended by its pid.
final class Program: Sendable {
    let process: Process
    private enum Stream: CaseIterable { case output, error }
    private let pipes = (output: Pipe(), error: Pipe())
    private let collected = Mutex((output: Data(), error: Data()))

    /// Starts `name` from the folder of the built programs, or what an absolute path names.
    init(_ name: String, _ arguments: [String], environment: [String: String] = [:], output: URL? = nil) throws {
        process = Process()
        process.executableURL =
            name.hasPrefix("/") ? URL(fileURLWithPath: name) : Self.folder.appendingPathComponent(name)
        process.arguments = arguments
        var merged = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("BOATYARD") && !["NOTIFY_SOCKET", "JOURNAL_STREAM"].contains($0.key)
        }
        merged.merge(environment) { $1 }
        process.environment = merged
        process.standardInput = FileHandle.nullDevice
        if let output {
            _ = FileManager.default.createFile(atPath: output.path, contents: nil)
            process.standardOutput = try FileHandle(forWritingTo: output)
        } else {
            process.standardOutput = pipes.output
            collect(.output)
        }
        process.standardError = pipes.error
        collect(.error)
        try process.run()
    }

    var standardError: String { collected.withLock { String(decoding: $0.error, as: UTF8.self) } }
    var standardOutput: String { collected.withLock { String(decoding: $0.output, as: UTF8.self) } }

    /// Waits for the end, and returns the exit status.
    @discardableResult
    func wait() -> Int32 {
        // waitUntilExit() runs a run loop, which now and then never ends on a thread of the concurrency pool.
        while process.isRunning { usleep(2000) }
        // What it wrote last is in the pipes, which a child that outlives it may keep open.
        for stream in Stream.allCases where stream == .error || process.standardOutput as? Pipe === pipes.output {
            _ = take(stream)
        }
        return process.terminationStatus
    }

    /// Whether neither it nor what it starts can leave a core file.
    var leavesNoCoreFile: Bool {
        let file = "/proc/\(process.processIdentifier)/limits"
        let limits = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        let words = limits.split(separator: "\n").map { $0.split(separator: " ") }
        return words.contains(["Max", "core", "file", "size", "0", "0", "bytes"])
    }

    func kill(_ signal: Int32 = SIGKILL) {
        guard process.isRunning else { return }
        Foundation.kill(process.processIdentifier, signal)
    }

    private func handle(of stream: Stream) -> FileHandle {
        (stream == .output ? pipes.output : pipes.error).fileHandleForReading
    }

    private func collect(_ stream: Stream) {
        handle(of: stream).readabilityHandler = { [weak self] handle in
            if self?.take(stream) != true { handle.readabilityHandler = nil }
        }
    }

    /// Takes what is in a pipe now; false at its end.
    private func take(_ stream: Stream) -> Bool {
        let descriptor = handle(of: stream).fileDescriptor
        return collected.withLock { collected in
            var events = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while poll(&events, 1, 0) == 1 {
                let count = read(descriptor, &buffer, buffer.count)
                guard count > 0 else { return false }
                if stream == .output {
                    collected.output += buffer[..<count]
                } else {
                    collected.error += buffer[..<count]
                }
            }
            return true
        }
    }

    /// Where SwiftPM puts programs and the test bundle alike.
    static let folder = URL(fileURLWithPath: BuiltPrograms.folder)
}

extension Terminal {
    /// `boatyard` on a terminal.
    ///
    /// - Parameter arguments: for a shell.
    static func boatyard(_ arguments: String) throws -> Terminal {
        try Terminal("\(Program.folder.appendingPathComponent("boatyard").path) \(arguments)")
    }
}

/// Places that tests know.
enum Place {
    static let package = URL(fileURLWithPath: ExampleSite.package)

    static let exampleSite = URL(fileURLWithPath: ExampleSite.folder)

    /// The folder of a conformance set; nil, with a printed reason, where it is not.
    static func conformance(_ set: String) -> URL? {
        Conformance.has(set) ? URL(fileURLWithPath: "\(Conformance.folder)/\(set)") : nil
    }

    /// A new folder of its own, with a path short enough for a Unix socket.
    static func temporaryFolder() throws -> URL {
        let folder = URL(fileURLWithPath: "/tmp/by-" + String(UInt32.random(in: 0 ... .max), radix: 36))
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }
}
