import Foundation
import Primitives
import TestSupport
import Testing

@testable import BoatyardCLI

@Suite("The command line and servers that do not do as they should")
struct HostileServerTests {
    private func failure(_ answers: [String], patience: Double = 0.3) async throws -> Failure? {
        let server = try await TinyServer.start(answers)
        let daemon = Daemon(base: "http://127.0.0.1:\(server.port)", patience: patience)
        let failure = await #expect(throws: Failure.self) {
            try await daemon.send("POST", "actions", body: Array("{}".utf8))
        }
        await server.stop()
        return failure
    }

    @Test(
        "one that stalls, trickles or never ends is given up with a sentence",
        arguments: [
            (TinyServer.silence, "it has not answered in full within 0.3 s"),
            (TinyServer.halting + "HTTP/1.1 200 OK\r\nX-A: b\r\n", "it has not answered in full within 0.3 s"),
            (TinyServer.halting + "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "it paused in its answer"),
            ("SSH-2.0-OpenSSH_9.2p1\r\n", "what it answers is no HTTP"),
            (TinyServer.endless + "1", "boatyardd does not answer at http://127.0.0.1:"),
            (TinyServer.endless + "1048576", "it answers more than the 268435456 bytes that are read"),
        ])
    func givenUp(answer: String, sentence: String) async throws {
        // A quarter of a gigabyte takes a while.
        let isLarge = answer.hasPrefix(TinyServer.endless) && answer.count > 12
        let failure = try await failure([answer], patience: isLarge ? 60 : 0.3)
        #expect(failure?.exitCode == Failure.unreachable)
        #expect(failure?.text.contains(sentence) == true, "\(failure?.text ?? "")")
    }

    @Test(
        "sizes of any number are shown",
        arguments: [(0, "0.0 MB"), (49_999, "0.0 MB"), (50_000, "0.1 MB"), (162_449_999, "162.4 MB"), (-1, "0.0 MB")])
    func sizes(bytes: Int, text: String) {
        #expect(BuildProgress.size(bytes) == text)
        #expect(BuildProgress.size(.max) == "9223372036854.8 MB" && BuildProgress.size(.min) == "0.0 MB")
    }

    @Test("one that is long at work is waited for as long as it answers others")
    func busy() async throws {
        let alive = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        let failure = try await failure([TinyServer.silence, alive, alive, TinyServer.silence])
        #expect(failure?.text.contains("it has not answered in full within 0.3 s") == true)
    }

    @Test("a slow answer to others ends no request that changes something, and ends one that can be repeated")
    func slowProbe() async throws {
        let done = TinyServer.late + "3:HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        let alive = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        for method in ["POST", "GET"] {
            // The first question whether it is alive is not answered, the second is, and so is the request.
            let server = try await TinyServer.start([done, TinyServer.silence, alive])
            let daemon = Daemon(base: "http://127.0.0.1:\(server.port)", patience: 0.5)
            if method == "POST" {
                let answer = try await daemon.send(method, "actions", body: Array("{}".utf8))
                #expect(answer.status == 200)
            } else {
                let failure = await #expect(throws: Failure.self) {
                    try await daemon.send(method, "actions")
                }
                #expect(failure?.exitCode == Failure.unreachable)
            }
            await server.stop()
        }
    }

    @Test("where a request that changes something may have been carried out, the error says so")
    func unknownOutcome() async throws {
        let unknown = "The outcome is unknown"
        let silent = try await TinyServer.start([TinyServer.silence])
        let daemon = Daemon(base: "http://127.0.0.1:\(silent.port)", patience: 0.1)
        func text(_ method: String, _ daemon: Daemon) async -> String {
            let failure = await #expect(throws: Failure.self) {
                try await daemon.send(method, "actions")
            }
            return failure?.text ?? ""
        }
        for method in ["POST", "PUT", "DELETE"] { #expect(await text(method, daemon).contains(unknown)) }
        #expect(await !text("GET", daemon).contains(unknown))
        await silent.stop()
        // The connection is refused: nothing was sent.
        let nobody = Daemon(base: "http://127.0.0.1:\(try FreePort.tcp())", patience: 0.1)
        let refused = await text("POST", nobody)
        #expect(refused.contains("the connection is refused") && !refused.contains(unknown))
    }

    private static let isPossible = FileManager.default.isExecutableFile(atPath: "/usr/bin/openssl")

    @Test(
        "a private authority is trusted where --cacert or OS_CACERT names it", .enabled(if: isPossible))
    func privateAuthority() async throws {
        let seed = try Seed()
        let certificate = seed.folder.appendingPathComponent("server.pem").path
        let key = seed.folder.appendingPathComponent("server.key").path
        let made = try Program(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out",
                certificate,
            ])
        try #require(made.wait() == 0, "\(made.standardError)")
        let port = try FreePort.tcp()
        try await seed.startDaemon(environment: [
            "BOATYARD_LISTENERS_API_ADDRESS": "127.0.0.1:\(port)",
            "BOATYARD_LISTENERS_API_TLS_CERTIFICATE": certificate, "BOATYARD_LISTENERS_API_TLS_KEY": key,
        ])
        func ask(_ arguments: [String], _ environment: [String: String] = [:]) throws -> (Int32, String) {
            let program = try Program(
                "boatyard", ["get", "actions", "--url", "https://localhost:\(port)"] + arguments,
                environment: environment)
            return (program.wait(), program.standardError)
        }
        let newcomer = try ask([])
        #expect(newcomer.0 == Failure.unreachable && newcomer.1.contains("--cacert, or OS_CACERT"), "\(newcomer)")
        // Let through TLS, and then asked who they are.
        for trusting in [
            try ask(["--cacert", certificate]), try ask(["--os-cacert", certificate]),
            try ask([], ["OS_CACERT": certificate]),
        ] {
            #expect(trusting.0 == 1 && trusting.1.contains("OS_USERNAME"), "\(trusting)")
        }
        let wrong = try ask([], ["OS_CACERT": "/etc/passwd"])
        #expect(wrong.0 == Failure.usage && wrong.1.contains("OS_CACERT: /etc/passwd holds no certificates"))
        let missing = try ask(["--cacert", "/nowhere"])
        #expect(missing.0 == Failure.usage && missing.1.contains("--cacert: Cannot read /nowhere"))
    }
}
