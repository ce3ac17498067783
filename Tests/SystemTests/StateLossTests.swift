import Foundation
import Primitives
import Testing

@Suite("A state directory that has lost a part", .serialized)
struct StateLossTests {
    private static let documents = """
        schema: deckhand/LayeringPolicy/v1
        metadata: {schema: metadata/Control/v1, name: layering-policy}
        data: {layerOrder: [site]}
        ---
        schema: deckhand/Passphrase/v1
        metadata:
          schema: metadata/Document/v1
          name: passphrase
          layeringDefinition: {layer: site}
          storagePolicy: encrypted
        data: one-secret

        """

    private func secret(_ seed: Seed) throws -> Bool {
        try seed.curl("/api/v1.0/revisions/1/rendered-documents?cleartext-secrets=true").body.contains("one-secret")
    }

    @Test("is refused with file, finding and remedy, changed in nothing, and usable again once it is restored")
    func losses() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let file = seed.folder.appendingPathComponent("documents.yaml")
        try Self.documents.write(to: file, atomically: true, encoding: .utf8)
        let put = try seed.curl(
            "/api/v1.0/buckets/a/documents",
            ["-X", "PUT", "-H", "Content-Type: application/x-yaml", "--data-binary", "@" + file.path])
        #expect(put.status == 200)
        seed.stopDaemon()
        let key = seed.state.appendingPathComponent("secrets/master.key")
        let database = seed.state.appendingPathComponent("boatyard.db")
        let (keyBytes, databaseBytes) = (try Data(contentsOf: key), try Data(contentsOf: database))

        func refuses(_ what: String, _ text: String, with bytes: Data?, at place: URL) async throws {
            let whole = place == key ? keyBytes : databaseBytes
            try FileManager.default.removeItem(at: place)
            if let bytes { try bytes.write(to: place) }
            let (status, error) = try seed.refusedStart()
            #expect(status == 1, "\(what)")
            #expect(
                error.contains(text) && error.contains(place.path) && error.contains("Restore"), "\(what): \(error)")
            #expect((try? Data(contentsOf: place)) == bytes, "\(what)")
            try? FileManager.default.removeItem(at: place)
            try whole.write(to: place)
            try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: place.path)
        }
        try await refuses("no key", "is missing", with: nil, at: key)
        try await refuses("another key", "is not the one", with: Data(repeating: 7, count: 32), at: key)
        try await refuses("half a key", "must hold exactly 32 bytes", with: keyBytes.prefix(16), at: key)
        try await refuses("no database", "is missing, while", with: nil, at: database)
        try await refuses("an empty database", "is empty", with: Data(), at: database)
        try await refuses(
            "half a database", "is cut off", with: databaseBytes.prefix(databaseBytes.count / 2), at: database)
        try await refuses("something else", "is no database", with: Data("hello".utf8), at: database)
        try await seed.startDaemon()
        #expect(try secret(seed))
    }

    @Test("without a key and without a secret is begun anew where it was left")
    func young() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        seed.stopDaemon()
        try await seed.startDaemon()
        #expect(try seed.curl("/api/v1.0/health").status == 204)
    }
}
