import API
import Foundation
import HTTPTypes
import Testing

@testable import Listeners

@Suite("What firmware asks of the node listener")
struct FirmwareTests {
    private static let routes = [
        Route(.get, "/netboot/{file}", policy: .open, on: .node) { request in
            .file(request.parameter("file"), contentType: "application/octet-stream")
        },
        Route(.get, "/ipxe/{mac}", policy: .open, on: .node) { .text("#!ipxe \($0.parameter("mac"))\n") },
        Route(.get, "/archive", policy: .open, on: .node) { _ in
            var response = APIResponse(.ok, headers: [.eTag: "\"a\""])
            response.body = .pieces(
                .init(length: 1000) { offset in
                    (offset..<min(offset + 300, 1000)).map { UInt8($0 / 300) }
                })
            return response
        },
    ]

    private func ask(_ target: String, _ fields: String..., method: String = "GET") async throws
        -> (head: String, body: [UInt8])
    {
        let head = ([method + " \(target) HTTP/1.1", "Host: a"] + fields).joined(separator: "\r\n")
        return try await TestServer.run(name: .node, more: Self.routes) { address, _ in
            let client = try await RawClient.connect(address)
            try await client.send(head + "\r\n\r\n")
            return try await method == "HEAD" ? (client.head(), []) : client.answer()
        }
    }

    @Test("slashes too many are none", arguments: ["//ipxe/52-54", "/ipxe//52-54", "///ipxe/52-54/", "/ipxe/52-54"])
    func slashes(target: String) async throws {
        let (head, body) = try await ask(target)
        #expect(head.hasPrefix("HTTP/1.1 200 OK"))
        #expect(String(decoding: body, as: UTF8.self) == "#!ipxe 52-54\n")
    }

    @Test("HEAD is answered as GET is, without the body")
    func head() async throws {
        let (head, _) = try await ask("/ipxe/52-54", method: "HEAD")
        #expect(head.hasPrefix("HTTP/1.1 200 OK") && head.contains("Content-Length: 13"))
        let (other, _) = try await ask("/ipxe/52-54", method: "DELETE")
        #expect(other.hasPrefix("HTTP/1.1 405 ") && other.contains("Allow: GET, HEAD, OPTIONS"))
    }

    @Test("a part of a file is sent, and told to be one")
    func parts() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("boatyard-\(UUID()).bin")
        defer { try? FileManager.default.removeItem(at: file) }
        let contents = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 * 7 / 3) }
        try Data(contents).write(to: file)
        let routes = [
            Route(.get, "/file", policy: .open, on: .node) { [path = file.path] _ in
                .file(path, contentType: "application/octet-stream")
            }
        ]
        try await TestServer.run(name: .node, more: routes + Self.routes) { address, _ in
            let client = try await RawClient.connect(address)
            @Sendable func ask(_ fields: String..., target: String = "/file", method: String = "GET") async throws
                -> (head: String, body: [UInt8])
            {
                let lines = ["\(method) \(target) HTTP/1.1", "Host: a"] + fields
                try await client.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
                return try await method == "HEAD" ? (client.head(), []) : client.answer()
            }
            let whole = try await ask()
            #expect(whole.head.contains("Accept-Ranges: bytes") && whole.body == contents)
            let tag = try #require(whole.head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }?.dropFirst(6))
            for (range, expected) in [
                ("bytes=0-0", 0..<1), ("bytes=100-199", 100..<200), ("bytes=131000-262200", 131000..<262201),
                ("bytes=299999-", 299_999..<300_000), ("bytes=-1000", 299_000..<300_000),
                ("bytes=0-99999999999999999999", 0..<300_000), ("BYTES=5-9", 5..<10),
            ] {
                let part = try await ask("Range: \(range)", "If-Range: \(tag)")
                #expect(part.head.hasPrefix("HTTP/1.1 206 Partial Content"), "\(range)")
                let place = "bytes \(expected.lowerBound)-\(expected.upperBound - 1)/300000"
                #expect(part.head.contains("Content-Range: \(place)"), "\(range): \(part.head)")
                #expect(part.body == Array(contents[expected]), "\(range)")
            }
            for range in ["bytes=300000-", "bytes=-0", "bytes=99999999999999999999-"] {
                let none = try await ask("Range: \(range)")
                #expect(none.head.hasPrefix("HTTP/1.1 416 ") && none.head.contains("Content-Range: bytes */300000"))
                #expect(none.body.isEmpty)
            }
            // Several, none that is understood, or of another version of the file: the whole is an answer.
            for field in ["Range: bytes=0-1,5-6", "Range: bytes=9-5", "Range: lines=1-2", "Range: bytes=", "Range: x"] {
                #expect(try await ask(field).body.count == 300_000, "\(field)")
            }
            #expect(try await ask("Range: bytes=0-1", "If-Range: \"other\"").body.count == 300_000)
            for condition in ["If-Match: \"other\"", "If-Match: W/\(tag)", "If-Match:"] {
                let failed = try await ask(condition, "Range: bytes=0-1")
                #expect(failed.head.hasPrefix("HTTP/1.1 412 ") && failed.body.isEmpty, "\(condition): \(failed.head)")
            }
            for condition in ["If-None-Match: \(tag)", "If-None-Match: \"other\", W/\(tag)", "If-None-Match: *"] {
                for method in ["GET", "HEAD"] {
                    let same = try await ask(condition, "Range: bytes=0-1", method: method)
                    #expect(same.head.hasPrefix("HTTP/1.1 304 ") && same.head.contains("ETag: \(tag)"), "\(same.head)")
                    #expect(same.body.isEmpty)
                }
            }
            let held = try await ask("If-Match: \"other\", \(tag)", "If-None-Match: \"other\"", "Range: bytes=0-1")
            #expect(held.head.hasPrefix("HTTP/1.1 206 ") && held.body.count == 2)
            #expect(try await ask("Range: bytes=0-1", method: "HEAD").head.contains("Content-Length: 300000"))
            let pieces = try await ask("Range: bytes=299-600", target: "/archive")
            #expect(pieces.body == [0] + Array(repeating: 1, count: 300) + [2])
        }
    }

    @Test("clients get parts of files, and of nothing else")
    func partsForClients() async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("boatyard-\(UUID()).log")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data("[1] INFO - first\n[2] INFO - last\n".utf8).write(to: file)
        let routes = [
            Route(.get, "/log", policy: .open, on: .clients) { [path = file.path] _ in
                .file(path, contentType: "application/json")
            },
            Route(.get, "/text", policy: .open, on: .clients) { _ in
                var response = APIResponse.text("abc")
                response.headers[.eTag] = "\"a\""
                return response
            },
        ]
        try await TestServer.run(name: .api, more: routes) { address, _ in
            let client = try await RawClient.connect(address)
            @Sendable func ask(_ target: String, _ range: String) async throws -> (head: String, body: [UInt8]) {
                try await client.send("GET \(target) HTTP/1.1\r\nHost: a\r\nRange: bytes=\(range)\r\n\r\n")
                return try await client.answer()
            }
            let last = try await ask("/log", "-15")
            #expect(
                last.head.hasPrefix("HTTP/1.1 206 ") && last.body == Array("[2] INFO - last".utf8.dropFirst()) + [10])
            #expect(last.head.contains("Content-Range: bytes 18-32/33"), "\(last.head)")
            #expect(try await ask("/log", "33-").head.hasPrefix("HTTP/1.1 416 "))
            let text = try await ask("/text", "0-0")
            #expect(text.head.hasPrefix("HTTP/1.1 200 ") && text.body == Array("abc".utf8))
            try Data().write(to: file)
            let empty = try await ask("/log", "-15")
            #expect(empty.head.hasPrefix("HTTP/1.1 200 ") && empty.head.contains("Content-Length: 0"))
        }
    }
}
