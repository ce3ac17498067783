import API
import Foundation
import HTTPTypes
import NIOCore
import Primitives
import Testing

@testable import Listeners

/// Certificates made for one test by the openssl program.
private struct Certificates {
    static let isPossible: Bool = {
        let missing = ["/usr/bin/openssl", "/usr/bin/curl"].filter { !FileManager.default.isExecutableFile(atPath: $0) }
        if !missing.isEmpty { print("skipped: there is no \(missing.joined(separator: ", "))") }
        return missing.isEmpty
    }()

    static let isJudged: Bool = {
        let isThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/testssl")
        if !isThere { print("skipped: testssl.sh is not installed") }
        return isThere
    }()

    let folder = "/tmp/boatyard-tls-\(UInt32.random(in: 0 ... .max))"

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["ca", "unknown"] {
            try run(
                "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "90", "-subj", "/CN=\(name)", "-keyout", file("\(name).key"), "-out",
                file("\(name).pem"))
        }
        for name in ["server", "client"] {
            try run(
                "/usr/bin/openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-addext",
                "crlDistributionPoints=URI:http://authority.invalid/list.crl", "-keyout", file("\(name).key"), "-out",
                file("\(name).csr"))
            try run(
                "/usr/bin/openssl", "x509", "-req", "-in", file("\(name).csr"), "-CA", file("ca.pem"), "-CAkey",
                file("ca.key"), "-CAcreateserial", "-days", "90", "-copy_extensions", "copy", "-out",
                file("\(name).pem"))
        }
    }

    func file(_ name: String) -> String { folder + "/" + name }

    func remove() { try? FileManager.default.removeItem(atPath: folder) }

    var files: TLSFiles {
        TLSFiles(certificate: file("server.pem"), key: file("server.key"), clientAuthorities: file("ca.pem"))
    }

    /// The exit status of curl, and what it printed.
    func curl(
        _ address: String, _ arguments: String..., path: String = "/hello/tls"
    ) async throws -> (Int32, String) {
        let port = address.split(separator: ":").last ?? ""
        let all = ["-s", "-m", "20", "--cacert", file("ca.pem")] + arguments + ["https://localhost:\(port)\(path)"]
        return try await RawClient.blocking { try Self.start("/usr/bin/curl", all) }
    }

    /// What testssl.sh says of one thing that it has looked at.
    struct Finding: Decodable {
        let id: String
        let severity: String
        let finding: String
    }

    func findings(_ address: String) async throws -> [Finding] {
        let port = address.split(separator: ":").last ?? ""
        let results = file("findings.json")
        let all = [
            "--quiet", "--color", "0", "--warnings", "off", "--nodns", "none", "--ip", "127.0.0.1", "--add-ca",
            file("ca.pem"),
            "--jsonfile", results, "https://localhost:\(port)/",
        ]
        let (_, text) = try await RawClient.blocking { try Self.start("/usr/bin/testssl", all) }
        let data = try #require(FileManager.default.contents(atPath: results), "\(text)")
        return try JSONDecoder().decode([Finding].self, from: data)
    }

    /// Records what is wrong by the findings.
    func judge(_ address: String) async throws {
        let findings = try await findings(address)
        func ids(of severities: Set<String>) -> [String] {
            var ids: [String] = []
            for finding in findings where severities.contains(finding.severity) {
                ids.append("\(finding.id): \(finding.finding)")
            }
            return ids
        }
        // It has looked: at protocols, at suites, at vulnerabilities.
        let good = ids(of: ["OK"])
        for id in ["TLS1_2", "TLS1_3", "PFS", "heartbleed", "BEAST", "LUCKY13"] {
            let isGood = good.contains { $0.hasPrefix("\(id): ") }
            #expect(isGood, "\(id)")
        }
        #expect(ids(of: ["MEDIUM", "HIGH", "CRITICAL"]) == [])
        // Such as "TLSv1.3   x1302   TLS_AES_256_GCM_SHA384 …".
        let suites = findings.filter { $0.id.hasPrefix("cipher_x") }.map(\.finding)
        #expect(suites.count >= 4)
        let weak = suites.filter { !$0.contains("GCM") && !$0.contains("CHACHA20") }
        #expect(weak == [])
    }

    private func run(_ program: String, _ arguments: String...) throws {
        let (status, _) = try Self.start(program, arguments)
        try #require(status == 0, "\(arguments)")
    }

    private static func start(_ program: String, _ arguments: [String]) throws -> (Int32, String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        while process.isRunning { usleep(2000) }
        return (process.terminationStatus, text)
    }
}

@Suite("TLS")
struct TLSTests {
    @Test(
        "clients come in without a certificate or with one of the authority, not with one of another authority",
        .enabled(if: Certificates.isPossible))
    func clientCertificates() async throws {
        let certificates = try Certificates()
        defer { certificates.remove() }
        try await TestServer.run(tls: certificates.files) { address, _ in
            #expect(address.hasPrefix("https://127.0.0.1:"))
            #expect(try await certificates.curl(address) == (0, "hello tls"))
            let client = try await certificates.curl(
                address, "--cert", certificates.file("client.pem"), "--key", certificates.file("client.key"))
            #expect(client == (0, "hello tls"))
            let unknown = try await certificates.curl(
                address, "--cert", certificates.file("unknown.pem"), "--key", certificates.file("unknown.key"))
            #expect(unknown.0 != 0)
            #expect(try await certificates.curl(address, "--tls-max", "1.1").0 != 0)
        }
    }

    @Test(
        "testssl.sh finds nothing above LOW, and only suites of authenticated encryption",
        .enabled(if: Certificates.isPossible && Certificates.isJudged))
    func judged() async throws {
        let certificates = try Certificates()
        defer { certificates.remove() }
        let files = TLSFiles(certificate: certificates.file("server.pem"), key: certificates.file("server.key"))
        try await TestServer.run(tls: files) { address, _ in try await certificates.judge(address) }
    }

    @Test("a large answer is the same behind TLS", .enabled(if: Certificates.isPossible))
    func large() async throws {
        let certificates = try Certificates()
        defer { certificates.remove() }
        let text = (0..<100_000).map { "line \($0)" }.joined(separator: "\n")
        let route = Route(.get, "/kept", policy: .nodeKey, on: .clients) { _ in .text(text) }
        try await TestServer.run(tls: certificates.files, more: [route]) { address, _ in
            let (status, body) = try await certificates.curl(address, path: "/kept")
            #expect(status == 0 && body == text)
        }
    }

    @Test("a client that does not finish its handshake is cut off", .enabled(if: Certificates.isPossible))
    func silentHandshake() async throws {
        let certificates = try Certificates()
        defer { certificates.remove() }
        var limits = ConnectionLimits()
        limits.headTimeout = .milliseconds(300)
        try await TestServer.run(limits: limits, tls: certificates.files) { address, _ in
            let client = try await RawClient.connect(address)
            #expect(try await client.isClosedWithoutAWord())
        }
    }

    @Test("a key that cannot be used is told with its file")
    func unusable() async throws {
        let files = TLSFiles(certificate: "/nonexistent/server.pem", key: "/nonexistent/server.key")
        do {
            try await TestServer.run(tls: files) { _, _ in }
            Issue.record("there was no certificate")
        } catch let error as BoatyardError {
            #expect(error.code == "tls_unusable")
            #expect(error.message.hasPrefix("/nonexistent/server.pem cannot be used for TLS"))
        }
    }
}
