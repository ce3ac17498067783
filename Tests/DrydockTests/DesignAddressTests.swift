import Archive
import Cryptography
import Deckhand
import Primitives
import Store
import TestSupport
import Testing

@testable import Drydock

@Suite("Designs whose address has credentials")
struct DesignAddressTests {
    private static let password = "anch0rs-aweigh"

    private func server(_ site: TestSite) async throws -> TinyServer {
        let bytes = try await RenderedStream.bytes(site.daemon.documents, revision: 1, query: "")
        let text = String(decoding: bytes, as: UTF8.self)
        return try await TinyServer.start(["HTTP/1.1 200 OK\r\nContent-Length: \(text.utf8.count)\r\n\r\n\(text)"])
    }

    /// Everything that the database says in clear.
    private func texts(_ database: Database) async throws -> String {
        try await database.read { connection in
            var all = ""
            for table in try connection.query("SELECT name FROM sqlite_master WHERE type = 'table'") {
                let name = try table.text(0)
                let columns = try connection.query("SELECT name FROM pragma_table_info(?)", [.text(name)])
                for column in try columns.map({ try $0.text(0) }) {
                    try connection.forEach("SELECT CAST(\"\(column)\" AS TEXT) FROM \"\(name)\"") { row in
                        all += (try row.optionalText(0) ?? "") + "\n"
                    }
                }
            }
            return all
        }
    }

    @Test("the design is fetched with them; tasks, messages, boot data and the database have none in clear")
    func masked() async throws {
        try await TestSite.run(assets: [
            [
                "type": "file", "path": "/etc/design", "data_pipeline": ["utf8_decode", "template"],
                "permissions": "600", "data": "{{ action.design_ref }}",
            ]
        ]) { (site) async throws -> Void in
            let server = try await server(site)
            let design = "http://anne:\(Self.password)@127.0.0.1:\(server.port)/site"
            try await site.deploy(design)
            try await site.expectBootData()
            let asked = try await server.requests()
            let credentials = Base64.encode(Array("anne:\(Self.password)".utf8))
            let expected = "authorization: basic " + String(decoding: credentials, as: UTF8.self).lowercased()
            #expect(!asked.isEmpty && asked.allSatisfy { $0.lowercased().contains(expected) })

            let service = await site.daemon.service()
            for task in try await service.tasks() {
                #expect(task.design == "http://127.0.0.1:\(server.port)/site")
                #expect(!"\(task)".contains(Self.password) && !task.value().json().contains(Self.password))
            }
            #expect(try await !texts(site.daemon.database).contains(Self.password))
            #expect(try await service.nodeOverview().count == 4, "the newest design is fetched with them, too")
            // Another process, under another key, still has them.
            await site.daemon.kill()
            site.daemon.start()
            let again = await site.daemon.service()
            site.daemon.keys.replace(with: Secret([UInt8](repeating: 9, count: 32)))
            _ = try await site.daemon.database.write { try again.renewSecrets($0) }
            site.daemon.keys.dropPrevious()
            let before = try await server.requests().count
            #expect(try await again.nodeOverview().count == 4)
            let later = try await server.requests()
            #expect(later.count > before && later.allSatisfy { $0.lowercased().contains(expected) })
            // What the machine has got names no password.
            let deployment = try #require(try await again.deployments.latestInstallation(of: "berth-1"))
            let secret = try #require(try await again.deployments.key(deployment.id))
            let archive = try await again.bootData.archive(node: "berth-1", kind: .files, key: secret.reveal().hex)
            let contents = try await members(archive).first { $0.name.hasSuffix("etc/design") }?.contents ?? []
            #expect(String(decoding: contents, as: UTF8.self) == "http://127.0.0.1:\(server.port)/site")
            await server.stop()
        }
    }

    private func members(_ archive: BootDataArchive) async throws -> [TarMember] {
        try Tar.read(Gzip.decompress(await archive.bytes(), limit: 1 << 26), limit: 1 << 26)
    }

    @Test("what an earlier version has stored in clear is sealed at the next start, and taken out of messages")
    func upgrade() async throws {
        try await TestSite.run(names: []) { (site) async throws -> Void in
            let service = await site.daemon.service()
            let design = "http://anne:\(Self.password)@127.0.0.1:9/site"
            let task = try await service.createTask(TaskRequest(action: .verifySite, design: design, createdBy: "t"))
            _ = try await site.daemon.ended(task.id)
            try await site.daemon.database.write { connection in
                try connection.execute("UPDATE drydock_tasks SET design = ?, design_sealed = NULL", [.text(design)])
                try connection.execute(
                    "UPDATE drydock_task_messages SET text = text || ?", [.text(" see \(design).")])
            }
            #expect(try await texts(site.daemon.database).contains(Self.password))
            #expect(try await service.sealAddresses() > 0)
            #expect(try await !texts(site.daemon.database).contains(Self.password))
            #expect(try await service.sealAddresses() == 0)
            #expect(try await service.taskStore.design(of: task.id).reveal() == design)
            let messages = try await service.task(task.id)?.messages ?? []
            #expect(messages.allSatisfy { $0.text.hasSuffix(" see http://127.0.0.1:9/site.") } && !messages.isEmpty)
        }
    }

    @Test("an address is printed without them, and one of our own Deckhand keeps none")
    func printed() {
        let address = DesignAddress("http://u:secret@h/x")
        #expect("\(address)" == "http://h/x")
        #expect(!String(reflecting: address).contains("secret"))
        #expect(address.reveal() == "http://u:secret@h/x")
        #expect(address != DesignAddress("http://u:other@h/x"))
        let own = DesignAddress("deckhand+http://u:secret@h/api/v1.0/revisions/3/rendered-documents")
        #expect(own.reveal() == "deckhand+http://h/api/v1.0/revisions/3/rendered-documents")
    }

    @Test("another row's address is not taken for one's own, and a wrong key says so")
    func sealed() throws {
        let vault = Vault(keys: Keyring(Secret([UInt8](repeating: 7, count: 32))))
        let address = DesignAddress("http://u:p@h/x")
        let sealed = try #require(try address.sealed(by: vault, for: DesignAddress.taskContext("a")))
        #expect(
            try DesignAddress(stored: "http://h/x", sealed: sealed, by: vault, for: DesignAddress.taskContext("a"))
                == address)
        let other = Vault(keys: Keyring(Secret([UInt8](repeating: 8, count: 32))))
        for (vault, context) in [(vault, "b"), (other, "a")] {
            let error = #expect(throws: BoatyardError.self) {
                try DesignAddress(
                    stored: "http://h/x", sealed: sealed, by: vault, for: DesignAddress.taskContext(context))
            }
            #expect(error?.code == "drydock.sealed")
        }
        #expect(try DesignAddress("http://h/x").sealed(by: vault, for: "") == nil)
    }

    @Test(
        "a reference that nobody reads is refused where a task is asked for, without its password",
        arguments: [
            "gopher://u:secret@h/x", "gopher:u:secret@h", "http://u:se/cret@h:99999/", "http://u:secret@/x y",
            "deckhand+http://u:secret@h/api/v1.0/buckets/a", "promenade+http://u:secret@h:0/x", "file:///etc/secret",
            "x",
        ])
    func refused(design: String) async throws {
        try await TestSite.run(names: []) { (site) async throws -> Void in
            let service = await site.daemon.service()
            let error = await #expect(throws: DrydockError.self) {
                try await service.createTask(TaskRequest(action: .verifySite, design: design, createdBy: "t"))
            }
            #expect(error?.kind == .invalid)
            if design.contains("@") { #expect(error?.message.contains("cret") == false, "\(error?.message ?? "")") }
            #expect(try await service.tasks().isEmpty)
        }
    }

    @Test("so is a revision that there is not; one that does not render fails the task")
    func revisions() async throws {
        try await TestSite.run(names: []) { (site) async throws -> Void in
            let service = await site.daemon.service()
            func create(_ revision: Int) async throws -> DrydockTask {
                try await service.createTask(
                    TaskRequest(
                        action: .verifySite, design: StoredDeployments.design(revision), createdBy: "t"))
            }
            let error = await #expect(throws: DrydockError.self) { try await create(99) }
            #expect(error?.kind == .missing)
            #expect(try await service.tasks().isEmpty)
            let broken: Value = [
                "schema": "a/B/v1",
                "metadata": [
                    "schema": "metadata/Document/v1", "name": "broken", "storagePolicy": "cleartext",
                    "layeringDefinition": [
                        "layer": "site", "abstract": false, "parentSelector": ["no": "parent"],
                        "actions": [["method": "merge", "path": "."]],
                    ],
                ], "data": [:],
            ]
            let revision = try #require(
                try await site.daemon.documents.put(bucket: "broken", documents: [broken]).revision)
            #expect(try await create(revision).status == .queued)
        }
    }
}
