import Foundation
import Simulator
import TestSupport
import Testing

private enum Validator {
    static let program = PythonPackage.validator.program("rf_protocol_validator")
    static let isThere = PythonPackage.validator.isThere(as: "rf_protocol_validator")
}

@Suite("The simulator's Redfish, judged by DMTF's protocol validator", .enabled(if: Validator.isThere))
struct ProtocolValidatorTests {
    /// One line of its report.
    struct Finding {
        let assertion: String
        let result: String
        let text: String

        init?(_ line: Substring) {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
            guard fields.count >= 6 else { return nil }
            assertion = String(fields[0])
            result = String(fields[4])
            text = "\(fields[0]) \(fields[1]) \(fields[3]): \(fields[5])"
        }
    }

    /// What it asserts in vain, with the reason.
    private static let accepted: [String: String] = [:]

    private func findings(scheme: String, _ port: Int) async throws -> [Finding] {
        let folder = try OwnedFolder()
        let reports = folder.path + "/reports"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Validator.program)
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.arguments = [
            "--rhost", "\(scheme)://127.0.0.1:\(port)", "--user", "admin", "--password", "password", "--no-cert-check",
            "--avoid-http-redirect", "--report-dir", reports, "--report-type", "tsv",
        ]
        // With these it checks certificates after all.
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasSuffix("_CA_BUNDLE") }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in ended.resume() }
            do { try process.run() } catch { ended.resume(throwing: error) }
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: reports)
        let report = try #require(names.first { $0.hasSuffix(".tsv") })
        let text = try String(contentsOfFile: reports + "/" + report, encoding: .utf8)
        return text.split(separator: "\n").dropFirst().compactMap(Finding.init)
    }

    @Test("the protocol validator finds no failure, and can test nearly all but events, discovery and certificates")
    func validator() async throws {
        try await SimulatedBMC.with { (bmc) async throws -> Void in
            let findings = try await findings(scheme: "https", bmc.server.port)
            let failures = findings.filter { $0.result == "FAIL" && Self.accepted[$0.assertion] == nil }
            #expect(failures.isEmpty, "\(failures.map(\.text).joined(separator: "\n"))")
            #expect(findings.count { $0.result == "PASS" } > 300, "\(findings.count)")
            let untested = Set(findings.filter { $0.result == "NOT_TESTED" }.map(\.assertion))
            let tested = Set(findings.filter { $0.result == "PASS" }.map(\.assertion))
            let missing = untested.subtracting(tested).filter { !$0.hasPrefix("SERV_") }
            #expect(missing.count <= 8, "\(missing.sorted())")
            // It leaves nothing behind.
            #expect(try await bmc.server.statistics().sessionsOpened > 5)
        }
    }
}
