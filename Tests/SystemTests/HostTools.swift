import Foundation
import Synchronization

/// Programs of the host that some tests need.
enum HostTools {
    private static let told = Mutex<Set<String>>([])

    /// Whether the tests run as root and all of these programs are there; what is missing is said once.
    static func areThere(_ programs: String...) -> Bool {
        var missing = programs.filter { program in
            !["/usr/sbin", "/usr/bin", "/sbin", "/bin"].contains { access("\($0)/\(program)", X_OK) == 0 }
        }
        if geteuid() != 0 { missing.append("root") }
        guard !missing.isEmpty else { return true }
        let text = "skipped: there is no \(missing.joined(separator: ", "))"
        if told.withLock({ $0.insert(text).inserted }) { print(text) }
        return false
    }

    /// Runs a program to its end.
    static func run(_ program: String, _ arguments: [String], in folder: URL? = nil) throws {
        _ = try output(program, arguments, in: folder)
    }

    /// Runs a program to its end, and returns what it wrote to its standard output.
    static func output(_ program: String, _ arguments: [String], in folder: URL? = nil) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        let results = Pipe()
        process.standardOutput = results
        let errors = Pipe()
        process.standardError = errors
        var variables = ProcessInfo.processInfo.environment
        variables["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
        process.environment = variables
        try process.run()
        // Few write much to standard error.
        let result = String(decoding: results.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw NeverHappened(description: "\(program) \(arguments.joined(separator: " ")): \(result)\(text)")
        }
        return result
    }
}
