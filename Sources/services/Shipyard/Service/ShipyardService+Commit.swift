import Deckhand
import Documents
import Drydock
import Logging
import MessageCatalog
import OrderedCollections
import Primitives
import SiteActions
import SiteDesign

extension ShipyardService {
    /// Validates and commits the buffer, as `POST commitconfigdocs` does.
    ///
    /// - Parameters:
    ///   - force: commits in spite of errors.
    ///   - dryRun: validates only, also with `force`.
    ///   - caller: on whose behalf Armada and Promenade validate; nil for nobody's.
    /// - Returns: the report. Nothing is committed unless it is accepted, and never by a dry run.
    /// - Throws: `ShipyardError` where the buffer is empty, or another request changes the documents. A dry run changes
    ///   nothing and does not care for others.
    package func commit(force: Bool, dryRun: Bool, caller: ShipyardCaller? = nil) async throws -> ValidationReport {
        let turn = dryRun ? nil : try lock.acquire()
        defer { if let turn { lock.release(turn) } }
        let roles = try await roles()
        guard let buffer = roles.buffer, !(try await bufferContents(roles).isEmpty) else {
            throw ShipyardError(
                .nothingToCommit, "Unable to commit configuration documents",
                "There are no documents in the buffer to commit")
        }
        var report = ValidationReport(messages: try await validationMessages(buffer, for: caller))
        if dryRun {
            report.markDryRun()
            return report
        }
        if force || report.isSuccess {
            try await dependencies.documents.tag(revision: buffer, RevisionRoles.committedTag)
            await tell("committed", ["revision": .int(buffer)])
        }
        if force { report.force() }
        return report
    }

    /// All that there is to say about a revision, in the order of `docs/reference/shipyard.md` §5.3.
    private func validationMessages(_ revision: Int, for caller: ShipyardCaller?) async throws -> [Value] {
        var findings = SiteFindings()
        var rendered: RenderedRevision?
        do {
            let rendering = try await dependencies.documents.rendered(revision: revision)
            rendered = rendering
            let stored = try await storedErrors(revision)
            findings.add(stored)
            if stored.isEmpty {
                findings.add(await documentCheck(revision, full: true).messages)
                await addComponents(
                    environment.designReference(revision), rendering.documents, for: caller, to: &findings)
            }
        } catch {
            findings.add(error)
            findings.add(try await storedErrors(revision))
        }
        return await located(findings, revision, rendered)
    }

    /// What can be said of a collection in the buffer: what of it breaks the buffer's design, too. All but what is wrong
    /// with its own writing are warnings, since another collection may still mend them.
    func stagedMessages(_ revision: Int, collection: String) async throws -> [Value] {
        var findings = SiteFindings()
        var rendered: RenderedRevision?
        findings.add(try await storedErrors(revision))
        do {
            let rendering = try await dependencies.documents.rendered(revision: revision)
            rendered = rendering
            let documents = rendering.documents
            if documents.contains(where: { $0.schema.hasPrefix("drydock/") }) {
                let design = environment.designReference(revision)
                let messages = try await dependencies.provisioner.validateDesign(design).messages
                findings.add(messages.filter { $0.level != .info }.map(Self.staged), of: documents)
            }
        } catch var error as DocumentError {
            error.messages = error.messages.map { message in
                var message = message
                message.level = .warning
                return message
            }
            findings.add(error)
        } catch {
            dependencies.logger.warning(
                .commitNotValidated, "revision \(revision) cannot be validated yet: \(error.inWords)")
        }
        return await located(findings, revision, rendered, bucket: collection).map { message in
            guard case .object(var members) = message, members["kind"] == nil else { return message }
            members["error"] = false
            members["level"] = .string(Severity.warning.title)
            return .object(members)
        }
    }

    private static func staged(_ message: DesignValidationMessage) -> DesignValidationMessage {
        var message = message
        if message.level == .error {
            let words = "A commit refuses this as an error."
            // Programs of upstream show the diagnostic, and `boatyard` the remedy where there is one.
            if let remedy = message.remedy { message.remedy = "\(remedy) \(words)" }
            if !message.diagnostic.isEmpty { message.diagnostic += " \(words)" }
        }
        message.level = .warning
        return message
    }

    /// With what is to be said of the documents as they are written, first.
    ///
    /// - Parameter rendered: nil for documents that cannot be rendered.
    private func located(
        _ findings: SiteFindings, _ revision: Int, _ rendered: RenderedRevision?, bucket: String? = nil
    ) async -> [Value] {
        let sources: RevisionSources
        do {
            sources = try await dependencies.documents.sources(
                revision: revision, rendered: rendered, places: findings.queries, bucket: bucket)
        } catch {
            // The findings themselves are worth more than their places.
            dependencies.logger.warning(
                .findingsNotPlaced,
                "the places of findings in revision \(revision) cannot be told: \(error.inWords)")
            return findings.messages(at: [])
        }
        return sources.messages.map { Self.shaped($0) } + findings.messages(at: sources.places)
    }

    private static func shaped(_ message: Value) -> Value {
        guard case .object(var shaped) = ComponentMessages.shaped(message) else { return message }
        for key in ["remedy", "place"] where message[key] != nil { shaped[key] = message[key] }
        return .object(shaped)
    }

    /// Shipyard's own checks of a revision's rendered documents.
    func documentCheck(_ revision: Int, full: Bool) async -> DocumentCheck {
        let documents: Result<[RenderedDocument], any Error>
        do {
            documents = .success(try await environment.renderedDocuments(revision))
        } catch {
            documents = .failure(error)
        }
        let provisioner = dependencies.provisioner
        let design = environment.designReference(revision)
        var check = DocumentCheck(
            documents: documents,
            versionSeverity: dependencies.versionOnCommit
        ) { filter in
            try await provisioner.nodeNames(design: design, filter: filter)
        }
        await check.checkConfiguration(full: full)
        return check
    }

    /// Drydock, Armada and Promenade are asked at the same time and reported in this order.
    private func addComponents(
        _ design: String, _ documents: [RenderedDocument], for caller: ShipyardCaller?,
        to findings: inout SiteFindings
    ) async {
        async let drydock = dependencies.provisioner.validateDesign(design).messages
        async let armada = messages("Armada", dependencies.armada, design, caller)
        async let promenade = messages("Promenade", dependencies.promenade, design, caller)
        do {
            findings.add(try await drydock, of: documents)
        } catch {
            findings.add([ComponentMessages.unable("Drydock", error)])
        }
        findings.add(await armada + promenade)
    }

    private func messages(
        _ name: String, _ component: (any SoftwareComponent)?, _ design: String, _ caller: ShipyardCaller?
    ) async -> [Value] {
        guard let component else {
            return [
                ComponentMessages.shaped([
                    "message": .string("\(name) is not configured and has not validated the documents"),
                    "error": false, "level": "Info", "source": .string(name),
                    "diagnostic": "Message generated by Shipyard.",
                ])
            ]
        }
        let asked: any SoftwareComponent = caller.map { component.asked(by: RequestOrigin($0)) } ?? component
        return await messages(name) { ComponentMessages.component(name, try await asked.designStatus(design)) }
    }

    private func messages(_ name: String, _ ask: @Sendable () async throws -> [Value]) async -> [Value] {
        do {
            return try await ask()
        } catch {
            return [ComponentMessages.unable(name, error)]
        }
    }
}
