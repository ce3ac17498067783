import Glibc
import Store

/// An error of the tests themselves.
struct Trouble: Error { var text: String }

let itemMigration = Migration(
    number: 1, name: "items",
    statements: [
        "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, size INTEGER, body BLOB)",
        "CREATE TABLE part (item INTEGER NOT NULL REFERENCES item (id) DEFERRABLE INITIALLY DEFERRED)",
    ])

/// Makes a folder, hands over its path, and removes it.
@discardableResult
func withTemporaryFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    var template = Array("/tmp/boatyard-store-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Trouble(text: "mkdtemp: \(errno)") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink(path + "/" + name)
            }
            closedir(folder)
        }
        rmdir(path)
    }
    return try await body(path)
}

@discardableResult
func withDatabase<T>(_ body: (Database) async throws -> T) async throws -> T {
    try await withTemporaryFolder { folder in
        let database = try Database.open(path: folder + "/test.db", migrations: [itemMigration])
        let result = try await body(database)
        await database.close()
        return result
    }
}
