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

    /// - Parameter shown: `status.revision` of the document from now on.
    /// - Returns: the number of the new row.
    func add(identity: Int, content: Int, bucket: String, shown: Int) throws -> Int {
        try connection.execute(
            documentInsert,
            [
                SQLValue(identity), SQLValue(content), .text(bucket), SQLValue(shown), SQLValue(revision),
                DeckhandSchema.forever,
            ])
        return Int(connection.lastInsertRowID)
    }

    /// Keeps where the documents of the revision stood, which are numbered from `firstDocument` on.
    func keep(lines: [UInt8], files: [FileMark], firstDocument: Int) throws {
        try connection.execute(
            "INSERT INTO deckhand_lines (revision, first_document, lines) VALUES (?, ?, ?)",
            [SQLValue(revision), SQLValue(firstDocument), .blob(lines)])
        for mark in files {
            try connection.execute(
                "INSERT INTO deckhand_files (revision, line, file, file_line) VALUES (?, ?, ?, ?)",
                [SQLValue(revision), SQLValue(mark.line), .text(mark.file), SQLValue(mark.fileLine)])
        }
    }

    /// The numbers of the document's identity and content, which are stored once for all revisions, and the data that is
    /// shown for it. New identities are numbered in the order of their first appearance.
    func entry(for document: EncodedDocument) throws -> (identity: Int, content: Int, data: Value) {
        let (schema, name, layer) = (document.identity.schema, document.identity.name, document.identity.layer)
        // NULLs are never equal in a UNIQUE index, so the layer is compared with a mark before it.
        let layerKey = layer.map { "=" + $0 } ?? ""
        let identity: Int
        let named = try connection.query(
            "SELECT id FROM deckhand_identities WHERE schema = ? AND name = ? AND layer_key = ?",
            [.text(schema), .text(name), .text(layerKey)])
        if let row = named.first {
            identity = try row.int(0)
        } else {
            try connection.execute(
                identityInsert, [.text(schema), .text(name), SQLValue(layer), .text(layerKey)])
            identity = Int(connection.lastInsertRowID)
        }
        let dataHash = document.dataHash(vault)
        let known = try connection.query(
            "SELECT id, secret FROM deckhand_contents WHERE data_hash = ? AND metadata_hash = ?",
            [.blob(dataHash), .blob(document.metadataHash)])
        if let row = known.first {
            return (identity, try row.int(0), try row.optionalText(1).map(Value.string) ?? document.draft.data)
        }
        var shown = document.draft.data
        var data = document.data.reveal()
        var reference: String?
        if document.draft.isEncrypted {
            let new = SecretVault.newReference()
            try connection.execute(
                "INSERT INTO deckhand_secrets (reference, sealed) VALUES (?, ?)",
                [.text(new), .blob(try vault.seal(data, reference: new))])
            reference = new
            shown = .string(new)
            data = shown.jsonBytes(.compact)
        }
        try connection.execute(
            contentInsert,
            [
                .blob(document.metadataHash), .blob(dataHash), .blob(document.metadata), .blob(data),
                SQLValue(reference),
            ])
        return (identity, Int(connection.lastInsertRowID), shown)
    }
}
