import Deckhand
import Drydock
import OrderedCollections
import Primitives
import SiteActions
import SiteDesign

/// The group `validate_site_design`: each component looks at the design (`docs/reference/shipyard.md` §8.3).
enum ValidationSteps {
    static func deckhand(_ context: StepContext) async throws -> StepOutcome {
        let entries = try await context.environment.documents.validationDetails(revision: context.revision())
        let failed = entries.enumerated().filter { $1.status == "failure" }
        for (index, entry) in failed { context.log.write(entry.detail(id: index).json(.spaced), .error) }
        guard failed.isEmpty else {
            let messages = failed.flatMap { _, entry in
                let name = entry.name ?? ""
                guard !entry.errors.isEmpty else {
                    return [["error": true, "name": .string(name), "message": "it failed, and tells no errors"]]
                        as [Value]
                }
                return entry.errors.map { ComponentMessages.deckhand($0, validation: name) }
            }
            throw StepError(FailureCauses.text("DeckHand Site Design Validation Failed!", messages))
        }
        return .success()
    }

    static func drydock(_ context: StepContext) async throws -> StepOutcome {
        let design = try await context.environment.provisioner.validateDesign(context.designReference())
        for message in design.messages { context.log.write(message.message, message.error ? .error : .info) }
        return try outcome(
            of: design.status.rawValue, "DryDock Site", design.messages.map(explained))
    }

    private static func explained(_ message: DesignValidationMessage) -> Value {
        guard let remedy = message.remedy, case .object(var members) = ComponentMessages.drydock(message) else {
            return ComponentMessages.drydock(message)
        }
        members["remedy"] = .string(remedy)
        return .object(members)
    }

    static func promenade(_ context: StepContext) async throws -> StepOutcome {
        guard let promenade = context.promenade else { return .skipped(notConfigured("Promenade")) }
        return try outcome(of: await promenade.designStatus(context.designReference()), "Promenade Site", context)
    }

    static func armada(_ context: StepContext) async throws -> StepOutcome {
        guard let armada = context.armada else { return .skipped(notConfigured("Armada")) }
        let status = try await armada.designStatus(
            context.designReference(), timeout: context.configuration.seconds("armada.validate_design_timeout"))
        return try outcome(of: status, "Site", context)
    }

    static func notConfigured(_ name: String) -> String {
        "\(name) is not configured; there is nothing to do for it, and the steps after this one go on"
    }

    private static func outcome(
        of body: Value, _ subject: String, _ context: StepContext
    ) throws(StepError) -> StepOutcome {
        let messages = body["details"]?["messageList"]?.arrayValue ?? []
        for message in messages {
            let isError = message["error"] == true
            context.log.write(message["message"]?.pythonText ?? message.json(), isError ? .error : .info)
        }
        return try outcome(of: body["status"]?.stringValue ?? "unknown", subject, messages)
    }

    private static func outcome(
        of status: String, _ subject: String, _ messages: [Value]
    ) throws(StepError) -> StepOutcome {
        guard status.lowercased() == "success" else {
            throw StepError(
                FailureCauses.text("\(subject) Design Validation Failed with status: \(status)!", messages))
        }
        return .success()
    }
}
