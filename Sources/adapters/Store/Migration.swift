/// A numbered step of the database's form, applied once, in a transaction of its own.
package struct Migration: Sendable {
    /// From 1, without gaps across all services; becomes the file's `user_version`.
    package let number: Int
    /// Stands in the database, for people.
    package let name: String
    let body: @Sendable (Connection) throws -> Void

    package init(number: Int, name: String, body: @escaping @Sendable (Connection) throws -> Void) {
        self.number = number
        self.name = name
        self.body = body
    }

    /// - Parameter statements: one SQL statement each, run in order.
    package init(number: Int, name: String, statements: [String]) {
        self.init(number: number, name: name) { connection in
            for statement in statements { try connection.execute(statement) }
        }
    }
}

extension [Migration] {
    /// With an empty migration for each number that is missing, for a database that holds some of the services only.
    package var withoutGaps: [Migration] {
        let numbers = Set(map(\.number))
        return self
            + (1..<Swift.max(1, numbers.max() ?? 1)).filter { !numbers.contains($0) }
            .map { Migration(number: $0, name: "of another service", statements: []) }
    }
}

extension Connection {
    /// Brings the file up to the newest of `migrations`.
    ///
    /// - Throws: `store.newer` where the file is beyond them, `store.misuse` where their numbers are not 1…n, and
    ///   whatever a migration throws, which leaves the file at the migration before.
    func migrate(_ migrations: [Migration]) throws {
        let ordered = migrations.sorted { $0.number < $1.number }
        guard ordered.map(\.number) == Array(1..<(ordered.count + 1)) else {
            throw StoreError(
                problem: .misuse, message: "migrations must be numbered from 1 without gaps: \(ordered.map(\.number))")
        }
        let current = try query("PRAGMA user_version").first?.int(0) ?? 0
        guard current <= ordered.count else {
            throw StoreError(
                problem: .newer,
                message: "\(path) has form \(current), but this program knows forms up to \(ordered.count). "
                    + "Install the newer program again, or restore the backup made before the upgrade")
        }
        for migration in ordered.dropFirst(current) {
            try execute("BEGIN IMMEDIATE")
            do {
                try migration.body(self)
                try execute("PRAGMA user_version = \(migration.number)")
                try execute("COMMIT")
            } catch {
                rollBack()
                throw error
            }
        }
    }
}
