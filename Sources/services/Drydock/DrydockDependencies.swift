import Cryptography
import Deckhand
import Logging
import OutOfBand
import Primitives
import Store

/// What the service is built from.
package struct DrydockDependencies: Sendable {
    package var database: Database
    /// The rendered documents of a revision of our own Deckhand.
    package var renderedDocuments: @Sendable (Int) async throws -> RenderedRevision
    /// The same as a stream of YAML, filtered by the query of an address.
    package var renderedStream: @Sendable (_ revision: Int, _ query: String) async throws -> [UInt8] = { revision, _ in
        throw DrydockError(.unreachable, "There is no Deckhand to ask for revision \(revision).")
    }
    /// A token of ours for Promenade; nil where we have no account at Keystone.
    package var serviceToken: @Sendable () async throws -> Secret<String>? = { nil }
    /// Who follows the tasks.
    package var listener = TaskListener.nobody
    package var configuration: DrydockConfiguration
    package var outOfBand: any OutOfBandDrivers
    /// Under which plans and keys of deployments are stored.
    package var keys: Keyring
    package var logger: Logger
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
