import Foundation
import Synchronization
import TestSupport

/// A program of this package, run as its users run it: a process of its own, ended by its pid.
final class Program: Sendable {
    let process: Process
    private let collected = Mutex((out: Data(), error: Data(), openPipes: 0))

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
            collect(standardOutput: true)
        }
        collect(standardOutput: false)
        try process.run()
    }

    var standardError: String { collected.withLock { String(decoding: $0.error, as: UTF8.self) } }
    var standardOutput: String { collected.withLock { String(decoding: $0.out, as: UTF8.self) } }

    /// Waits for the end, and returns the exit status.
    @discardableResult
    func wait() -> Int32 {
        // waitUntilExit() runs a run loop, which now and then never ends on a thread of the concurrency pool.
        while process.isRunning { usleep(2000) }
        // What it wrote last may still be in the pipes; a child that outlives it may keep them open.
        for _ in 0..<500 where collected.withLock({ $0.openPipes > 0 }) { usleep(2000) }
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

    private func collect(standardOutput: Bool) {
        let pipe = Pipe()
        collected.withLock { $0.openPipes += 1 }
        if standardOutput { process.standardOutput = pipe } else { process.standardError = pipe }
        pipe.fileHandleForReading.readabilityHandler = { [weak self] handle in
            let data = handle.availableData
            if data.isEmpty {
                handle.readabilityHandler = nil
                self?.collected.withLock { $0.openPipes -= 1 }
            } else {
                self?.collected.withLock { if standardOutput { $0.out += data } else { $0.error += data } }
            }
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
