import Documents
import Primitives

/// Shipyard's own checks of the rendered documents (`docs/reference/shipyard.md` §5.4).
package struct DocumentCheck: Sendable {
    package static let configuration = (schema: "shipyard/DeploymentConfiguration/v1", name: "deployment-configuration")
    package static let strategySchema = "shipyard/DeploymentStrategy/v1"
    package static let version = (schema: "pegleg/DeploymentData/v1", name: "deployment-version")

    /// The rendered documents of the revision, or why there are none.
    let documents: Result<[RenderedDocument], any Error>
    /// How a missing deployment version counts; nil does not look for it.
    let versionSeverity: Severity?
    /// Names of the nodes that a filter picks.
    let lookUp: @Sendable (Value) async throws -> [String]

    package private(set) var messages: [Value] = []
    /// What stops an action. A failed lookup does not: the action's own steps will say so.
    package private(set) var hasErred = false

    package init(
        documents: Result<[RenderedDocument], any Error>, versionSeverity: Severity?,
        lookUp: @escaping @Sendable (Value) async throws -> [String]
    ) {
        self.documents = documents
        self.versionSeverity = versionSeverity
        self.lookUp = lookUp
    }

    /// - Parameter full: also follows the configuration to its strategy and the deployment version.
    package mutating func checkConfiguration(full: Bool) async {
        let (schema, name) = Self.configuration
        guard let data = find(schema, name, missing: .error), full else { return }
        if let strategy = data["physical_provisioner"]?["deployment_strategy"], !strategy.isNull {
            await checkStrategy(strategy.pythonText)
        } else {
            add(
                "DeploymentStrategyNotSpecified", .info, schema, name,
                "A deployment strategy document was not specified in the deployment configuration. Because of this, "
                    + "the strategy used will be all-at-once.")
        }
        if let versionSeverity {
            _ = find(Self.version.schema, Self.version.name, missing: versionSeverity)
        }
    }

    private mutating func checkStrategy(_ name: String) async {
        let schema = Self.strategySchema
        guard let data = find(schema, name, missing: .error) else { return }
        do {
            let groups = try DeploymentPlanning.groups(strategy: data)
            _ = try DeploymentProgress(await DeploymentPlanning.withNodes(groups, lookUp: lookUp))
            return
        } catch let error as DeploymentGroupError {
            switch error {
            case .cycle:
                add(
                    "DeploymentGroupCycleError", .error, schema, name,
                    "The deployment groups specified in the Deployment Strategy have groups that form a cycle.",
                    diagnostic: error.description)
            case .missing, .malformed:
                add(
                    "InvalidDeploymentGroupError", .error, schema, name,
                    "A deployment group specified in the Deployment Strategy is invalid",
                    diagnostic: error.description)
            case .lookup:
                add(
                    "InvalidDeploymentGroupNodeLookupError", .error, schema, name,
                    "Shipyard does not have a valid node lookup to validate the deployment strategy",
                    diagnostic: error.description)
            case .label, .unknownParent: addUnexpected(schema, name, error)
            }
        } catch {
            addUnexpected(schema, name, error)
        }
        hasErred = true
    }

    /// The data of the one document of that schema and name, where it has any.
    private mutating func find(_ schema: String, _ name: String, missing severity: Severity) -> Value? {
        let found: [RenderedDocument]
        switch documents {
        case .success(let documents): found = documents.filter { $0.schema == schema && $0.name == name }
        case .failure(let error):
            add(
                "DocumentLookupError", .error, schema, name, "Document Lookup failed for \(schema)",
                diagnostic: "Exception during lookup of a document for validation: \(error.inWords)")
            return nil
        }
        if found.count == 1, let data = found.first?.data, !Self.isEmpty(data) { return data }
        hasErred = true
        let identity = "schema: \(schema) and name: \(name)"
        switch severity {
        case .error:
            add(
                "DocumentNotFoundError", .error, schema, name, "Missing required document \(schema)",
                diagnostic: "The configuration documents must include a document with \(identity)")
        case .warning:
            add(
                "DocumentNotFoundError", .warning, schema, name, "Missing recommended document \(schema)",
                diagnostic: "It is recommended, but not required that the configuration documents include a document "
                    + "with \(identity)")
        case .info:
            add(
                "DocumentNotFoundError", .info, schema, name, "Optional document \(schema) not found",
                diagnostic: "Optional document with \(identity) was notfound among the configuration documents.")
        }
        return nil
    }

    private static func isEmpty(_ data: Value) -> Bool { data == .null || data == [:] || data == [] || data == "" }

    private mutating func addUnexpected(_ schema: String, _ name: String, _ error: any Error) {
        add(
            "DocumentValidationProcessingError", .error, schema, name,
            "Shipyard has encountered an unexpected error while processing document validations",
            diagnostic: error.inWords)
    }

    private mutating func add(
        _ name: String, _ severity: Severity, _ schema: String, _ document: String, _ message: String,
        diagnostic: String = "Message generated by Shipyard."
    ) {
        messages.append([
            "error": .bool(severity == .error), "level": .string(severity.title), "message": .string(message),
            "name": .string(name), "documents": [["schema": .string(schema), "name": .string(document)]],
            "diagnostic": .string(diagnostic), "kind": "ValidationMessage",
        ])
    }
}
