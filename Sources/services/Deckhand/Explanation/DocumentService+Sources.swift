import Documents
import JSONSchema
import OrderedCollections
import Primitives
import Store
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
    ///   - queries: of which the first two hundred are answered.
    ///   - bucket: whose documents' remarks are told; nil for all.
    /// - Throws: `.revisionMissing`.
    package func sources(
        revision: Int, places queries: [PlaceQuery] = [], bucket: String? = nil
    ) async throws -> RevisionSources {
        let vault = vault
        let (content, fallback, size, remarks) = try await database.read { connection in
            try connection.requireRevision(revision)
            let reader = DocumentReader(connection: connection, vault: vault)
            return (
                try reader.content(of: revision, order: .firstAppearance, revealing: true),
                try reader.newestLayeringPolicy(), try reader.size(of: revision),
                try Self.remarks(connection, revision, bucket)
            )
        }
        defer { Memory.noteWork(size: size) }
        let sources = DocumentSources(content, policyFallback: fallback)
        let origins = queries.prefix(Self.placeLimit).map { query in
            switch query.subject {
            case .raw(let identity): sources.origin(of: identity, at: query.path)
            case .rendered(let identity):
                sources.origin(of: identity, at: query.path, concernsKey: query.concernsKey)
            }
        }
        let messages = sources.messages
        let own = messages.map { message in
            message.documents.first.flatMap { subject in
                sources.origin(
                    of: DocumentIdentity(schema: subject.schema, layer: subject.layer, name: subject.name),
                    at: message.path)
            }
        }
        let found = try await places(of: origins + own)
        let padding = [SourcePlace?](repeating: nil, count: queries.count - origins.count)
        return RevisionSources(
            messages: remarks + zip(messages, found.dropFirst(origins.count)).map { $0.finding(at: $1) },
            places: found.prefix(origins.count) + padding)
    }

    private func places(of origins: [SourceOrigin?]) async throws -> [SourcePlace?] {
        let ids = Set(origins.compactMap { $0?.document.id })
        let known = try await database.read { connection in
            var known: [Int: (source: LocatedExplanation.Source, spellings: [SourceNotes.Spelling])] = [:]
            for id in ids {
                guard let source = try Self.source(connection, of: id) else { continue }
                known[id] = (source, try Self.spellings(connection, revision: source.revision, of: source.index))
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

    private static func spellings(
        _ connection: Connection, revision: Int, of index: Int
    ) throws -> [SourceNotes.Spelling] {
        let rows = try connection.query(
            "SELECT remarks FROM deckhand_lines WHERE revision = ? AND remarks IS NOT NULL", [SQLValue(revision)])
        guard let row = rows.first else { return [] }
        return StoredRemarks(encoded: try row.blob(0)).spellings[index] ?? []
    }

    /// What was remarked of the documents that a revision holds, in their order.
    private static func remarks(
        _ connection: Connection, _ revision: Int, _ bucket: String?
    ) throws -> [Value] {
        var puts: [(document: Int, row: Int, revision: Int)] = []
        try connection.forEach(
            """
            SELECT d.id, max(e.id), e.since FROM deckhand_documents d
            JOIN deckhand_documents e ON e.identity = d.identity AND e.content = d.content AND e.id <= d.id
            WHERE d.until > ? AND d.since <= ? AND coalesce(?, d.bucket) = d.bucket GROUP BY d.id ORDER BY d.id
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
