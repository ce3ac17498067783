/// The tables, indexes, triggers and views of a database, without what SQLite makes by itself.
package struct DatabaseSchema: Sendable {
    /// What is made by one statement.
    package struct Object: Sendable, Hashable {
        /// `table`, `index`, `trigger` or `view`.
        package var type: String
        /// Unique in a database.
        package var name: String

        /// Something that may be in a database or not.
        package init(type: String, name: String) {
            self.type = type
            self.name = name
        }
    }

    /// The statements that have made them.
    package private(set) var objects: [Object: String]

    /// Of a database as it is.
    ///
    /// - Throws: `StoreError`.
    package init(_ connection: Connection) throws(StoreError) {
        objects = [:]
        let rows = try connection.query(
            "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
        for row in rows {
            objects[Object(type: try row.text("type"), name: try row.text("name"))] = try row.optionalText("sql") ?? ""
        }
    }

    /// What migrations make of nothing.
    ///
    /// - Parameter form: the number of the last one.
    /// - Throws: `StoreError`.
    package init(of migrations: [Migration], upTo form: Int) throws {
        let connection = try Connection(path: ":memory:", role: .draft)
        try connection.migrate(migrations.filter { $0.number <= form })
        try self.init(connection)
    }

    /// Without these tables, and what belongs to none but them.
    package mutating func remove(tables names: [String]) {
        for name in names { objects[Object(type: "table", name: name)] = nil }
    }

    /// What a database of another form has, or one that was changed by hand; nil where there is no such.
    ///
    /// Triggers and views run by themselves: those have to be the same to the letter.
    ///
    /// - Returns: `the trigger x is in no database of this program`
    package func difference(from expected: DatabaseSchema) -> String? {
        for (object, text) in objects.sorted(by: { $0.key.name < $1.key.name }) {
            guard let known = expected.objects[object] else {
                return "the \(object.type) \(object.name) is in no database of this program"
            }
            if ["trigger", "view"].contains(object.type), known != text {
                return "the \(object.type) \(object.name) is another one than this program makes"
            }
        }
        return expected.objects.keys.filter { objects[$0] == nil }.sorted { $0.name < $1.name }.first
            .map { "the \($0.type) \($0.name) is missing" }
    }
}
