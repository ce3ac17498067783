import Deckhand
import Logging
import Primitives
import SiteActions
import Store
import Workflow

/// Who asks.
package struct ShipyardCaller: Sendable, Hashable {
    /// The user's name, as the audit shows it.
    package var name: String
    package var requestID: String
    /// Becomes the context marker of an action: what the client marked its request with, else the request's id.
    package var contextMarker: String

    package init(name: String, requestID: String, contextMarker: String? = nil) {
        self.name = name
        self.requestID = requestID
        self.contextMarker = contextMarker ?? requestID
    }
}

/// What Shipyard is made of.
package struct ShipyardDependencies: Sendable {
    /// With the migrations of Deckhand, Drydock and Shipyard.
    package var database: Database
    package var documents: DocumentService
    package var provisioner: any SiteProvisioner
    /// Nil where there is none: its steps are skipped.
    package var armada: (any SoftwareDeployer)?
    /// Nil where there is none: its steps are skipped.
    package var promenade: (any SoftwareComponent)?
    /// Where design references point, `http://127.0.0.1:9000/api/v1.0`.
    package var deckhandEndpoint: String
    /// The folder of the step logs.
    package var logFolder: String
    /// How a missing deployment version document counts when a collection is staged; nil does not look for it.
    package var versionOnCreate: Severity?
    /// The same for a commit.
    package var versionOnCommit: Severity?
    /// Whether deployment groups that do not depend on each other are deployed together; our own extension.
    package var deploysGroupsConcurrently: Bool
    /// The workflow of an action.
    package var graph: @Sendable (SiteActionKind) throws -> WorkflowGraph = { try $0.graph() }
    /// What the steps of workflows do, by the names of their operators.
    package var operations: [String: StepOperation] = StepOperator.operations
    /// Where Drydock's tasks are written down, too; nil makes one.
    package var events: EventLog?
    package var now: @Sendable () -> Timestamp = { .now() }
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
