import Glibc
import Primitives
import RehearsalMap
import TestSupport
import Testing

@testable import Drydock

@Suite("References to designs and assets")
struct ReferenceTests {
    @Test("a revision of our own Deckhand is known by its path, whatever its host")
    func revisions() throws {
        for host in ["deckhand-int.ucp.svc.cluster.local:9000", "127.0.0.1", "[::1]:9000"] {
            for scheme in ["deckhand+http", "deckhand+https", "DECKHAND+HTTP"] {
                let text = "\(scheme)://\(host)/api/v1.0/revisions/12/rendered-documents"
                #expect(try DesignReference(text) == .revision(12))
            }
        }
    }

    @Test(
        "what nobody reads is refused",
        arguments: [
            "", "x", "gopher://x", "deckhand+http://h/api/v1.0/revisions/x/rendered-documents",
            "deckhand+http://h/api/v1.0/revisions/-1/rendered-documents", "deckhand+http://h/api/v1.0/buckets/a",
            "file://etc/passwd", "file:etc/passwd", "deckhand+ftp://h/api/v1.0/revisions/1/rendered-documents",
        ])
    func unreadable(text: String) {
        let error = #expect(throws: DrydockError.self) { try DesignReference(text) }
        #expect(error?.kind == .invalid)
        #expect(error?.message.contains("file.") == false, "files are refused where the daemon runs")
    }

    @Test("remote references lose their prefix, files keep their path")
    func others() throws {
        #expect(try DesignReference("promenade+http://p/api?x=y") == .promenade("http://p/api?x=y"))
        #expect(try DesignReference("https://u:p@h/x") == .remote("https://u:p@h/x"))
        #expect(try DesignReference("file:///srv/site.yaml") == .file(path: "/srv/site.yaml"))
    }

    @Test("files are read only where that is allowed")
    func files() async throws {
        try await withTemporaryFolder { folder in
            try FileContents.write(Array("x: 1\n".utf8), to: "\(folder)/a")
            func fetcher(_ isAllowed: Bool) -> ReferenceFetcher {
                ReferenceFetcher(
                    rehearsal: nil, allowsFileReferences: isAllowed,
                    timeouts: TestDaemon.shortTimeouts())
            }
            #expect(try await fetcher(true).fetch(.file(path: "\(folder)/a")) == Array("x: 1\n".utf8))
            let refused = await #expect(throws: DrydockError.self) {
                try await fetcher(false).fetch(.file(path: "\(folder)/a"))
            }
            #expect(refused?.kind == .invalid)
            let missing = await #expect(throws: DrydockError.self) {
                try await fetcher(true).fetch(.file(path: "\(folder)/b"))
            }
            #expect(missing?.kind == .missing)
        }
    }

    @Test("a mapped host is fetched from where the rehearsal is, under its own name; errors are tried again")
    func rehearsal() async throws {
        let server = try await TinyServer.start([
            "HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        ])
        var timeouts = TestDaemon.shortTimeouts()
        timeouts.fetchRetryDelays = [0.01]
        let fetcher = ReferenceFetcher(
            rehearsal: RehearsalMap(hosts: ["promenade-api": "127.0.0.1:\(server.port)"]), allowsFileReferences: false,
            timeouts: timeouts)
        let bytes = try await fetcher.fetch(DesignReference("promenade+http://promenade-api:80/join?design=%2B"))
        #expect(String(decoding: bytes, as: UTF8.self) == "hello")
        let request = try await server.requests().last ?? ""
        #expect(request.hasPrefix("GET /join?design=%2B HTTP/1.1\r\n"))
        #expect(request.lowercased().contains("\r\nhost: promenade-api:80\r\n"))
        await server.stop()
    }
}
