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

    /// What cut-off writes left behind.
    private func leftovers(_ seed: Seed) throws -> [String] {
        let names = try FileManager.default.subpathsOfDirectory(atPath: seed.state.path)
        return names.filter { $0.hasSuffix(".new") }
    }

    private func key(_ seed: Seed, _ name: String = "master.key") -> Data? {
        try? Data(contentsOf: seed.state.appendingPathComponent("secrets/" + name))
    }

    private func stocked() async throws -> Seed {
        let seed = try Seed()
        try await stock(seed)
        return seed
    }

    private func stock(_ seed: Seed) async throws {
        try await seed.startDaemon()
        let file = seed.folder.appendingPathComponent("documents.yaml")
        try Self.documents.write(to: file, atomically: true, encoding: .utf8)
        let put = try seed.curl(
            "/api/v1.0/buckets/a/documents",
            ["-X", "PUT", "-H", "Content-Type: application/x-yaml", "--data-binary", "@" + file.path])
        #expect(put.status == 200)
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

    @Test("on a full disk not at all, which is told with its code, and once there is room")
    func fullDisk() async throws {
        guard SmallDisk.isPossible else { return }
        let seed = try Seed()
        let disk = try SmallDisk(seed.state, megabytes: 24)
        defer {
            seed.killDaemon()
            disk.unmount()
        }
        try await stock(seed)
        let old = try #require(key(seed))
        for left in [0, 8 << 10, 512 << 10] {
            disk.fill(leaving: left)
            let refused = try seed.curl("/api/v1.0/master-key/rotate", ["-X", "POST"])
            #expect(refused.status == 503, "\(left): \(refused)")
            let body = try Value(json: refused.body)
            #expect(body["code"] == "store.full", "\(refused)")
            #expect(body["message"]?.stringValue?.contains("Free space") == true, "\(refused)")
            #expect(key(seed) == old && key(seed, "master.key.next") == nil)
            #expect(try leftovers(seed).isEmpty)
            #expect(try seed.boatyard("secrets", "rotate").status == 1)
        }
        #expect(try secrets(seed) == Self.expected)
        try disk.empty()
        #expect(try seed.boatyard("secrets", "rotate").status == 0)
        #expect(try secrets(seed) == Self.expected)
    }

    @Test("where its file was lost the new one takes its place if it opens everything, else it is asked for")
    func lostKey() async throws {
        let seed = try await stocked()
        seed.stopDaemon()
        let folder = seed.state.appendingPathComponent("secrets")
        let (file, next) = (
            folder.appendingPathComponent("master.key"), folder.appendingPathComponent("master.key.next")
        )
        let own = try Data(contentsOf: file)
        try FileManager.default.moveItem(at: file, to: next)
        try await seed.startDaemon()
        #expect(try secrets(seed) == Self.expected)
        #expect(key(seed) == own && key(seed, "master.key.next") == nil)
        seed.stopDaemon()

        try FileManager.default.removeItem(at: file)
        try Data(repeating: 7, count: 32).write(to: next)
        let (status, error) = try seed.refusedStart()
        #expect(status == 1)
        for part in ["\(file.path) is missing", "\(next.path) is there", "Restore \(file.path)"] {
            #expect(error.contains(part), "\(error)")
        }
        #expect(key(seed) == nil && key(seed, "master.key.next") != nil)
        // As it says.
        try own.write(to: file)
        try await seed.startDaemon()
        #expect(try secrets(seed) == Self.expected)
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
            #expect(try leftovers(seed).isEmpty)
            #expect(try secrets(seed) == Self.expected)
        }
        #expect(try seed.boatyard("secrets", "rotate").status == 0)
        #expect(try secrets(seed) == Self.expected)
    }
}
