import Documents
import OrderedCollections
import Primitives
import Store
import YAML

/// The result of a PUT of a bucket.
package struct PutResult: Sendable {
    /// The revision that was made; nil where the PUT changed nothing.
    package let revision: Int?
    /// The documents of the request, in their order, without ValidationPolicies, which are never listed.
    package let documents: [DocumentView]
}

/// The new content of a bucket: documents that were checked by themselves, in the form in which they are stored.
package struct BucketDraft: Sendable {
    let bucket: String
    fileprivate let documents: [EncodedDocument]
    fileprivate let lines: [UInt8]
    fileprivate let files: [FileMark]
    fileprivate let remarks: [UInt8]?
}

extension DocumentService {
    /// Makes the bucket hold exactly `documents`, in a new revision (`docs/reference/deckhand.md` §4).
    ///
    /// Calls at the same time are carried out one after the other. Each is checked against what the ones before it have
    /// written.
    ///
    /// - Parameter lines: the lines of the documents, which `explain` shows.
    /// - Throws: `DocumentError`: `.invalidFormat`, `.singletonConflict`, `.duplicate`. Nothing is written then.
    package func put(bucket: String, documents: [Value], lines: StreamLines = .unknown) async throws -> PutResult {
        try await put(draft(bucket: bucket, documents: documents, lines: lines))
    }

    /// As `put(bucket:documents:lines:)`, in two parts.
    ///
    /// - Throws: `SingletonDocumentConflict`, `DuplicateDocumentExists` for what other buckets hold; nothing is written
    ///   then.
    package func put(_ draft: BucketDraft) async throws -> PutResult {
        try await database.write(BucketUpdate(draft: draft, vault: vault, now: clock()).apply)
    }

    /// As a rollback to `target` and a PUT over it, of which both happen or neither: what the draft conflicts with leaves
    /// everything as it is.
    ///
    /// - Parameter target: 0 is the empty revision.
    /// - Returns: the newest of the new revisions, even where the PUT had nothing to write.
    /// - Throws: as `put(_:)` and `rollback(to:)`.
    package func put(_ draft: BucketDraft, afterRollbackTo target: Int) async throws -> PutResult {
        let rollback = Rollback(target: target, vault: vault, now: clock())
        let update = BucketUpdate(draft: draft, vault: vault, now: rollback.now)
        return try await database.write { connection in
            let restored = try rollback.apply(connection)
            let result = try update.apply(connection)
            return PutResult(revision: result.revision ?? restored.revision, documents: result.documents)
        }
    }

    /// Whether the bucket holds in a revision exactly the documents of the draft, so that a PUT of it would change
    /// nothing.
    ///
    /// - Parameter revision: 0 is the empty revision.
    /// - Throws: `.revisionMissing`.
    package func holds(_ draft: BucketDraft, revision: Int) async throws -> Bool {
        let vault = vault
        return try await database.read { connection in
            if revision != 0 { try connection.requireRevision(revision) }
            let held = try DocumentReader(connection: connection, vault: vault)
                .hashes(of: revision, bucket: draft.bucket)
            return held.count == draft.documents.count
                && draft.documents.allSatisfy { document in
                    held[document.identity]
                        == ContentHashes(metadata: document.metadataHash, data: document.dataHash(vault))
                }
        }
    }

    /// Checks documents by themselves and encodes them, which is the first half of `put(bucket:documents:lines:)`.
    ///
    /// - Parameter lines: the lines of the documents, which `explain` shows.
    /// - Throws: `DocumentError`: `.invalidFormat`, and `.singletonConflict` or `.duplicate` for documents that exclude
    ///   each other.
    package func draft(bucket: String, documents: [Value], lines: StreamLines = .unknown) async throws -> BucketDraft {
        try Self.checkLength(bucket, limit: 36, of: "a bucket name")
        let drafts = try documents.enumerated().map { index, document in
            do {
                let draft = try DocumentDraft(document)
                try Self.checkLengths(draft.identity)
                return draft
            } catch let error as DocumentError {
                throw error.located(in: lines, document, at: index)
            }
        }
        try Self.checkPayload(drafts, bucket: bucket) { index in
            lines.place(at: [], in: documents[index], at: index)?.text
        }
        let secrets = try await secrets(referencedBy: drafts)
        let encoded = drafts.map { draft in
            let secret = draft.isEncrypted ? draft.data.stringValue.flatMap { secrets[$0] } : nil
            return EncodedDocument(secret.map { draft.with(data: $0.reveal()) } ?? draft)
        }
        let storedLines = StoredLines.encode(
            zip(zip(documents, drafts), lines.maps).map { DocumentLines($1, of: $0.0, hidesData: $0.1.isEncrypted) })
        return BucketDraft(
            bucket: bucket, documents: encoded, lines: storedLines, files: lines.files,
            remarks: StoredRemarks(documents, lines: lines).encoded)
    }

    /// A document that was read before carries its secret's reference; it keeps that secret.
    ///
    /// - Returns: the payloads by their references.
    private func secrets(referencedBy drafts: [DocumentDraft]) async throws -> [String: Secret<Value>] {
        let references = drafts.filter { $0.isEncrypted && SecretVault.isReference($0.data) }
            .compactMap(\.data.stringValue)
        guard !references.isEmpty else { return [:] }
        let vault = vault
        return try await database.read { connection in
            let reader = DocumentReader(connection: connection, vault: vault)
            var payloads: [String: Secret<Value>] = [:]
            for reference in references { payloads[reference] = try reader.payload(reference) }
            return payloads
        }
    }

    /// - Parameter place: of a document; nil where it is not known.
    private static func checkPayload(_ drafts: [DocumentDraft], bucket: String, place: (Int) -> String?) throws {
        var seen: [DocumentIdentity: Int] = [:]
        var policy: DocumentIdentity?
        for (index, draft) in drafts.enumerated() {
            if let first = seen.updateValue(index, forKey: draft.identity) {
                var error = DocumentError.duplicate(draft.identity, bucket: bucket)
                error.document = draft.identity
                if let before = place(first), let here = place(index) {
                    error.remedy = "It is written twice, at \(before) and \(here): remove one of them, or rename it."
                }
                throw error
            }
            guard draft.identity.schema.hasPrefix(DocumentKind.layeringPolicy) else { continue }
            if let policy { throw DocumentError.singletonConflict(existing: policy, new: draft.identity) }
            policy = draft.identity
        }
    }

    private static func checkLengths(_ identity: DocumentIdentity) throws {
        let limit = DocumentIdentity.longestText
        try checkLength(identity.schema, limit: limit, of: "a document's schema")
        try checkLength(identity.name, limit: limit, of: "a document's name")
        try checkLength(identity.layer ?? "", limit: limit, of: "a document's layer")
    }

    private static func checkLength(_ text: String, limit: Int, of what: String) throws {
        if let control = text.unicodeScalars.first(where: \.isControl) {
            throw DocumentError.invalidInput(
                "\(what) may have no control characters, but \(control.escaped(asASCII: true)) is in it. Remove it")
        }
        guard text.utf8.count > limit, text.unicodeScalars.count > limit else { return }
        throw DocumentError.invalidInput(
            "\(what) may have \(limit) characters, but \(text.prefix(80)) has \(text.unicodeScalars.count). Choose a "
                + "shorter one")
    }
}

/// Replaces what one bucket holds, in one transaction.
private struct BucketUpdate: Sendable {
    let draft: BucketDraft
    let vault: SecretVault
    let now: Timestamp

    /// A document that the newest revision holds.
    private struct Alive {
        let bucket: String
        let content: Int
        let since: Int
        let shown: Int
    }

    func apply(_ connection: Connection) throws -> PutResult {
        let latest = try connection.latestRevision()
        let alive = try alive(connection)
        try checkConflicts(alive)
        let isEmptyAlready = !alive.values.contains { $0.bucket == draft.bucket }
        if draft.documents.isEmpty, isEmptyAlready { return PutResult(revision: nil, documents: []) }

        let writer = try RevisionWriter(connection: connection, vault: vault, after: latest, now: now)
        try writer.open(bucket: draft.bucket)
        let views = try draft.documents.map { document in
            let stored = try writer.add(document, to: draft.bucket) { content in
                guard let previous = alive[document.identity], previous.content == content, previous.since == latest
                else { return writer.revision }
                return previous.shown
            }
            return DocumentView(stored)
        }
        if !draft.lines.isEmpty, let first = views.first {
            try writer.keep(lines: draft.lines, files: draft.files, remarks: draft.remarks, firstDocument: first.id)
        }
        return PutResult(revision: writer.revision, documents: views.filter { !$0.isValidationPolicy })
    }

    private func alive(_ connection: Connection) throws -> [DocumentIdentity: Alive] {
        var alive: [DocumentIdentity: Alive] = [:]
        try connection.forEach(
            """
            SELECT i.schema, i.layer, i.name, d.bucket, d.content, d.since, d.shown
            FROM deckhand_documents d JOIN deckhand_identities i ON i.id = d.identity WHERE d.until = ?
            """,
            [DeckhandSchema.forever]
        ) { row in
            let identity = DocumentIdentity(
                schema: try row.text(0), layer: try row.optionalText(1), name: try row.text(2))
            alive[identity] = Alive(
                bucket: try row.text(3), content: try row.int(4), since: try row.int(5), shown: try row.int(6))
        }
        return alive
    }

    private func checkConflicts(_ alive: [DocumentIdentity: Alive]) throws {
        let new = draft.documents.map(\.identity)
        let isPolicy: (DocumentIdentity) -> Bool = { $0.schema.hasPrefix(DocumentKind.layeringPolicy) }
        if let policy = new.first(where: isPolicy), let existing = alive.keys.first(where: isPolicy), policy != existing
        {
            throw DocumentError.singletonConflict(existing: existing, new: policy)
        }
        for identity in new {
            if let other = alive[identity], other.bucket != draft.bucket {
                throw DocumentError.duplicate(identity, bucket: other.bucket)
            }
        }
    }
}
