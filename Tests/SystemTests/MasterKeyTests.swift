import Foundation
import Primitives
import Testing

@Suite("The master key is replaced", .serialized)
struct MasterKeyTests {
    private static let count = 1500

    private static let documents: String = {
        var text = """
            schema: deckhand/LayeringPolicy/v1
            metadata: {schema: metadata/Control/v1, name: layering-policy}
            data: {layerOrder: [site]}

            """
        for number in 0..<count {
            text += """
                ---
                schema: deckhand/Passphrase/v1
                metadata:
                  schema: metadata/Document/v1
                  name: passphrase-\(number)
                  layeringDefinition: {layer: site}
                  storagePolicy: encrypted
                data: secret-\(number)

                """
        }
        return text
    }()

    /// All secrets in clear, as the daemon answers them.
    private func secrets(_ seed: Seed) throws -> Set<String> {
        let answer = try seed.curl(
            "/api/v1.0/revisions/1/rendered-documents?cleartext-secrets=true", ["-H", "Accept: application/json"])
        guard answer.status == 200 else { throw NeverHappened(description: "\(answer)".prefix(2000).description) }
        return Set(try Value(json: answer.body).arrayValue?.compactMap { $0["data"]?.stringValue } ?? [])
    }

    private func key(_ seed: Seed, _ name: String = "master.key") -> Data? {
        try? Data(contentsOf: seed.state.appendingPathComponent("secrets/" + name))
    }

    private func stocked() async throws -> Seed {
        let seed = try Seed()
        try await seed.startDaemon()
        let file = seed.folder.appendingPathComponent("documents.yaml")
        try Self.documents.write(to: file, atomically: true, encoding: .utf8)
        let put = try seed.curl(
            "/api/v1.0/buckets/a/documents",
            ["-X", "PUT", "-H", "Content-Type: application/x-yaml", "--data-binary", "@" + file.path])
        #expect(put.status == 200)
        return seed
    }

    private static let expected = Set((0..<count).map { "secret-\($0)" })

    @Test("by a command, after which the old key opens nothing and everything reads as before")
    func command() async throws {
        let seed = try await stocked()
        let old = try #require(key(seed))
        let rotated = try seed.boatyard("secrets", "rotate")
        #expect(rotated.status == 0, "\(rotated.error)")
        #expect(rotated.output.contains("secrets: \(Self.count)"))
        let new = try #require(key(seed))
        #expect(new != old)
        #expect(key(seed, "master.key.next") == nil)
        #expect(try secrets(seed) == Self.expected)
        seed.killDaemon()
        try await seed.startDaemon()
        #expect(try secrets(seed) == Self.expected)

        seed.killDaemon()
        let file = seed.state.appendingPathComponent("secrets/master.key")
        try FileManager.default.removeItem(at: file)
        try old.write(to: file)
        let (status, error) = try seed.refusedStart()
        #expect(status == 1)
        #expect(error.contains("\(file.path) is not the one that the secrets of this database are sealed with"))
    }

    @Test("over the Unix socket only")
    func place() async throws {
        let daemon = try Program("boatyardd", ["--ephemeral", "--no-auth"])
        defer { daemon.kill() }
        let api = try await eventually("the line of the daemon") {
            try daemon.standardOutput.split(separator: "\n").first.flatMap {
                try Value(json: String($0))["api"]?.stringValue
            }
        }
        let descriptor = try RawHTTP.connect(api)
        defer { close(descriptor) }
        try RawHTTP.send(
            descriptor, "POST /api/v1.0/master-key/rotate HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        #expect(String(decoding: buffer.prefix(max(0, count)), as: UTF8.self).hasPrefix("HTTP/1.1 404"))
    }

    @Test("a daemon that is killed at any moment of it reads everything afterwards, and ends what was begun")
    func killed() async throws {
        let seed = try await stocked()
        // How long it takes undisturbed; what it is killed after is spread over that, and a little beyond.
        let begun = Date()
        #expect(try seed.boatyard("secrets", "rotate").status == 0)
        let duration = Date().timeIntervalSince(begun)
        let moments = 12
        for moment in 0..<moments {
            let before = try #require(key(seed))
            let command = try Program("boatyard", ["--socket", seed.socket, "secrets", "rotate"])
            try await Task.sleep(for: .seconds(duration * 1.1 * Double(moment) / Double(moments - 1)))
            seed.killDaemon()
            command.wait()
            let wasBegun = key(seed, "master.key.next") != nil || key(seed) != before
            try await seed.startDaemon()
            #expect(try secrets(seed) == Self.expected, "killed at moment \(moment) of \(moments)")
            _ = try await eventually("the end of the rotation") {
                key(seed, "master.key.next") == nil ? true : nil
            }
            #expect((key(seed) != before) == wasBegun)
            #expect(try secrets(seed) == Self.expected)
        }
        #expect(try seed.boatyard("secrets", "rotate").status == 0)
        #expect(try secrets(seed) == Self.expected)
    }
}
