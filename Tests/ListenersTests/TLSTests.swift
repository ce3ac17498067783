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

    let folder = "/tmp/boatyard-tls-\(UInt32.random(in: 0 ... .max))"

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for name in ["ca", "unknown"] {
            try run(
                "/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", "2", "-subj", "/CN=\(name)", "-keyout", file("\(name).key"), "-out",
                file("\(name).pem"))
        }
        for name in ["server", "client"] {
            try run(
                "/usr/bin/openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", file("\(name).key"),
                "-out", file("\(name).csr"))
            try run(
                "/usr/bin/openssl", "x509", "-req", "-in", file("\(name).csr"), "-CA", file("ca.pem"), "-CAkey",
                file("ca.key"), "-CAcreateserial", "-days", "2", "-copy_extensions", "copy", "-out",
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
