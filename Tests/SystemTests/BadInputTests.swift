import Foundation
import Primitives
import Testing

@Suite("Bad input is refused with the error that its specification names, and changes nothing")
struct BadInputTests {
    private static let layers = """
        schema: deckhand/LayeringPolicy/v1
        metadata: {schema: metadata/Control/v1, name: layering-policy}
        data: {layerOrder: [global, site]}
        """

    private static func document(
        _ schema: String = "example/Thing/v1", layer: String = "site", more: String = "", data: String = "{a: 1}"
    ) -> String {
        """
        schema: \(schema)
        metadata:
          schema: metadata/Document/v1
          name: thing
          storagePolicy: cleartext
          layeringDefinition: {abstract: false, layer: \(layer)}
        \(more)
        data: \(data)
        """
    }

    private static func post(_ text: String, to seed: Seed) throws -> (status: Int, body: Value) {
        let file = seed.folder.appendingPathComponent("body.yaml")
        try text.write(to: file, atomically: true, encoding: .utf8)
        let answer = try seed.curl(
            "/api/v1.0/configdocs/site", ["-H", "Content-Type: application/x-yaml", "--data-binary", "@" + file.path])
        return (answer.status, try Value(json: answer.body))
    }

    /// What is wrong with a stream that staging itself refuses, and a word that the answer must say.
    static let refused: [(String, String, String)] = [
        ("malformed YAML", "a: [1, 2\nb: }", "line"),
        ("nesting of 201", String(repeating: "[", count: 201) + String(repeating: "]", count: 201), "deep"),
        (
            "an alias bomb",
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
                + zip("bcdefghi", "abcdefgh").map {
                    "\($0): &\($0) [\([String](repeating: "*\($1)", count: 9).joined(separator: ","))]\n"
                }
                .joined(), "alias"
        ),
        ("a document that is a list", "- 1\n- 2\n", "HTTPBadRequest"),
        ("a malformed schema", document("nonsense"), "schema"),
        ("a tab for indentation", "a:\n\tb: 1\n", "line 2"),
    ]

    @Test("what staging refuses", arguments: refused)
    func refusedAtStaging(_ title: String, _ text: String, _ word: String) async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let answer = try Self.post(text, to: seed)
        #expect(answer.status == 400, "\(title): \(answer.body.json())")
        #expect(answer.body["kind"] == "status")
        #expect(answer.body["status"] == "Failure")
        #expect((answer.body["details"]?["errorCount"]?.intValue ?? 0) >= 1)
        #expect(answer.body.json().contains(word), "\(title): \(answer.body.json())")
        #expect(try seed.json("configdocs") == [])
    }

    static let refusedLater: [(String, String, String)] = [
        ("a missing layer", document(layer: "nowhere"), "was not found in layerOrder"),
        (
            "a substitution from nowhere",
            document(
                more: """
                      substitutions:
                        - src: {schema: example/Other/v1, name: other, path: .}
                          dest: {path: .b}
                    """), "Required substitution source document"
        ),
        ("an unknown Drydock kind", document("drydock/Nonsense/v1"), "DD000"),
    ]

    @Test("what committing refuses", arguments: refusedLater)
    func refusedAtCommit(_ title: String, _ text: String, _ word: String) async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let staged = try Self.post(Self.layers + "\n---\n" + text, to: seed)
        #expect(staged.status == 201, "\(title): \(staged.body.json())")
        let committed = try seed.curl("/api/v1.0/commitconfigdocs", ["-X", "POST"])
        #expect(committed.status == 400, "\(title): \(committed.body)")
        #expect(committed.body.contains(word), "\(title): \(committed.body)")
        let again = try seed.curl("/api/v1.0/commitconfigdocs", ["-X", "POST"])
        #expect(again.status == 400, "nothing was committed by the first")
    }

    @Test("a body over the limit is answered 413 without being kept, and the daemon goes on")
    func oversizeBody() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let file = seed.folder.appendingPathComponent("large.yaml")
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        let handle = try FileHandle(forWritingTo: file)
        let line = Data(String(repeating: "x", count: 999_999).utf8) + Data("\n".utf8)
        for _ in 0..<68 { try handle.write(contentsOf: Data("# ".utf8) + line) }
        try handle.close()
        let answer = try seed.curl(
            "/api/v1.0/configdocs/site",
            ["-H", "Content-Type: application/x-yaml", "-H", "Expect:", "--data-binary", "@" + file.path])
        #expect(answer.status == 413)
        #expect(try seed.json("configdocs") == [])
    }

    @Test("a body that stops half way changes nothing")
    func halfBody() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        // Announces more than it sends, then hangs up.
        let script = """
            import socket, sys
            s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
            body = b"schema: a/B/v1\\nmetadata: {schema: metadata/Document/v1, name: x}\\n"
            s.sendall(b"POST /api/v1.0/configdocs/site HTTP/1.1\\r\\nHost: x\\r\\nContent-Type: application/x-yaml\\r\\n"
                      b"Content-Length: %d\\r\\n\\r\\n" % (len(body) + 100) + body)
            s.shutdown(socket.SHUT_WR)
            sys.stdout.buffer.write(s.recv(65536)[:30])
            """
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script, seed.socket]
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(try seed.json("configdocs") == [])
    }

    @Test("unknown things are 404 in the controller's own body")
    func unknownThings() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let action = try seed.curl("/api/v1.0/actions/01BTTMFVDKZFRJM80FGD7J1AKN")
        #expect(action.status == 404)
        #expect(try Value(json: action.body)["message"] == "Action not found")
        let node = try seed.curl("/api/v1.0/nodes/nobody/builddata")
        #expect(node.status == 404)
        #expect(try Value(json: node.body)["type"] == "error")
        let task = try seed.curl("/api/v1.0/tasks/nothing")
        #expect(task.status == 404)
        #expect(try Value(json: task.body)["message"] == "Task nothing does not exist")
    }

    @Test("a full disk refuses with a 5xx, and room makes it work again", .enabled(if: SmallDisk.isPossible))
    func fullDisk() async throws {
        let seed = try Seed()
        let disk = try SmallDisk(seed.state, megabytes: 12)
        defer {
            seed.killDaemon()
            disk.unmount()
        }
        try await seed.startDaemon()
        let staged = try Self.post(Self.layers, to: seed)
        #expect(staged.status == 201, "\(staged.body.json())")

        let blob = String(repeating: "0123456789abcdef", count: 40_000)
        disk.fill()
        let large = seed.folder.appendingPathComponent("large.yaml")
        try Self.document(data: "{blob: \(blob)}").write(to: large, atomically: true, encoding: .utf8)
        let stage = ["-H", "Content-Type: application/x-yaml", "--data-binary", "@" + large.path]
        let refused = try seed.curl("/api/v1.0/configdocs/more?buffermode=append", stage)
        #expect((500...599).contains(refused.status), "\(refused.status) \(refused.body.prefix(300))")
        #expect(try seed.json("configdocs").arrayValue?.count == 1)

        try disk.empty()
        let accepted = try seed.curl("/api/v1.0/configdocs/more?buffermode=append", stage)
        #expect(accepted.status == 201, "\(accepted.body.prefix(300))")
    }
}
