import Documents
import JSONSchema
import OrderedCollections
import Primitives
import Store
import Synchronization
import YAML

/// What somebody wants to know the place of.
package struct PlaceQuery: Sendable, Hashable {
    package enum Subject: Sendable, Hashable {
        case raw(DocumentIdentity)
        case rendered(RenderedIdentity)
    }

    package let subject: Subject
    /// From the top of the document: `data`, `cidr`.
    package let path: [PathElement]
    /// Asks for what made the key, and not the value.
    package let concernsKey: Bool

    package init(_ subject: Subject, _ path: [PathElement] = [], concernsKey: Bool = false) {
        self.subject = subject
        self.path = path
        self.concernsKey = concernsKey
    }
}

/// What there is to know of how the documents of a revision are written.
package struct RevisionSources: Sendable {
    /// As clients receive them: what was remarked when the documents were put, then what they do together.
    package let messages: [Value]
    /// Of each query.
    package let places: [SourcePlace?]
}

extension DocumentService {
    /// How many places are looked for at once: whoever has more faults mends some of them first.
    private static let placeLimit = 200

    /// Finds where things are written, and what is to be said of the writing.
    ///
    /// - Parameters:
    ///   - rendered: the rendering of the revision; nil where it cannot be rendered. With it the documents are rendered
    ///     once more only for places in rendered documents, and once for all that is asked of a revision.
    ///   - queries: of which the first two hundred are answered.
    ///   - bucket: whose documents' remarks are told; nil for all.
    /// - Throws: `.revisionMissing`.
    package func sources(
        revision: Int, rendered: RenderedRevision? = nil, places queries: [PlaceQuery] = [], bucket: String? = nil
    ) async throws -> RevisionSources {
        let remarks = try await database.read { connection in
            try connection.requireRevision(revision)
            return try Self.remarks(connection, revision, bucket)
        }
        let traced = rendered == nil ? try await trace(revision) : nil
        let messages = rendered?.remarks.messages ?? traced?.messages ?? []
        let asked = queries.prefix(Self.placeLimit).map(Optional.some) + messages.map(Self.query)
        let found: [SourcePlace?]
        if let rendered {
            found = try await places(of: asked, in: rendered)
        } else {
            found = try await places(of: asked.map { query in query.flatMap { traced?.origin(of: $0) } })
        }
        let own = found.suffix(messages.count)
        let padding = [SourcePlace?](repeating: nil, count: queries.count - found.count + own.count)
        return RevisionSources(
            messages: remarks + zip(messages, own).map { $0.finding(at: $1) },
            places: Array(found.dropLast(own.count)) + padding)
    }

    private static func query(_ message: DocumentValidationMessage) -> PlaceQuery? {
        message.documents.first.map {
            PlaceQuery(.raw(DocumentIdentity(schema: $0.schema, layer: $0.layer, name: $0.name)), message.path)
        }
    }

    private func trace(_ revision: Int) async throws -> DocumentSources {
        let vault = vault
        let (content, fallback, size) = try await database.read { connection in
            let reader = DocumentReader(connection: connection, vault: vault)
            return (
                try reader.content(of: revision, order: .firstAppearance, revealing: true),
                try reader.newestLayeringPolicy(), try reader.size(of: revision)
            )
        }
        defer { Memory.noteWork(size: size) }
        renderingCounts.withLock { $0.traced += 1 }
        return DocumentSources(content, policyFallback: fallback)
    }

    /// What has been found before is known still.
    private func places(of queries: [PlaceQuery?], in rendered: RenderedRevision) async throws -> [SourcePlace?] {
        let known = places.places(of: rendered.identity)
        let open = Set(queries.compactMap { $0 }).filter { known[$0] == nil }
        guard !open.isEmpty else { return queries.map { $0.flatMap { known[$0] ?? nil } } }
        let order = Array(open)
        let found = try await places(of: origins(of: order, revision: rendered.revision))
        let all = known.merging(zip(order, found)) { $1 }
        places.keep(all, of: rendered.identity)
        return queries.map { $0.flatMap { all[$0] ?? nil } }
    }

    /// Where only raw documents are asked for, these are read and no others.
    private func origins(of queries: [PlaceQuery], revision: Int) async throws -> [SourceOrigin?] {
        let raw = queries.compactMap { query in if case .raw(let identity) = query.subject { identity } else { nil } }
        guard raw.count == queries.count else {
            let traced = try await trace(revision)
            return queries.map { traced.origin(of: $0) }
        }
        let vault = vault
        let documents = try await database.read { connection in
            let reader = DocumentReader(connection: connection, vault: vault)
            var documents: [DocumentIdentity: StoredDocument] = [:]
            for identity in Set(raw) {
                documents[identity] = try reader.document(identity, of: revision, revealing: true)
            }
            return documents
        }
        return zip(raw, queries).map { identity, query in
            documents[identity].map { DocumentSources.origin(in: $0, query.path) }
        }
    }

    private func places(of origins: [SourceOrigin?]) async throws -> [SourcePlace?] {
        let ids = Set(origins.compactMap { $0?.document.id })
        let known = try await database.read { connection in
            var known: [Int: (source: LocatedExplanation.Source, spellings: [SourceNotes.Spelling])] = [:]
            var spellings: [Int: [Int: [SourceNotes.Spelling]]] = [:]
            for id in ids {
                guard let source = try Self.source(connection, of: id) else { continue }
                if spellings[source.revision] == nil {
                    spellings[source.revision] = try Self.spellings(connection, revision: source.revision)
                }
                known[id] = (source, spellings[source.revision]?[source.index] ?? [])
            }
            return known
        }
        return origins.map { origin in
            guard let origin, let (source, spellings) = known[origin.document.id] else { return nil }
            return Self.place(of: origin, source, spellings)
        }
    }

    private static func place(
        of origin: SourceOrigin, _ source: LocatedExplanation.Source, _ spellings: [SourceNotes.Spelling]
    ) -> SourcePlace {
        let content = origin.section == .metadata ? origin.document.metadata : origin.document.payload
        let line =
            origin.isDocument ? source.lines.line : source.lines.line(of: origin.section, origin.place, in: content)
        let text = source.file.map { "\($0.file):\($0.line(ofStreamLine: line))" } ?? "line \(line)"
        let value = origin.value
        return SourcePlace(
            text: text, spelling: spellings.first { $0.line == line && $0.value == value }?.text)
    }

    /// By the places of the documents in the PUT that made the revision.
    private static func spellings(
        _ connection: Connection, revision: Int
    ) throws -> [Int: [SourceNotes.Spelling]] {
        let rows = try connection.query(
            "SELECT remarks FROM deckhand_lines WHERE revision = ? AND remarks IS NOT NULL", [SQLValue(revision)])
        guard let row = rows.first else { return [:] }
        return StoredRemarks(encoded: try row.blob(0)).spellings
    }

    /// What was remarked of the documents that a revision holds, in their order.
    private static func remarks(
        _ connection: Connection, _ revision: Int, _ bucket: String?
    ) throws -> [Value] {
        var puts: [(document: Int, row: Int, revision: Int)] = []
        try connection.forEach(
            """
            SELECT d.id, e.id, e.since FROM deckhand_documents d
            JOIN deckhand_documents e ON e.id = (\(Self.writtenRow))
            WHERE d.until > ? AND d.since <= ? AND coalesce(?, d.bucket) = d.bucket ORDER BY d.id
            """, [SQLValue(revision), SQLValue(revision), SQLValue(bucket)]
        ) { puts.append((document: try $0.int(0), row: try $0.int(1), revision: try $0.int(2))) }
        var known: [Int: (first: Int, remarks: StoredRemarks)?] = [:]
        var messages: [Value] = []
        for put in puts {
            if known[put.revision] == nil {
                let rows = try connection.query(
                    "SELECT first_document, remarks FROM deckhand_lines WHERE revision = ? AND remarks IS NOT NULL",
                    [SQLValue(put.revision)])
                known[put.revision] = .some(
                    try rows.first.map { (first: try $0.int(0), remarks: StoredRemarks(encoded: try $0.blob(1))) })
            }
            guard case .some(.some(let stored)) = known[put.revision] else { continue }
            messages += stored.remarks.messages[put.row - stored.first] ?? []
        }
        return messages
    }
}

extension DocumentSources {
    fileprivate func origin(of query: PlaceQuery) -> SourceOrigin? {
        switch query.subject {
        case .raw(let identity): origin(of: identity, at: query.path)
        case .rendered(let identity): origin(of: identity, at: query.path, concernsKey: query.concernsKey)
        }
    }
}
