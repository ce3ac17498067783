import Documents
import Primitives
import Store
import Synchronization

extension DocumentService {
    /// The rendered documents of a revision, validated (`docs/reference/deckhand.md` §6.3, §7).
    ///
    /// The result is cached. Requests that come while a revision is being rendered share one rendering.
    ///
    /// - Throws: `.revisionMissing`, and every error of rendering and validation.
    package func rendered(revision: Int) async throws -> RenderedRevision {
        let (key, latest) = try await present(revision)
        return try await renderings.rendering(of: key, latest: latest) { previous in
            try await self.render(key, latest: latest, previous: previous)
        }
    }

    private func present(_ revision: Int) async throws -> (key: RevisionKey, latest: Int) {
        try await database.read { connection in
            let created = try connection.creation(of: revision)
            return (RevisionKey(number: revision, created: created), try connection.latestRevision())
        }
    }

    /// The rendered documents of a revision as `deepdiff` sees them: not validated.
    func renderedUnvalidated(revision: Int) async throws -> [RenderedDocument] {
        let material = try await material(revision, latest: revision)
        return try DocumentEngine.render(material.content, policyFallback: material.fallback).filter(\.isListed)
    }

    /// All rendered documents of a revision as one answer. The encoded answer is cached with the rendering.
    ///
    /// - Throws: as `rendered(revision:)`.
    package func renderedAnswer(revision: Int, _ form: CachedRendering.Form) async throws -> CachedRendering {
        let (key, latest) = try await present(revision)
        if let entry = await renderings.entry(of: key), let answer = entry.answers[form] {
            if entry.latest == latest { return answer }
            if try await isStillValid(entry, revision, latest: latest) {
                await renderings.renew(key, latest: latest)
                return answer
            }
        }
        let answer = CachedRendering(try await rendered(revision: revision), form)
        Memory.noteWork(size: answer.bytes.count)
        await renderings.keep(answer, form, of: key, latest: latest)
        return answer
    }

    private struct Material: Sendable {
        let content: [StoredDocument]
        let fallback: StoredDocument?
        let latestSchemas: [StoredDocument]
        let size: Int
    }

    private func material(_ revision: Int, latest: Int) async throws -> Material {
        let vault = vault
        return try await database.read { connection in
            try connection.requireRevision(revision)
            let reader = DocumentReader(connection: connection, vault: vault)
            let content = try reader.content(of: revision, order: .firstAppearance, revealing: true)
            let hasPolicy = content.contains { $0.schema.hasPrefix(DocumentKind.layeringPolicy) }
            return Material(
                content: content, fallback: hasPolicy ? nil : try reader.newestLayeringPolicy(),
                latestSchemas: revision == latest ? [] : try reader.content(of: latest, kind: DocumentKind.dataSchema),
                size: try reader.size(of: revision))
        }
    }

    private func render(
        _ key: RevisionKey, latest: Int, previous: RenderCache.Entry?
    ) async throws -> (RenderCache.Entry, RenderedRevision) {
        if let previous, let rendered = previous.present,
            try await isStillValid(previous, key.number, latest: latest)
        {
            var renewed = previous
            renewed.latest = latest
            renewed.rendered = rendered
            return (renewed, rendered)
        }
        let material = try await material(key.number, latest: latest)
        defer { Memory.noteWork(size: material.size) }
        renderingCounts.withLock { $0.plain += 1 }
        let (documents, remarks) = try DocumentEngine.remarkedRendering(
            material.content, policyFallback: material.fallback)
        try DocumentEngine.validate(documents, latestSchemas: material.latestSchemas, cache: schemas)
        let rendered = RenderedRevision(
            RenderedRevision.Identity(revision: key, borrowedPolicy: material.fallback?.id),
            documents: documents.filter(\.isListed), remarks: remarks)
        // Parsed values take about ten times the bytes that they are stored in.
        return (RenderCache.Entry(rendered: rendered, latest: latest, cost: material.size * 10), rendered)
    }

    /// Whether nothing but the number of the newest revision changed: the same DataSchemas apply, and a policy of its
    /// own, not the newest of all, governed the layers.
    private func isStillValid(_ entry: RenderCache.Entry, _ revision: Int, latest: Int) async throws -> Bool {
        let vault = vault
        return try await database.read { connection in
            let reader = DocumentReader(connection: connection, vault: vault)
            let hasPolicy = try !reader.signature(of: revision, kind: DocumentKind.layeringPolicy).isEmpty
            let then = try reader.signature(of: entry.latest, kind: DocumentKind.dataSchema)
            return try hasPolicy && then == reader.signature(of: latest, kind: DocumentKind.dataSchema)
        }
    }
}

extension RenderedDocument {
    /// ValidationPolicies are never among the rendered documents that are shown.
    fileprivate var isListed: Bool { !schema.hasPrefix(DocumentKind.validationPolicy) }
}
