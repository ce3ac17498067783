import Foundation
import Primitives
import Testing

@Suite("Services that ask for a token", .serialized)
struct ServiceTokenTests {
    /// Answers every request with an empty report, and writes down method, path and token.
    private static let listener = """
        import http.server, sys
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                # Before the answer, and in one piece: two threads write at the same time.
                sys.stdout.write(f"{self.command} {self.path} {self.headers.get('X-Auth-Token')}\\n")
                sys.stdout.flush()
                body = b'{"status": "Success", "details": {"errorCount": 0, "messageList": []}}'
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def log_message(self, *arguments):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_port, flush=True)
        server.serve_forever()
        """

    @Test("Armada and Promenade are shown a token of the daemon's own account at a Keystone elsewhere")
    func elsewhere() async throws {
        let keystone = try await RunningDaemon()
        defer { keystone.stop() }
        try keystone.createUser("boatyard", roles: ["admin"])
        let others = try Program("/usr/bin/python3", ["-c", Self.listener])
        defer {
            others.kill()
            others.wait()
        }
        let port = try await eventually("the port of the other services") {
            others.standardOutput.split(separator: "\n").first.flatMap { Int($0) }
        }
        let seed = try Seed()
        let config = seed.folder.appendingPathComponent("boatyard.yaml")
        let settings = try String(contentsOf: config, encoding: .utf8)
        try
            (settings + keystone.asKeystone(of: seed.folder) + """
                components:
                  armada: {url: "http://127.0.0.1:\(port)/armada"}
                  promenade: {url: "http://127.0.0.1:\(port)/promenade"}

                """).write(to: config, atomically: true, encoding: .utf8)
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let asked = others.standardOutput.split(separator: "\n").dropFirst().map { $0.split(separator: " ") }
        #expect(Set(asked.map { $0[1] }) == ["/armada/validatedesign", "/promenade/validatedesign"])
        for token in Set(asked.map { String($0[2]) }) {
            let valid = try ClientRequest.send(
                "GET", keystone.socket, "/v3/auth/tokens", headers: ["X-Subject-Token": token])
            #expect(valid.status == 200)
            #expect(valid.value["token"]?["user"]?["name"] == "boatyard")
        }
    }
}
