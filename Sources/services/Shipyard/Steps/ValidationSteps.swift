import Primitives

/// The group `validate_site_design`: each component looks at the design (`spec/shipyard.md` §8.3).
enum ValidationSteps {
    static func deckhand(_ context: StepContext) async throws -> StepOutcome {
        let validations = try await context.environment.documents.storedValidations(revision: context.revision())
        let failed = validations.filter { $0["status"]?.stringValue == "failure" }
        for validation in failed { context.log.write("\(validation.json(.spaced))", .error) }
        guard failed.isEmpty else { throw StepError("DeckHand Site Design Validation Failed!") }
        return .success()
    }

    static func drydock(_ context: StepContext) async throws -> StepOutcome {
        let body = try await context.environment.provisioner.designStatus(context.designReference())
        return try outcome(of: body, "DryDock Site", context)
    }

    static func promenade(_ context: StepContext) async throws -> StepOutcome {
        guard let promenade = context.environment.promenade else { return .skipped(notConfigured("Promenade")) }
        return try outcome(of: await promenade.designStatus(context.designReference()), "Promenade Site", context)
    }

    static func armada(_ context: StepContext) async throws -> StepOutcome {
        guard let armada = context.environment.armada else { return .skipped(notConfigured("Armada")) }
        return try outcome(of: await armada.designStatus(context.designReference()), "Site", context)
    }

    static func notConfigured(_ name: String) -> String {
        "\(name) is not configured; there is nothing to do for it, and the steps after this one go on"
    }

    private static func outcome(
        of body: Value, _ subject: String, _ context: StepContext
    ) throws(StepError) -> StepOutcome {
        for message in body["details"]?["messageList"]?.arrayValue ?? [] {
            let isError = message["error"] == true
            context.log.write(message["message"]?.pythonText ?? message.json(), isError ? .error : .info)
        }
        let status = body["status"]?.stringValue ?? "unknown"
        guard status.lowercased() == "success" else {
            throw StepError("\(subject) Design Validation Failed with status: \(status)!")
        }
        return .success()
    }
}
