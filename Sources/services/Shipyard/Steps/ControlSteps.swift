import Documents
import Primitives
import Workflow

/// The steps that every action begins and ends with (`spec/shipyard.md` §8).
enum ControlSteps {
    /// `action_xcom`: what the action is, for the steps after it.
    static func announce(_ context: StepContext) async throws -> StepOutcome {
        let scope = SiteWorkflows.scope(of: context.action.name).rawValue
        return .success(["action": context.action.value, "action_type": .string(scope)])
    }

    /// `dag_concurrency_check`: of two actions that exclude each other the older goes on.
    static func checkConcurrency(_ context: StepContext) async throws -> StepOutcome {
        let older = try await context.environment.actions.openNames().filter { $0.id <= context.action.id }
        if let other = ConcurrencyRule.conflict(of: context.action.name, with: older.map(\.name)) {
            throw StepError("\(context.action.name) conflicts with running \(other). Aborting run")
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
                    "Health check failed for \(name) component on dag_id=\(context.action.name). Details: \(error)")
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
            context.log.write("\(error)", .error)
            throw StepError("Failed to Retrieve Rendered Document!")
        }
    }

    /// `deployment_configuration`: leaves the flat configuration.
    static func configure(_ context: StepContext) async throws -> StepOutcome {
        let revision = try context.revision()
        let documents: [RenderedDocument]
        do {
            documents = try await context.environment.renderedDocuments(revision)
        } catch {
            context.log.write("\(error)", .error)
            throw StepError(
                "Failed to retrieve deployment-configuration yaml using url: "
                    + context.environment.designReference(revision))
        }
        let (schema, name) = DocumentCheck.configuration
        let found = documents.filter { $0.schema == schema && $0.name == name }
        guard found.count == 1, let data = found.first?.data, data != [:], !data.isNull else {
            throw StepError("A valid deployment-configuration is required")
        }
        return .success(.object(DeploymentConfiguration(data).value))
    }
}

/// Which actions exclude each other (`spec/shipyard.md` §6.6).
package enum ConcurrencyRule {
    private static let exclusive: Set<String> = [
        "deploy_site", "update_site", "update_software", "redeploy_server", "relabel_nodes",
    ]

    /// The actions that may not run beside `name`.
    package static func conflicts(of name: String) -> Set<String> {
        exclusive.contains(name) ? exclusive.subtracting([name]) : []
    }

    /// The running action that `name` may not run beside; nil where it may.
    ///
    /// - Parameter running: the workflows of all running actions, with that of the one that asks.
    package static func conflict(of name: String, with running: [String]) -> String? {
        let conflicts = conflicts(of: name)
        if let other = running.first(where: { conflicts.contains($0) }) { return other }
        return exclusive.contains(name) && running.count { $0 == name } > 1 ? name : nil
    }
}
