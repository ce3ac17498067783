import Foundation
import Primitives
import TestSupport
import Testing

/// Plants secrets, and looks for them in every byte that the daemon writes or answers where they must not be.
@Suite("Secrets stay where they belong", .serialized)
struct CanaryTests {
    /// What the encrypted documents hold. The first is a BMC's password, which may have twenty characters.
    private enum Canary: String, CaseIterable {
        case password = "BmcCnry7f3a91e0"
        case newPassword = "BmcCnry55d0c2b8"
        case key = "KeyCanary4be120f7d9a34c"
        case bootAction = "BootCanary93f1c7aa02e5d8"
        case invalid = "InvalidCanary0be4419f66"

        /// As it stands, in base64 at each of its three offsets, and in hexadecimal.
        var forms: [Data] {
            let text = Data(rawValue.utf8)
            let shifted = (0..<3).map { shift -> Data in
                let encoded = (Data(repeating: 0x20, count: shift) + text).base64EncodedString()
                // The characters at both ends depend on the neighbours.
                return Data(encoded.dropFirst(shift == 0 ? 0 : 4).dropLast(4).utf8)
            }
            return [text] + shifted + [Data(text.map { String(format: "%02x", $0) }.joined().utf8)]
        }
    }

    private func findings(_ bytes: Data) -> [String] {
        Canary.allCases.filter { $0.forms.contains { bytes.range(of: $0) != nil } }.map(\.rawValue)
    }

    /// No canary stands in any file below `folder`, archives unpacked.
    private func expectNothing(below folder: URL) throws {
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        for case let file as URL in files ?? .init() {
            guard let bytes = try? Data(contentsOf: file) else { continue }
            let contents = file.pathExtension == "gz" ? bytes + (try unpacked(file)) : bytes
            #expect(findings(contents) == [], "\(file.path)")
            #expect(contents.range(of: Data("X-Bootaction-Key: ".utf8)) == nil || isDocument(file), "\(file.path)")
        }
    }

    /// What machines fetch is there, and nobody but the daemon can read it.
    private func expectSealedArchives(_ seed: Seed) throws {
        let folder = seed.state.appendingPathComponent("bootdata")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            #expect(file.lastPathComponent.hasSuffix(".tar.gz.sealed"), "\(file.path)")
            let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
            #expect(mode == 0o600, "\(file.path)")
            #expect(try Data(contentsOf: file).prefix(3) != Data([0x1f, 0x8b, 0x08]), "\(file.path)")
        }
    }

    /// The text of a boot action has the name of the header, too.
    private func isDocument(_ file: URL) -> Bool { file.lastPathComponent.hasPrefix("boatyard.db") }

    private func unpacked(_ file: URL) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", file.path]
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let bytes = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return bytes
    }

    private static func secret(_ name: String, _ schema: String, _ canary: Canary) -> String {
        """
        ---
        schema: deckhand/\(schema)/v1
        metadata:
          schema: metadata/Document/v1
          name: \(name)
          layeringDefinition: {abstract: false, layer: site}
          storagePolicy: encrypted
        data: \(canary.rawValue)

        """
    }

    /// The example site with a password that is encrypted, a private key, and a boot action that carries a secret.
    private func site(in folder: URL) throws -> URL {
        let site = folder.appendingPathComponent("site")
        try FileManager.default.copyItem(at: Place.exampleSite, to: site)
        try write(.password, in: site)
        return site
    }

    private func write(_ password: Canary, in site: URL) throws {
        let text =
            Self.secret("bmc-password", "Passphrase", password) + Self.secret("tls", "CertificateKey", .key)
            + Self.secret("join-token", "Passphrase", .bootAction) + """
                ---
                schema: drydock/BootAction/v1
                metadata:
                  schema: metadata/Document/v1
                  name: token
                  layeringDefinition: {abstract: false, layer: site}
                  storagePolicy: cleartext
                  substitutions:
                    - src: {schema: deckhand/Passphrase/v1, name: join-token, path: .}
                      dest: {path: '.assets[0].data', pattern: TOKEN}
                data:
                  signaling: false
                  assets:
                    - type: file
                      path: /etc/join-token
                      permissions: '600'
                      data_pipeline: [utf8_decode]
                      data: |
                        token=TOKEN

                """
        try text.write(to: site.appendingPathComponent("secrets.yaml"), atomically: true, encoding: .utf8)
    }

    @Test("through a whole deployment: in no file, log, or answer that does not ask for them")
    func deployment() async throws {
        let seed = try Seed()
        let site = try site(in: seed.folder)
        try await seed.rehearse(site)
        try await seed.startDaemon(environment: ["BOATYARD_LOG_LEVEL": "debug"])
        try seed.commit(site)
        let action = try seed.create(action: "deploy_site")
        let entity = try await seed.end(of: action)
        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")
        try write(.newPassword, in: site)
        try seed.commit(site)
        try await answers(seed, action: action, steps: entity["steps"]?.arrayValue ?? [])

        #expect(findings(Data((seed.daemon?.standardError ?? "").utf8)) == [])
        if let process = seed.daemon?.process.processIdentifier {
            let line = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/cmdline"))
            let environment = try Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/environ"))
            #expect(findings(line + environment) == [])
        }
        try expectNothing(below: seed.state)
        try expectSealedArchives(seed)
        #expect(try seed.boatyard("secrets", "rotate").status == 0)
        try expectNothing(below: seed.state)
        try expectSealedArchives(seed)

        // It is there for whoever asks.
        let clear = try seed.curl("/api/v1.0/revisions/2/rendered-documents?cleartext-secrets=true")
        #expect(clear.body.contains(Canary.newPassword.rawValue) && clear.body.contains(Canary.key.rawValue))
    }

    private func answers(_ seed: Seed, action: String, steps: [Value]) async throws {
        var paths = [
            "actions", "actions/\(action)?verbosity=5", "configdocs", "configdocs/site",
            "configdocs/site?version=committed",
            "renderedconfigdocs", "renderedconfigdocs?version=committed", "revisions", "revisions/1", "revisions/2",
            "revisions/1/documents", "revisions/1/documents?schema=deckhand/Passphrase/v1",
            "revisions/1/rendered-documents?cleartext-secrets=false",
            "revisions/2/rendered-documents?metadata.name=bmc-password&cleartext-secrets=false",
            "revisions/1/diff/2", "revisions/1/deepdiff/2", "revisions/0/deepdiff/1", "revisions/2/validations",
            "revisions/2/validations/detail", "designs", "tasks", "nodes", "workflows?since=2020-01-01",
            "site_statuses", "site_statuses?filters=machines-power-state", "nodes/berth-1/builddata",
            "nodes/berth-1/builddata?latest=true",
            "revisions/2/rendered-documents?cleartext-secrets=false&explain=.&schema=deckhand/Passphrase/v1&metadata.name=bmc-password",
            "revisions/2/rendered-documents?explain=.oob.credential&schema=drydock/HostProfile/v1&metadata.name=control",
            "revisions/2/rendered-documents?cleartext-secrets=false&explain=.assets&schema=drydock/BootAction/v1&metadata.name=token",
        ]
        for step in steps {
            guard let name = step["id"]?.stringValue else { continue }
            paths += ["actions/\(action)/steps/\(name)?verbosity=5", "actions/\(action)/steps/\(name)/logs"]
        }
        for task in try seed.json("tasks").arrayValue ?? [] {
            guard let id = task["task_id"]?.stringValue else { continue }
            paths.append("tasks/\(id)?builddata=true&subtaskerrors=true&layers=5")
        }
        for path in paths {
            let answer = try seed.curl("/api/v1.0/" + path)
            #expect([200, 204].contains(answer.status) || answer.status == 404, "\(path): \(answer.status)")
            #expect(findings(Data(answer.body.utf8)) == [], "\(path)")
        }
        for arguments in [
            ["get", "actions"], ["describe", "action", action], ["get", "nodes"], ["plan"],
        ] {
            let program = try Program("boatyard", ["--socket", seed.socket] + arguments)
            program.wait()
            #expect(findings(Data((program.standardOutput + program.standardError).utf8)) == [], "\(arguments)")
        }
    }

    @Test("no program leaves a core file")
    func coreFiles() async throws {
        let seed = try Seed()
        try await seed.rehearse(Place.exampleSite)
        #expect(seed.rehearsal?.leavesNoCoreFile == true)
        try await seed.startDaemon()
        #expect(seed.daemon?.leavesNoCoreFile == true)
        // The others wait for a server that is silent: no plan comes, and the agent does nothing to this machine.
        let server = try await TinyServer.start([TinyServer.silence])
        let url = "http://127.0.0.1:\(server.port)"
        let line = seed.folder.appendingPathComponent("cmdline")
        try "boatyard.url=\(url) boatyard.mac=52:54:00:00:00:11\n".write(to: line, atomically: true, encoding: .utf8)
        let programs = try [
            Program("boatyard", ["get", "nodes", "--url", url]),
            Program("boatyard-agent", ["install", "--stay", "--command-line", line.path]),
        ]
        defer { for program in programs { program.kill() } }
        _ = try await eventually("the question of each") { try await server.requests().count >= 2 ? true : nil }
        for program in programs {
            #expect(program.process.isRunning, "\(program.standardOutput)\(program.standardError)")
            #expect(program.leavesNoCoreFile)
        }
        await server.stop()
    }

    @Test("in no error about documents that hold them")
    func errors() async throws {
        let seed = try Seed()
        try await seed.startDaemon(environment: ["BOATYARD_LOG_LEVEL": "debug"])
        let policy = """
            schema: deckhand/LayeringPolicy/v1
            metadata: {schema: metadata/Control/v1, name: layering-policy}
            data: {layerOrder: [site]}
            ---
            schema: deckhand/DataSchema/v1
            metadata: {schema: metadata/Control/v1, name: example/Kind/v1}
            data: {type: object, properties: {a: {type: integer, enum: [1]}}, required: [b], additionalProperties: false}

            """
        let secret = Self.secret("source", "Passphrase", .invalid)
        func document(_ policy: String, _ data: String, _ substitutions: String = "") -> String {
            """
            ---
            schema: example/Kind/v1
            metadata:
              schema: metadata/Document/v1
              name: subject
              layeringDefinition: {layer: site}
              storagePolicy: \(policy)\(substitutions)
            data: \(data)

            """
        }
        let canary = Canary.invalid.rawValue
        func substitution(_ rest: String, _ destination: String) -> String {
            "\n  substitutions: [{src: {schema: deckhand/Passphrase/v1, name: source, path: .\(rest)}, dest: \(destination)}]"
        }
        let bodies = [
            policy + document("encrypted", "{a: \(canary), c: \(canary)}"),
            policy + secret + document("cleartext", "{a: 1}", substitution("", "{path: .a}")),
            policy + secret + document("cleartext", "{a: [1]}", substitution("", "{path: '.a.b.c'}")),
            policy + secret + document("cleartext", "{a: PATTERN}", substitution("", "{path: .a, pattern: '(['}")),
            policy + secret + document("cleartext", "{a: 1}", substitution(", pattern: '(x'", "{path: .a}")),
            policy + secret + document("cleartext", "{a: 1}", substitution("x.y", "{path: .a}")),
            policy + document("encrypted", "{a: \(canary)}") + document("encrypted", "{a: \(canary)}"),
            policy + document("encrypted", "{a: \(canary), ? [b] : 1}"),
            policy + document("encrypted", "{a: \(canary), b: !!timestamp \(canary)}"),
            policy + document("encrypted", "{a: \(canary), b: .nan}"),
        ]
        var refused = 0
        for (number, body) in bodies.enumerated() {
            let file = seed.folder.appendingPathComponent("body.yaml")
            try body.write(to: file, atomically: true, encoding: .utf8)
            let upload = ["-H", "Content-Type: application/x-yaml", "--data-binary", "@" + file.path]
            let put = try seed.curl("/api/v1.0/buckets/a/documents", ["-X", "PUT"] + upload)
            if put.status != 200 { refused += 1 }
            // A parser that cannot read on may quote what it cannot read.
            if number != 8 { #expect(findings(Data(put.body.utf8)) == [], "PUT of body \(number): \(put.body)") }
            guard put.status == 200 else { continue }
            let latest = try seed.curl("/api/v1.0/revisions?order=desc", ["-H", "Accept: application/json"])
            let revision = try Value(json: latest.body)["results"]?[0]?["id"]?.intValue ?? 0
            for query in ["", "?cleartext-secrets=true"] {
                let rendered = try seed.curl("/api/v1.0/revisions/\(revision)/rendered-documents" + query)
                if rendered.status != 200 { refused += 1 }
                if rendered.status != 200 || query.isEmpty {
                    #expect(findings(Data(rendered.body.utf8)) == [], "rendering of body \(number): \(rendered.body)")
                }
            }
            for path in ["validations", "validations/detail"] {
                let answer = try seed.curl("/api/v1.0/revisions/\(revision)/\(path)")
                #expect(findings(Data(answer.body.utf8)) == [], "\(path) of body \(number)")
            }
            let staged = try seed.curl("/api/v1.0/configdocs/site?buffermode=replace", ["-X", "POST"] + upload)
            #expect(findings(Data(staged.body.utf8)) == [], "configdocs of body \(number): \(staged.body)")
            let committed = try seed.curl("/api/v1.0/commitconfigdocs", ["-X", "POST"])
            #expect(findings(Data(committed.body.utf8)) == [], "commit of body \(number): \(committed.body)")
        }
        #expect(refused >= bodies.count)
        #expect(findings(Data((seed.daemon?.standardError ?? "").utf8)) == [])
        try expectNothing(below: seed.state)
    }

    @Test("documents that were in clear leave nothing in the database once they are deleted")
    func deleted() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let canary = "ClearCanary6d1fe8"
        let file = seed.folder.appendingPathComponent("body.yaml")
        let body = (0..<200).map { number in
            """
            ---
            schema: example/Kind/v1
            metadata: {schema: metadata/Document/v1, name: n\(number), layeringDefinition: {layer: site}, storagePolicy: cleartext}
            data: {text: \(canary)\(number), long: \(String(repeating: canary, count: 100))}

            """
        }.joined()
        try body.write(to: file, atomically: true, encoding: .utf8)
        let put = try seed.curl(
            "/api/v1.0/buckets/a/documents",
            ["-X", "PUT", "-H", "Content-Type: application/x-yaml", "--data-binary", "@" + file.path])
        #expect(put.status == 200)
        func isThere() -> Bool {
            ["boatyard.db", "boatyard.db-wal"].contains { name in
                let bytes = try? Data(contentsOf: seed.state.appendingPathComponent(name))
                return bytes?.range(of: Data(canary.utf8)) != nil
            }
        }
        #expect(isThere())
        #expect(try seed.curl("/api/v1.0/revisions", ["-X", "DELETE"]).status == 204)
        // The log is cut when the writer has been idle for a moment.
        _ = try await eventually("a database without it", within: 20) { isThere() ? nil : true }
    }
}
