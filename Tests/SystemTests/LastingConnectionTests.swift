import Foundation
import Primitives
import Testing

@Suite("Connections that last, over a daemon", .serialized)
struct LastingConnectionTests {
    /// What comes over a connection, as text, until it contains `word` or ends.
    private func read(_ descriptor: CInt, until word: String? = nil) throws -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count >= 0 else { throw RawHTTP.Failure(text: "nothing more came: errno \(errno)") }
            bytes += buffer[..<count]
            let text = String(decoding: bytes, as: UTF8.self)
            if count == 0 || word.map({ text.contains($0) }) == true { return text }
        }
    }

    @Test("a stream tells of tasks whoever may read them, and ends with its token")
    func events() async throws {
        let daemon = try await RunningDaemon()
        defer { daemon.stop() }
        try daemon.createUser("shipyard", roles: ["admin"])
        let token = try daemon.token("shipyard")
        let descriptor = try RawHTTP.connect(daemon.api)
        defer { close(descriptor) }
        try RawHTTP.send(
            descriptor,
            "GET /api/v1.0/events HTTP/1.1\r\nHost: a\r\nX-Auth-Token: \(token)\r\nConnection: close\r\n\r\n")
        #expect(try read(descriptor, until: "id: 0\n\n").contains("text/event-stream"))
        let documents = """
            schema: deckhand/LayeringPolicy/v1
            metadata: {schema: metadata/Control/v1, name: layering-policy}
            data: {layerOrder: [site]}
            """
        let writing = try RawHTTP.connect(daemon.socket)
        defer { close(writing) }
        try RawHTTP.send(
            writing,
            "PUT /api/v1.0/buckets/a/documents HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"
                + "Content-Type: application/x-yaml\r\nContent-Length: \(documents.utf8.count)\r\n\r\n" + documents)
        #expect(String(decoding: RawHTTP.receive(writing), as: UTF8.self).hasPrefix("HTTP/1.1 200 "))
        let design = "deckhand+http://localhost/api/v1.0/revisions/1/rendered-documents"
        let made = try ClientRequest.send(
            "POST", daemon.socket, "/api/v1.0/tasks",
            json: ["action": "validate_design", "design_ref": .string(design)])
        try #require(made.status == 201)
        let told = try read(descriptor, until: #""status":"complete""#)
        #expect(told.contains("event: task\n"))
        #expect(told.contains(made.value["task_id"]?.stringValue ?? "?"))
        let revoked = try ClientRequest.send(
            "DELETE", daemon.socket, "/v3/auth/tokens", headers: ["X-Subject-Token": token])
        #expect(revoked.status == 204)
        #expect(try read(descriptor).hasSuffix("0\r\n\r\n"))
        #expect(try ClientRequest.send("GET", daemon.api, "/api/v1.0/events", token: token).status == 401)
    }
}
