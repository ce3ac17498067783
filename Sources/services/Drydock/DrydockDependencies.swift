import Cryptography
import Deckhand
import Logging
import OutOfBand
import Primitives
import Store

/// Everything that the service is built from.
package struct DrydockDependencies: Sendable {
    /// The database, opened with `Migration.drydock`.
    package var database: Database
    /// The rendered documents of a revision of this daemon's Deckhand.
    package var renderedDocuments: @Sendable (Int) async throws -> RenderedRevision
    /// The same documents as a stream of YAML, filtered by the query of an address.
    package var renderedStream: @Sendable (_ revision: Int, _ query: String) async throws -> [UInt8] = { revision, _ in
        throw DrydockError(.unreachable, "There is no Deckhand to ask for revision \(revision).")
    }
    /// A token of the daemon's own account, for Promenade, another one than the one that was refused; nil where the daemon has
    /// no account at a Keystone.
    package var serviceToken: @Sendable (_ refused: Secret<String>?) async throws -> Secret<String>? = { _ in nil }
    /// Is told of every change of a task.
    package var listener = TaskListener.nobody
    /// Addresses, limits and deadlines.
    package var configuration: DrydockConfiguration
    /// The drivers of BMCs.
    package var outOfBand: any OutOfBandDrivers
    /// What is known of BMCs: what the drivers were given. It is kept in the database, but for that of a rehearsal.
    package var bmcMemory = BMCMemory()
    /// The master key, under which plans and keys of deployments are stored.
    package var keys: Keyring
    /// Where the service logs.
    package var logger: Logger
    /// The present time; tests bring their own.
    package var now: @Sendable () -> Timestamp

    /// - Parameter documents: whose rendered revisions are the designs.
    package init(
        database: Database, documents: DocumentService, configuration: DrydockConfiguration,
        outOfBand: any OutOfBandDrivers, keys: Keyring,
        logger: Logger = Logger(label: "boatyard.drydock"),
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.init(
            database: database,
            renderedDocuments: { try await documents.rendered(revision: $0) },
            configuration: configuration, outOfBand: outOfBand, keys: keys,
            logger: logger, now: now)
        renderedStream = { try await RenderedStream.bytes(documents, revision: $0, query: $1) }
    }

    package init(
        database: Database, renderedDocuments: @escaping @Sendable (Int) async throws -> RenderedRevision,
        configuration: DrydockConfiguration, outOfBand: any OutOfBandDrivers, keys: Keyring,
        logger: Logger = Logger(label: "boatyard.drydock"),
        now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.database = database
        self.renderedDocuments = renderedDocuments
        self.configuration = configuration
        self.outOfBand = outOfBand
        self.keys = keys
        self.logger = logger
        self.now = now
    }
}
