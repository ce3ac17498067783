import Documents
import Primitives
import Store

/// An explanation with the lines of all that it names.
package struct LocatedExplanation: Sendable {
    package let explanation: Explanation
    /// By the documents' rows; those that were put without lines are missing.
    fileprivate let sources: [Int: Source]

    /// A document as one PUT brought it.
    struct Source: Sendable {
        let revision: Int
        let lines: DocumentLines
    }

    /// In which revision the documents of a step were put, and on which line of that stream; nil where it is not known.
    func place(of step: Explanation.Step) -> (revision: Int, line: Int)? {
        guard let source = sources[step.document.id] else { return nil }
        // Nothing of an encrypted payload may be told from its lines, so they are not kept (see `DocumentLines`).
        let value = step.section == .metadata ? step.document.metadata : step.document.payload
        return (source.revision, source.lines.line(of: step.section, step.place, in: value))
    }
}

extension DocumentService {
    /// Tells where the value at `path` of a rendered document came from.
    ///
    /// - Parameters:
    ///   - layer: of the document; nil for any.
    ///   - path: a JSONPath; the first place that it matches.
    ///   - maySeeEncrypted: whether encrypted documents can be asked for.
    /// - Throws: `RevisionNotFound`, `DocumentNotFound`, `PathNotFound`, `InvalidInputException` for what is no path, and
    ///   every error of rendering.
    package func explain(
        revision: Int, identity: RenderedIdentity, layer: String? = nil, path: String, maySeeEncrypted: Bool = true
    ) async throws -> LocatedExplanation {
        let vault = vault
        let (content, fallback, size) = try await database.read { connection in
            try connection.requireRevision(revision)
            let reader = DocumentReader(connection: connection, vault: vault)
            return (
                try reader.content(of: revision, order: .firstAppearance, revealing: true),
                try reader.newestLayeringPolicy(), try reader.size(of: revision)
            )
        }
        defer { Memory.noteWork(size: size) }
        let hidden: (StoredDocument) -> Bool = { !maySeeEncrypted && $0.isEncrypted && $0.name == identity.name }
        if content.contains(where: { $0.schema == identity.schema && hidden($0) }) {
            throw DocumentError("DocumentNotFound", 404, "The document \(identity) was not found.")
        }
        let explanation = try DocumentEngine.explain(
            content, policyFallback: fallback, identity: identity, layer: layer, path: path)
        let documents = explanation.documents
        let sources = try await database.read { connection in
            var sources: [Int: LocatedExplanation.Source] = [:]
            for document in documents { sources[document] = try Self.source(connection, of: document) }
            return sources
        }
        return LocatedExplanation(explanation: explanation, sources: sources)
    }

    /// Where a document row was put: a rollback's rows were put by the newest revision before with the same content.
    private static func source(_ connection: Connection, of document: Int) throws -> LocatedExplanation.Source? {
        let rows = try connection.query(
            """
            SELECT l.revision, l.first_document, l.lines, e.id
            FROM deckhand_documents d
            JOIN deckhand_documents e ON e.identity = d.identity AND e.content = d.content AND e.id <= d.id
            JOIN deckhand_lines l ON l.revision = e.since
            WHERE d.id = ? ORDER BY e.id DESC LIMIT 1
            """, [SQLValue(document)])
        guard let row = rows.first,
            let lines = StoredLines.decode(try row.blob(2), document: try row.int(3) - row.int(1))
        else { return nil }
        return LocatedExplanation.Source(revision: try row.int(0), lines: lines)
    }
}

extension Explanation {
    /// The rows of all documents that it names.
    fileprivate var documents: Set<Int> {
        var found: Set<Int> = []
        func add(_ steps: [Step]) {
            for step in steps {
                found.insert(step.document.id)
                add(step.overridden)
                add(step.text)
            }
        }
        add(steps)
        for child in children { add(child.steps) }
        return found
    }
}
