import Cryptography
import OutboundHTTP
import Primitives
import Synchronization
import TestSupport
import Testing

@testable import InstallerTools

@Suite struct DownloadTests {
    private final class Sink: Sendable {
        private let bytes = Mutex<[UInt8]>([])
        private let lines = Mutex<[String]>([])

        func take(_ piece: [UInt8]) { bytes.withLock { $0 += piece } }
        func note(_ line: String) { lines.withLock { $0.append(line) } }
        var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
        var trouble: [String] { lines.withLock { $0 } }
    }

    private static let sum = Hash.sha256(Array("0123456789".utf8)).hex

    private static func answer(_ status: String, _ body: String, length: Int? = nil, _ headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(length ?? body.utf8.count)\r\nETag: \"t1\"\r\n\(headers)\r\n\(body)"
    }

    private static func patience(outage: Double = 600, pause: Double = 300) -> Download.Patience {
        var patience = Download.Patience()
        patience.outage = outage
        patience.pause = pause
        patience.backoff = Backoff(first: 0.01, longest: 0.02)
        return patience
    }

    private static func fetch(
        _ answers: [String], sha256: String? = sum, size: Int? = 10, patience: Download.Patience = patience()
    ) async throws -> (sink: Sink, requests: [String], result: Result<Int, any Error>) {
        let server = try await TinyServer.start(answers)
        let sink = Sink()
        let address = try #require(RemoteAddress("http://127.0.0.1:\(server.port)/image"))
        let download = Download(address, title: "The image x", sha256: sha256, size: size, patience: patience)
        let result: Result<Int, any Error>
        do {
            let count = try await download.fetch(with: NodeConnection.sharedClient, trouble: { sink.note($0) }) {
                sink.take($0)
            }
            result = .success(count)
        } catch {
            result = .failure(error)
        }
        let requests = try await server.requests()
        await server.stop()
        return (sink, requests, result)
    }

    @Test("a connection that breaks is taken up at the byte where it broke, and only for the same file")
    func resumption() async throws {
        let (sink, requests, result) = try await Self.fetch([
            Self.answer("200 OK", "0123", length: 10), Self.answer("503 Busy", ""),
            Self.answer("206 Part", "456", length: 6, "Content-Range: bytes 4-9/10\r\n"),
            Self.answer("206 Part", "789", "Content-Range: bytes 7-9/10\r\n"),
        ])
        #expect(try result.get() == 10)
        #expect(sink.text == "0123456789")
        #expect(requests.count == 4)
        #expect(!requests[0].contains("Range:"))
        #expect(requests[1].contains("Range: bytes=4-\r\n") && requests[1].contains("If-Range: \"t1\"\r\n"))
        #expect(requests[3].contains("Range: bytes=7-\r\n"))
        #expect(sink.trouble.count == 3)
        #expect(sink.trouble.first?.contains("The image x broke off after 4 bytes") == true)
    }

    @Test("a server that sends the whole again gives each byte once")
    func wholeAgain() async throws {
        let (sink, _, result) = try await Self.fetch([
            Self.answer("200 OK", "0123", length: 10), Self.answer("200 OK", "0123456789"),
        ])
        #expect(try result.get() == 10)
        #expect(sink.text == "0123456789")
    }

    @Test("a file of another sum fails with both sums and the remedy")
    func sums() async throws {
        let (_, requests, result) = try await Self.fetch([Self.answer("200 OK", "012345678X")])
        let error = #expect(throws: BoatyardError.self) { try result.get() }
        #expect(error?.code == "download.sum")
        #expect(error?.message.contains(Self.sum) == true)
        #expect(error?.message.contains(Hash.sha256(Array("012345678X".utf8)).hex) == true)
        #expect(error?.message.contains("boatyard image list") == true)
        #expect(requests.count == 1)
    }

    @Test(
        "what another try cannot mend ends at once",
        arguments: [
            (["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"], "download.refused"),
            (["HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"], "download.refused"),
            (["HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n"], "download.refused"),
            ([answer("200 OK", "0123456789A")], "download.size"),
            (
                [
                    answer("200 OK", "0123", length: 10),
                    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"t2\"\r\n\r\n0123456789",
                ], "download.changed"
            ),
            (
                [answer("200 OK", "0123", length: 10), answer("206 Part", "6789", "Content-Range: bytes 6-9/10\r\n")],
                "download.range"
            ),
        ])
    func refused(answers: [String], code: String) async throws {
        let (_, requests, result) = try await Self.fetch(answers)
        let error = #expect(throws: BoatyardError.self) { try result.get() }
        #expect(error?.code == code)
        #expect(requests.count == answers.count)
    }

    @Test("a server that falls silent, or stays away, is given up after the time that it gets without a byte")
    func silence() async throws {
        let patience = Self.patience(outage: 0.3, pause: 0.1)
        let (sink, requests, result) = try await Self.fetch(
            [TinyServer.halting + Self.answer("200 OK", "0123", length: 10), TinyServer.silence], patience: patience)
        let error = #expect(throws: BoatyardError.self) { try result.get() }
        #expect(error?.code == "download.broken")
        #expect(error?.message.contains("after 4 bytes") == true)
        #expect(sink.text == "0123")
        #expect(requests.count > 1)
    }

    @Test("what the consumer throws ends the download, and is what is thrown")
    func consumer() async throws {
        let server = try await TinyServer.start([Self.answer("200 OK", "0123456789")])
        let address = try #require(RemoteAddress("http://127.0.0.1:\(server.port)/image"))
        await #expect(throws: Trouble.self) {
            let download = Download(address, title: "x")
            try await download.fetch(with: NodeConnection.sharedClient) { _ in throw Trouble("full") }
        }
        await server.stop()
    }
}
