import Documents
import Primitives
import Store

/// Makes one new revision, inside the transaction that decided to.
struct RevisionWriter {
    let connection: Connection
    let vault: SecretVault
    let revision: Int

    private let identityInsert = """
        INSERT INTO deckhand_identities (schema, name, layer, layer_key) VALUES (?, ?, ?, ?)
        """
    private let contentInsert = """
        INSERT INTO deckhand_contents (metadata_hash, data_hash, metadata, data, secret) VALUES (?, ?, ?, ?, ?)
        """
    private let documentInsert = """
        INSERT INTO deckhand_documents (identity, content, bucket, shown, since, until) VALUES (?, ?, ?, ?, ?, ?)
        """

    init(connection: Connection, vault: SecretVault, after latest: Int, now: Timestamp) throws {
        self.connection = connection
        self.vault = vault
        revision = latest + 1
        try connection.execute(
            "INSERT INTO deckhand_revisions (id, created) VALUES (?, ?)",
            [SQLValue(revision), .int(now.microseconds)])
    }

    /// Notes that the revision writes `bucket`, and ends what the bucket held.
    func open(bucket: String) throws {
        try connection.execute(
            "INSERT OR IGNORE INTO deckhand_buckets (revision, bucket) VALUES (?, ?)",
            [SQLValue(revision), .text(bucket)])
        try connection.execute(
            "UPDATE deckhand_documents SET until = ? WHERE until = ? AND bucket = ?",
            [SQLValue(revision), DeckhandSchema.forever, .text(bucket)])
    }

    /// Adds a document. Its identity and its content are stored once for all revisions; identities are numbered in the
    /// order of their first appearance.
    ///
    /// - Parameter shown: `status.revision` of the document from now on, by the number of its content.
    /// - Returns: the document as it is shown to whoever put it.
    func add(
        _ document: EncodedDocument, to bucket: String, shown: (_ content: Int) -> Int
    ) throws -> StoredDocument {
        let (schema, name, layer) = (document.identity.schema, document.identity.name, document.identity.layer)
        // NULLs are never equal in a UNIQUE index, so the layer is compared with a mark before it.
        let layerKey = layer.map { "=" + $0 } ?? ""
        let identity: Int
        let namesakes = try connection.query(
            "SELECT id FROM deckhand_identities WHERE schema = ? AND name = ? AND layer_key = ?",
            [.text(schema), .text(name), .text(layerKey)])
        if let row = namesakes.first {
            identity = try row.int(0)
        } else {
            try connection.execute(
                identityInsert, [.text(schema), .text(name), SQLValue(layer), .text(layerKey)])
            identity = Int(connection.lastInsertRowID)
        }

        let (metadataHash, dataHash) = (document.metadataHash, document.dataHash(vault))
        var data = document.draft.data
        let content: Int
        let equals = try connection.query(
            "SELECT id, secret FROM deckhand_contents WHERE data_hash = ? AND metadata_hash = ?",
            [.blob(dataHash), .blob(metadataHash)])
        if let row = equals.first {
            content = try row.int(0)
            if let reference = try row.optionalText(1) { data = .string(reference) }
        } else {
            let reference = document.draft.isEncrypted ? try keep(secret: document.data.reveal()) : nil
            if let reference { data = .string(reference) }
            let bytes = reference == nil ? document.data.reveal() : data.jsonBytes(.compact)
            try connection.execute(
                contentInsert,
                [.blob(metadataHash), .blob(dataHash), .blob(document.metadata), .blob(bytes), SQLValue(reference)])
            content = Int(connection.lastInsertRowID)
        }

        try connection.execute(
            documentInsert,
            [
                SQLValue(identity), SQLValue(content), .text(bucket), SQLValue(shown(content)), SQLValue(revision),
                DeckhandSchema.forever,
            ])
        return StoredDocument(
            id: Int(connection.lastInsertRowID), bucket: bucket, revision: revision, identity: document.identity,
            metadata: document.draft.metadata, data: data)
    }

    /// - Returns: the reference under which the payload is stored, sealed.
    private func keep(secret payload: [UInt8]) throws -> String {
        let reference = SecretVault.newReference()
        try connection.execute(
            "INSERT INTO deckhand_secrets (reference, sealed) VALUES (?, ?)",
            [.text(reference), .blob(try vault.seal(payload, reference: reference))])
        return reference
    }

    /// Adds all that `target` held. A content that the revision before this one holds too is shown as the one of `target`.
    func restore(_ target: Int) throws {
        try connection.execute(
            """
            INSERT INTO deckhand_documents (identity, content, bucket, shown, since, until)
            SELECT identity, content, bucket, CASE WHEN content IN (
                SELECT content FROM deckhand_documents WHERE until > ?1 AND since <= ?1) THEN ?2 ELSE ?3 END, ?3, ?4
            FROM deckhand_documents WHERE until > ?2 AND since <= ?2 ORDER BY id
            """,
            [SQLValue(revision - 1), SQLValue(target), SQLValue(revision), DeckhandSchema.forever])
    }

    /// Keeps where the documents of the revision stood, which are numbered from `firstDocument` on.
    ///
    /// - Parameter remarks: see `StoredRemarks`; nil for none.
    func keep(lines: [UInt8], files: [FileMark], remarks: [UInt8]?, firstDocument: Int) throws {
        try connection.execute(
            "INSERT INTO deckhand_lines (revision, first_document, lines, remarks) VALUES (?, ?, ?, ?)",
            [SQLValue(revision), SQLValue(firstDocument), .blob(lines), remarks.map(SQLValue.blob) ?? .null])
        for mark in files {
            try connection.execute(
                "INSERT INTO deckhand_files (revision, line, file, file_line) VALUES (?, ?, ?, ?)",
                [SQLValue(revision), SQLValue(mark.line), .text(mark.file), SQLValue(mark.fileLine)])
        }
    }
}
