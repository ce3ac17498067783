import Logging
import MessageCatalog
import Primitives
import Synchronization

/// Values of many rows, and the rows that are none.
package struct ReadableRows<Element: Sendable>: Sendable {
    /// A row that cannot be read.
    package struct Broken: Sendable, Hashable {
        /// What the row is of, with its id: `machine 01CZ… (n1)`.
        package var name: String
        /// What is wrong with it, without a full stop.
        package var reason: String
    }

    package private(set) var values: [Element] = []
    package private(set) var broken: [Broken] = []

    /// Reads rows one by one: one that cannot be read keeps none of the others from it.
    ///
    /// - Parameter name: what a row is of; it may throw, too.
    /// - Throws: `StoreError` where the database is the trouble.
    package init(_ rows: [Row], _ name: (Row) throws -> String, read: (Row) throws -> Element?) throws {
        for row in rows {
            do {
                if let value = try read(row) { values.append(value) }
            } catch let error as StoreError where error.problem != .misuse {
                throw error
            } catch {
                let shown = ControlCharacters.escaped((try? name(row)) ?? "a row", keepsLines: false)
                broken.append(Broken(name: String(shown.prefix(200)), reason: error.inWords.asClause))
            }
        }
    }
}

/// Tells of each row that cannot be read, and is left out, once in the life of the process.
package final class UnreadableRows: Sendable {
    /// However many there are.
    private static let limit = 1000
    private let logger: Logger?
    private let told = Mutex<Set<String>>([])

    /// - Parameter logger: nil tells nobody.
    package init(_ logger: Logger? = nil) { self.logger = logger }

    /// - Returns: the values.
    @discardableResult
    package func tell<Element>(_ rows: ReadableRows<Element>) -> [Element] {
        for row in rows.broken {
            guard told.withLock({ $0.count < Self.limit && $0.insert("\(row.name): \(row.reason)").inserted }) else {
                continue
            }
            let what = "\(row.name) in the database cannot be read, and is left out: \(row.reason)"
            logger?.error(
                .rowNotRead,
                "\(what). Start the version of Boatyard that wrote it, or restore a backup of before (boatyard restore FILE)",
                metadata: ["row": "\(row.name)"])
        }
        return rows.values
    }
}
