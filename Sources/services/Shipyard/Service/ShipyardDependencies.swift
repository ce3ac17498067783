import Deckhand
import Logging
import Primitives
import SiteActions
import Store
import Workflow

/// The caller of an operation.
package struct ShipyardCaller: Sendable, Hashable {
    /// The name of the user, as the audit shows it.
    package var name: String
    /// The id of the request, which becomes the context marker of an action.
    package var requestID: String
    /// Becomes the context marker of an action: what the client marked its request with, else the request's id.
    package var contextMarker: String

    package init(name: String, requestID: String, contextMarker: String? = nil) {
        self.name = name
        self.requestID = requestID
        self.contextMarker = contextMarker ?? requestID
    }
}

/// Everything that the service is built from.
package struct ShipyardDependencies: Sendable {
    /// The database, opened with the migrations of Deckhand, Drydock and Shipyard.
    package var database: Database
    /// This daemon's Deckhand.
    package var documents: DocumentService
    /// This daemon's Drydock.
    package var provisioner: any SiteProvisioner
    /// Nil where no Armada is configured; its steps are skipped.
    package var armada: (any SoftwareDeployer)?
    /// Nil where no Promenade is configured; its steps are skipped.
    package var promenade: (any SoftwareComponent)?
    /// The address of this daemon's API in design references, `http://127.0.0.1:9000/api/v1.0`.
    package var deckhandEndpoint: String
    /// The folder of the step logs.
    package var logFolder: String
    /// The severity of a missing deployment version document when a collection is staged; nil does not look for it.
    package var versionOnCreate: Severity?
    /// The severity of a missing deployment version document when documents are committed; nil does not look for it.
    package var versionOnCommit: Severity?
    /// Whether deployment groups that do not depend on each other are deployed together, which Airship's Shipyard does
    /// not do.
    package var deploysGroupsConcurrently: Bool
    /// How long machines that are ready wait for more of their group before they are installed while others are still prepared. It
    /// doubles with each task that is made so.
    package var deploymentPause = Duration.seconds(10)
    /// The workflow of an action.
    package var graph: @Sendable (SiteActionKind) throws -> WorkflowGraph = { try $0.graph() }
    /// The operations of steps, by the names of their operators.
    package var operations: [String: StepOperation] = StepOperator.operations
    /// The log that Drydock's tasks are written to as well; nil makes a log for Shipyard alone.
    package var events: EventLog?
    /// The present time; tests bring their own.
    package var now: @Sendable () -> Timestamp = { .now() }
    /// Where the service logs.
    package var logger: Logger

    package init(
        database: Database, documents: DocumentService, provisioner: any SiteProvisioner,
        deckhandEndpoint: String, logFolder: String, versionOnCreate: Severity?,
        versionOnCommit: Severity?, deploysGroupsConcurrently: Bool, logger: Logger
    ) {
        self.database = database
        self.documents = documents
        self.provisioner = provisioner
        self.deckhandEndpoint = deckhandEndpoint
        self.logFolder = logFolder
        self.versionOnCreate = versionOnCreate
        self.versionOnCommit = versionOnCommit
        self.deploysGroupsConcurrently = deploysGroupsConcurrently
        self.logger = logger
    }
}
