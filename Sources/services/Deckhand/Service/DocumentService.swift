import Cryptography
import Documents
import Primitives
import Store
import Synchronization

/// Documents in buckets and revisions, as Deckhand keeps them (`docs/reference/deckhand.md`).
///
/// Errors are `DocumentError`, and `StoreError` where the database cannot be read or written.
package final class DocumentService: Sendable {
    let database: Database
    let vault: SecretVault
    let clock: @Sendable () -> Timestamp
    let renderings = RenderCache()
    let places = PlaceCache()
    let schemas = DataSchemaCache()
    /// How often a revision was rendered since the start, and how often once more to trace where values are written.
    let renderingCounts = Mutex((plain: 0, traced: 0))
    let deletionObstacles = Mutex<[DeletionObstacle]>([])

    /// - Parameters:
    ///   - database: opened with `DeckhandSchema.migrations`.
    ///   - keys: under which encrypted documents are stored.
    package init(
        database: Database, keys: Keyring, clock: @escaping @Sendable () -> Timestamp = { .now() }
    ) throws {
        self.database = database
        vault = try SecretVault(keys: keys)
        self.clock = clock
    }
}

extension DocumentService {
    /// - Parameter masterKey: 32 bytes, under which encrypted documents are stored.
    package convenience init(
        database: Database, masterKey: Secret<[UInt8]>, clock: @escaping @Sendable () -> Timestamp = { .now() }
    ) throws {
        try self.init(database: database, keys: Keyring(masterKey), clock: clock)
    }
}

/// Returns why the documents cannot be deleted now, such as `action 01… (deploy_site) is running`, and nil where they
/// can. It is called within the transaction that would delete them.
package typealias DeletionObstacle = @Sendable (Connection) throws -> String?

extension DocumentService {
    /// Registers an obstacle that `deleteAll` asks.
    package func keepDocuments(while obstacle: @escaping DeletionObstacle) {
        deletionObstacles.withLock { $0.append(obstacle) }
    }
}

extension Connection {
    /// The number of the newest revision, 0 where there is none.
    func latestRevision() throws -> Int {
        try query("SELECT coalesce(max(id), 0) FROM deckhand_revisions").first?.int(0) ?? 0
    }

    /// - Throws: `.revisionMissing`.
    func requireRevision(_ revision: Int) throws { _ = try creation(of: revision) }

    /// When the revision was made.
    ///
    /// - Throws: `.revisionMissing`.
    func creation(of revision: Int) throws -> Timestamp {
        let rows = try query("SELECT created FROM deckhand_revisions WHERE id = ?", [SQLValue(revision)])
        guard let row = rows.first else { throw DocumentError.revisionMissing(revision) }
        return Timestamp(microseconds: try row.int64(0))
    }
}
