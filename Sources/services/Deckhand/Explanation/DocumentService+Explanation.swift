import Documents
import Primitives
import Store

/// An explanation with file and line of every document that it names.
package struct LocatedExplanation: Sendable {
    /// The explanation itself, which knows no lines.
    package let explanation: Explanation
    /// Where documents came from, by the ids of their rows. Documents that were put without lines are missing.
    fileprivate let sources: [Int: Source]

    /// The place of a document in the PUT that brought it.
    struct Source: Sendable {
        let revision: Int
        /// The place of the document among those of the PUT.
        let index: Int
        let lines: DocumentLines
        let file: FileMark?
    }

    /// The place of the document of a step: the revision in which it was put, the file that it came from, and the line
    /// in that file. Where no file is known, the line is that of the stream.
    ///
    /// - Returns: nil where the place is not known.
    func place(of step: Explanation.Step) -> (revision: Int, file: String?, line: Int)? {
        guard let source = sources[step.document.id] else { return nil }
        // Nothing of an encrypted payload may be told from its lines, so they are not kept (see `DocumentLines`).
        let value = step.section == .metadata ? step.document.metadata : step.document.payload
        let line = source.lines.line(of: step.section, step.place, in: value)
        return (source.revision, source.file?.file, source.file?.line(ofStreamLine: line) ?? line)
    }
}

extension DocumentService {
    /// Explains where the value at `path` of a rendered document came from.
    ///
    /// - Parameters:
    ///   - layer: the layer of the document; nil for any.
    ///   - path: a JSONPath. The first place that it matches is explained.
    ///   - hidesSecrets: for documents that hold something of an encrypted document, shows hashes in place of the value
    ///     and the paths, and no patterns, as redaction does (`docs/reference/deckhand.md` §9). The hash of the value
    ///     is that of all data of the document. Nothing is told of what is in a secret, not even whether `path` exists
    ///     there.
    ///   - maySeeEncrypted: whether encrypted documents can be asked for.
    /// - Throws: `.revisionMissing`, `.documentMissing`, `.pathMissing`, `.invalidInput` for a text that is no path,
    ///   and every error of rendering.
    package func explain(
        revision: Int, identity: RenderedIdentity, layer: String? = nil, path: String, hidesSecrets: Bool,
        maySeeEncrypted: Bool = true
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
            throw DocumentError(.documentMissing, "The document \(identity) was not found.")
        }
        let explanation = try DocumentEngine.explain(
            content, policyFallback: fallback, identity: identity, layer: layer, path: path,
            hidesSecrets: hidesSecrets, mayName: { maySeeEncrypted || !$0.isEncrypted })
        let documents = explanation.documents
        let sources = try await database.read { connection in
            var sources: [Int: LocatedExplanation.Source] = [:]
            for document in documents { sources[document] = try Self.source(connection, of: document) }
            return sources
        }
        return LocatedExplanation(explanation: explanation, sources: sources)
    }

    /// The row that the document row `d` was written by, with lines: itself, or where it comes from a rollback the newest
    /// one before with the same content. The rows of a content are gone through backwards to the first that has lines.
    static let writtenRow = """
        SELECT x.id FROM deckhand_documents x INDEXED BY deckhand_documents_content
        WHERE x.content = d.content AND x.id <= d.id AND x.identity = d.identity
        AND EXISTS (SELECT 1 FROM deckhand_lines k WHERE k.revision = x.since) ORDER BY x.id DESC LIMIT 1
        """

    /// Where a document row was put.
    static func source(_ connection: Connection, of document: Int) throws -> LocatedExplanation.Source? {
        let rows = try connection.query(
            """
            SELECT l.revision, l.first_document, l.lines, e.id
            FROM deckhand_documents d
            JOIN deckhand_documents e ON e.id = (\(writtenRow))
            JOIN deckhand_lines l ON l.revision = e.since WHERE d.id = ?
            """, [SQLValue(document)])
        guard let row = rows.first,
            case let index = try row.int(3) - row.int(1),
            let lines = StoredLines.decode(try row.blob(2), document: index)
        else { return nil }
        let revision = try row.int(0)
        let marks = try connection.query(
            "SELECT line, file, file_line FROM deckhand_files WHERE revision = ? AND line < ? ORDER BY line DESC LIMIT 1",
            [SQLValue(revision), SQLValue(lines.line)])
        return LocatedExplanation.Source(
            revision: revision, index: index, lines: lines,
            file: try marks.first.map {
                FileMark(line: try $0.int(0), file: try $0.text(1), fileLine: try $0.int(2))
            })
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
