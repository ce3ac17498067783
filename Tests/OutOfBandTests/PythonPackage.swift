import Foundation

/// A package from PyPI, in an environment of its own below `.build`, which outlives the tests.
struct PythonPackage {
    let name: String
    let version: String

    /// OpenStack's emulator of Redfish.
    static let emulator = PythonPackage(name: "sushy-tools", version: "2.2.0")
    /// OpenStack's library of IPMI, which has a BMC, too.
    static let bmc = PythonPackage(name: "pyghmi", version: "1.6.19")
    /// DMTF's judge of services.
    static let validator = PythonPackage(name: "redfish-protocol-validator", version: "1.3.2")

    private var folder: String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent(".build/python-\(name)-\(version)").path
    }

    func program(_ name: String) -> String { "\(folder)/bin/\(name)" }

    /// Whether it is there, or could be installed.
    func isThere(as program: String) -> Bool {
        if FileManager.default.isExecutableFile(atPath: self.program(program)) { return true }
        guard Self.run("/usr/bin/python3", ["-m", "venv", folder]) else {
            print("skipped: python3 -m venv does not work here")
            return false
        }
        guard Self.run(self.program("pip"), ["install", "--quiet", "\(name)==\(version)"]) else {
            print("skipped: pip cannot install \(name)")
            return false
        }
        return true
    }

    private static func run(_ path: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
