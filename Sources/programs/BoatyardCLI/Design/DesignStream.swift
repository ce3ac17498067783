import Documents
import JSONSchema
import OrderedCollections
import Primitives
import SiteActions
import SiteDesign

/// Documents from files as the daemon would make a design of them, without a daemon.
struct DesignStream {
    let documents: [DesignDocument]
    /// The raw documents, and where their values go; nil of what is rendered already.
    private var sources: DocumentSources?
    private let files: DocumentFiles
    /// Nil of what was rendered already.
    private var rendered: [RenderedDocument]?

    /// Layers, substitutes and validates raw documents, as a revision that held nothing else.
    ///
    /// - Throws: `DocumentFault`.
    init(rendering files: DocumentFiles) throws {
        self.files = files
        let stored: [StoredDocument]
        do throws(DocumentError) {
            stored = try files.source.stored()
        } catch {
            throw DocumentFault(error: error, findings: error.findings())
        }
        let sources = DocumentSources(stored)
        self.sources = sources
        do throws(DocumentError) {
            let rendered = try DocumentEngine.render(stored)
            try DocumentEngine.validate(
                rendered, latestSchemas: stored.filter { $0.schema.hasPrefix(DocumentKind.dataSchema) },
                cache: DataSchemaCache())
            documents = rendered.compactMap { DesignDocument($0.value) }
            self.rendered = rendered
        } catch {
            let own = error.document.flatMap { sources.origin(of: $0, at: error.path) }.flatMap {
                files.source.place(of: $0)
            }
            let findings = error.findings(at: { Self.place(of: $0, sources, files) }, own: own)
            throw DocumentFault(error: error, findings: findings)
        }
    }

    /// Documents that are rendered already. Those of the form before Deckhand's (`apiVersion`, `kind`, `spec`) are read,
    /// too.
    init(rendered files: DocumentFiles) {
        self.files = files
        documents = files.documents.compactMap { DesignDocument($0) ?? LegacyFormat.document($0) }
    }

    private static func place(
        of message: DocumentValidationMessage, _ sources: DocumentSources, _ files: DocumentFiles
    ) -> SourcePlace? {
        message.documents.first.flatMap { subject in
            sources.origin(
                of: RenderedIdentity(schema: subject.schema, name: subject.name), at: message.path,
                concernsKey: message.concernsKey)
        }.flatMap { files.source.place(of: $0) }
    }

    /// What is to be said of the documents as they are written, and of what they do together.
    var warnings: [Value] {
        guard let sources else { return [] }
        let together = sources.messages.map { message -> Value in
            let origin = message.documents.first.flatMap { subject in
                sources.origin(
                    of: DocumentIdentity(schema: subject.schema, layer: subject.layer, name: subject.name),
                    at: message.path)
            }
            return message.finding(at: origin.flatMap { files.source.place(of: $0) })
        }
        return files.warnings + together
    }

    /// What Shipyard says of the documents when they are committed: whether its own are there, and whether groups of nodes can be
    /// made of them. Nothing of what was rendered already, which may be the design alone.
    func shipyardMessages(_ design: CompiledDesign) async -> [Value] {
        guard let rendered else { return [] }
        var check = DocumentCheck(documents: .success(rendered), versionSeverity: nil) { filter in
            guard let site = design.site else {
                throw Failure("The site design cannot be compiled; see what is said of it.")
            }
            return try NodeFilter.names(filter, in: site)
        }
        await check.checkConfiguration(full: true)
        return check.messages
    }

    /// The messages of a design with the places that they lead to.
    func findings(_ messages: [DesignValidationMessage]) -> [Value] {
        let places = DesignPlaces(documents)
        return messages.map { finding($0, places) }
    }

    private func finding(_ message: DesignValidationMessage, _ places: DesignPlaces) -> Value {
        guard message.level != .info, let found = places.place(of: message) else {
            return message.finding(at: .now(), document: nil, place: nil)
        }
        let place = place(of: found.document, found.path, concernsKey: message.concernsKey)
        return message.finding(
            at: .now(), document: place == nil ? nil : found.document, place: place?.text, spelling: place?.spelling)
    }

    private func place(of document: DocumentReference, _ path: [PathElement], concernsKey: Bool) -> SourcePlace? {
        let identity = RenderedIdentity(schema: document.schema, name: document.name)
        return sources?.origin(
            of: identity, at: path.isEmpty ? [] : [.key("data")] + path, concernsKey: concernsKey
        ).flatMap { files.source.place(of: $0) }
    }
}

/// Why documents cannot be rendered, with the places of what is wrong.
struct DocumentFault: Error, CustomStringConvertible {
    let error: DocumentError
    let findings: [Value]
    var description: String { error.description }
}
