import Primitives

/// The site as its documents describe it: from documents to machines, checked.
///
/// Pure: the same documents give the same site and the same messages.
package enum SiteDesign {
    /// Reads, compiles and validates a rendered design.
    ///
    /// - Parameters:
    ///   - documents: the rendered documents in their order. Those that are not Drydock's are ignored.
    ///   - platform: the images that can be installed. Where they are not known there is one warning.
    ///   - outOfBandTypes: those with a driver. Where they are not known, those of the nodes are not checked.
    package static func compile(
        _ documents: [DesignDocument], platform: ImageCatalogSource = .absent, outOfBandTypes: OutOfBandTypes? = nil
    ) -> CompiledDesign {
        let ingest = Ingest(documents)
        var compilation = Compilation(ingest)
        guard ingest.messages.isEmpty else {
            return CompiledDesign(status: .failure, messages: ingest.messages, draft: compilation.site)
        }
        do {
            try compilation.run()
        } catch {
            return CompiledDesign(status: .failure, messages: [.stopped(by: error)], draft: compilation.site)
        }
        let site = compilation.site
        var findings = Findings(platform: platform, outOfBandTypes: outOfBandTypes)
        do {
            for validator in Validator.all { try findings.run(validator, on: site) }
        } catch {
            return CompiledDesign(status: .failure, messages: findings.messages + [.stopped(by: error)], draft: site)
        }
        findings.add(OpenMembers.messages(documents))
        let isValid = !findings.messages.contains(where: \.error)
        return CompiledDesign(status: isValid ? .success : .invalid, messages: findings.messages, draft: site)
    }
}

extension DesignValidationMessage {
    /// What ended a compilation, or a validation, before its time.
    static func stopped(by error: any Error) -> DesignValidationMessage {
        var message = DesignValidationMessage(
            name: "", message: "Error loading effective site: \(error.inWords)", level: .error,
            documents: (error as? DesignError)?.document.map { [$0] } ?? [], form: .task)
        message.path = (error as? DesignError)?.path ?? []
        message.remedy = (error as? DesignError)?.remedy
        return message
    }
}
