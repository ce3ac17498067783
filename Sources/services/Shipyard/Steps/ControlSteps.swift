import Documents
import Primitives
import SiteActions

/// The steps that every action begins and ends with (`docs/reference/shipyard.md` §8).
enum ControlSteps {
    /// `action_xcom`: what the action is, for the steps after it.
    static func announce(_ context: StepContext) async throws -> StepOutcome {
        .success(["action": context.action.value, "action_type": .string(context.action.scope.rawValue)])
    }

    /// `dag_concurrency_check`: of two actions that exclude each other the older goes on.
    static func checkConcurrency(_ context: StepContext) async throws -> StepOutcome {
        let open = try await context.environment.actions.openNames()
        let older = open.prefix { $0.id != context.action.id }.map(\.name)
        if let other = context.action.conflict(with: older + [context.action.name]) {
            throw StepError("\(context.action.name) conflicts with running \(other.rawValue). Aborting run")
        }
        return .success(["concurrency_check_success": true])
    }

    /// `preflight.ucp_preflight_check`: whether the components can be reached. Deckhand, Drydock and Shipyard are here.
    static func checkHealth(_ context: StepContext) async throws -> StepOutcome {
        let components: [(name: String, component: (any SoftwareComponent)?)] = [
            ("Armada", context.environment.armada), ("Promenade", context.environment.promenade),
        ]
        for (name, component) in components {
            guard let component else {
                context.log.write("\(name) is not configured")
                continue
            }
            do {
                try await component.checkHealth()
                context.log.write("\(name) is alive")
            } catch {
                throw StepError(
                    "Health check failed for \(name) component on dag_id=\(context.action.name). Details: \(error.inWords)"
                )
            }
        }
        return .success()
    }

    /// `get_rendered_doc`: whether the revision renders.
    static func render(_ context: StepContext) async throws -> StepOutcome {
        let revision = try context.revision()
        do {
            let documents = try await context.environment.renderedDocuments(revision)
            context.log.write("Revision \(revision) renders to \(documents.count) documents")
            return .success()
        } catch {
            context.log.write(error.inWords, .error)
            throw StepError(
                FailureCauses.text("Failed to Retrieve Rendered Document!", DeckhandErrorText.messages(error)))
        }
    }

    /// `deployment_configuration`: leaves the flat configuration.
    static func configure(_ context: StepContext) async throws -> StepOutcome {
        let revision = try context.revision()
        let documents: [RenderedDocument]
        do {
            documents = try await context.environment.renderedDocuments(revision)
        } catch {
            context.log.write(error.inWords, .error)
            let failure =
                "Failed to retrieve deployment-configuration yaml using url: "
                + context.environment.designReference(revision) + "!"
            throw StepError(FailureCauses.text(failure, DeckhandErrorText.messages(error)))
        }
        let (schema, name) = DocumentCheck.configuration
        let found = documents.filter { $0.schema == schema && $0.name == name }
        guard found.count == 1, let data = found.first?.data, data != [:], !data.isNull else {
            throw StepError(
                "A valid deployment-configuration is required: there must be one document \(schema) \(name), with data")
        }
        return .success(.object(DeploymentConfiguration(data).value))
    }
}
