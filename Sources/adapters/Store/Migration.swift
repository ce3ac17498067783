/// A numbered change of the database's schema, which is applied once, in a transaction of its own.
package struct Migration: Sendable {
    /// The number, from 1 without gaps across all services. The file's `user_version` is the number of the last one.
    package let number: Int
    /// A name for people, which is stored in the database.
    package let name: String
    let body: @Sendable (Connection) throws -> Void

    /// Makes a migration. `body` carries it out, and undoes it by throwing.
    package init(number: Int, name: String, body: @escaping @Sendable (Connection) throws -> Void) {
        self.number = number
        self.name = name
        self.body = body
    }

    /// Makes a migration of SQL statements, which run in their order.
    package init(number: Int, name: String, statements: [String]) {
        self.init(number: number, name: name) { connection in
            for statement in statements { try connection.execute(statement) }
        }
    }
}

extension [Migration] {
    /// These migrations, with an empty one for each missing number, for a database of some of the services only.
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
        guard current >= 0 else {
            throw StoreError(
                problem: .corrupt,
                message:
                    "\(path) has form \(current), which no program writes: it is damaged, or no database of Boatyard. "
                    + "Restore it from a backup")
        }
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
