import Primitives

extension ShipyardError {
    /// What went wrong. The raw values are the stable codes of errors.
    package enum Problem: String, Sendable, CaseIterable {
        // Requests that cannot be read

        case missingBody = "shipyard.missing-body"
        case malformedBody = "shipyard.malformed-body"
        /// The body breaks the schema of an action.
        case invalidBody = "shipyard.invalid-body"
        case invalidActionID = "shipyard.invalid-action-id"
        case invalidNoteID = "shipyard.invalid-note-id"
        case invalidWorkflowID = "shipyard.invalid-workflow-id"
        case invalidStatusFilter = "shipyard.invalid-status-filter"
        case invalidVersion = "shipyard.invalid-version"
        /// Two versions to compare are not two, or the same.
        case invalidVersionPair = "shipyard.invalid-version-pair"
        case invalidBufferMode = "shipyard.invalid-buffer-mode"

        // Documents

        /// Another request changes the documents.
        case documentsLocked = "shipyard.documents-locked"
        /// The buffer mode does not permit the collection.
        case bufferOccupied = "shipyard.buffer-occupied"
        /// A collection was loaded again with the same contents.
        case collectionUnchanged = "shipyard.collection-unchanged"
        case deploymentVersionMissing = "shipyard.deployment-version-missing"
        /// Deckhand does not take the documents.
        case documentsRejected = "shipyard.documents-rejected"
        /// Another collection has one of the documents.
        case documentsConflict = "shipyard.documents-conflict"
        case nothingToCommit = "shipyard.nothing-to-commit"
        /// There is no such version to read.
        case versionMissing = "shipyard.version-missing"
        /// There is no such version to compare.
        case comparedVersionMissing = "shipyard.compared-version-missing"
        case collectionMissing = "shipyard.collection-missing"
        /// The documents of a version do not render; the cause says whether a conflict or their contents is why.
        case renderingFailed = "shipyard.rendering-failed"
        case deckhandFailed = "shipyard.deckhand-failed"

        // Actions

        case unsupportedAction = "shipyard.unsupported-action"
        case invalidTargets = "shipyard.invalid-targets"
        case nothingCommitted = "shipyard.nothing-committed"
        case intermediateCommit = "shipyard.intermediate-commit"
        /// The rendered documents do not pass the checks before an action.
        case invalidDocuments = "shipyard.invalid-documents"
        case unknownAction = "shipyard.unknown-action"
        case unknownStep = "shipyard.unknown-step"
        case unknownValidation = "shipyard.unknown-validation"
        case unknownControl = "shipyard.unknown-control"
        /// The action is not in a state for this control.
        case wrongState = "shipyard.wrong-state"
        /// Another action runs that excludes this one.
        case actionsExclude = "shipyard.actions-exclude"
        case stopping = "shipyard.stopping"

        // Notes and statuses

        case unknownNote = "shipyard.unknown-note"
        case noteWithoutDetails = "shipyard.note-without-details"
        case noteDetailsFailed = "shipyard.note-details-failed"
        case drydockFailed = "shipyard.drydock-failed"

        /// The kind of an error with this problem.
        package var kind: ErrorKind {
            switch self {
            case .missingBody, .malformedBody, .invalidBody, .invalidActionID, .invalidNoteID: .invalid
            case .invalidWorkflowID, .invalidStatusFilter, .invalidVersion, .invalidVersionPair: .invalid
            case .invalidBufferMode, .collectionUnchanged, .deploymentVersionMissing, .documentsRejected: .invalid
            case .unsupportedAction, .invalidTargets, .nothingCommitted, .invalidDocuments: .invalid
            case .renderingFailed: .invalid
            case .documentsLocked, .bufferOccupied, .documentsConflict, .nothingToCommit: .conflict
            case .intermediateCommit, .wrongState, .actionsExclude: .conflict
            case .versionMissing, .comparedVersionMissing, .collectionMissing: .missing
            case .unknownAction, .unknownStep, .unknownValidation, .unknownControl: .missing
            case .unknownNote, .noteWithoutDetails: .missing
            case .stopping: .unavailable
            case .deckhandFailed, .drydockFailed, .noteDetailsFailed: .failed
            }
        }
    }
}
