import Primitives
import Store
import Testing

@Suite struct GroupCommitTests {
    @Test("what a body wrote can be read once it has returned")
    func writeThenRead() async throws {
        try await withDatabase { database in
            let id = try await database.write { connection in
                try connection.execute("INSERT INTO item (name) VALUES (?)", ["first"])
                return connection.lastInsertRowID
            }
            let name = try await database.read {
                try $0.query("SELECT name FROM item WHERE id = ?", [.int(id)]).first?.text("name")
            }
            #expect(name == "first")
        }
    }
}
