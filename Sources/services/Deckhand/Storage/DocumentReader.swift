import Cryptography
import Documents
import Primitives
import Store

/// Reads the documents of revisions.
struct DocumentReader {
    let connection: Connection
    let vault: SecretVault

    enum Order: String {
        /// By the creation of the rows.
        case creation = "d.id"
        /// By the first appearance of the identities.
        case firstAppearance = "d.identity"
    }

    private static let select = """
        SELECT d.id, d.bucket, d.shown, i.schema, i.layer, i.name, c.metadata, c.data, c.secret, d.content
        FROM deckhand_documents d
        JOIN deckhand_identities i ON i.id = d.identity
        JOIN deckhand_contents c ON c.id = d.content
        """

    /// The documents that `revision` holds.
    ///
    /// - Parameter revealing: resolves the secrets of encrypted documents.
    func content(of revision: Int, order: Order, revealing: Bool) throws -> [StoredDocument] {
        try documents(
            "WHERE d.until > ? AND d.since <= ? ORDER BY \(order.rawValue)", [SQLValue(revision), SQLValue(revision)],
            revealing: revealing)
    }

    /// The documents of one kind that `revision` holds.
    func content(of revision: Int, kind: String) throws -> [StoredDocument] {
        try documents(
            """
            WHERE d.until > ? AND d.since <= ? AND i.schema >= ? AND i.schema < ? ORDER BY d.identity
            """,
            [SQLValue(revision), SQLValue(revision), .text(kind), .text(kind + "\u{10ffff}")], revealing: true)
    }

    /// The document of this identity that `revision` holds; nil where it holds none.
    func document(_ identity: DocumentIdentity, of revision: Int, revealing: Bool) throws -> StoredDocument? {
        try documents(
            "WHERE d.until > ? AND d.since <= ? AND i.schema = ? AND i.name = ? AND i.layer IS ?",
            [
                SQLValue(revision), SQLValue(revision), .text(identity.schema), .text(identity.name),
                SQLValue(identity.layer),
            ], revealing: revealing
        ).first
    }

    /// The rows that `revision` itself brought.
    func written(by revision: Int, kind: String) throws -> [StoredDocument] {
        try documents(
            "WHERE d.since = ? AND i.schema >= ? AND i.schema < ? ORDER BY d.id",
            [SQLValue(revision), .text(kind), .text(kind + "\u{10ffff}")], revealing: true)
    }

    /// The newest LayeringPolicy of any revision, deleted ones included.
    func newestLayeringPolicy() throws -> StoredDocument? {
        let kind = DocumentKind.layeringPolicy
        return try documents(
            "WHERE i.schema >= ? AND i.schema < ? ORDER BY d.id DESC LIMIT 1",
            [.text(kind), .text(kind + "\u{10ffff}")], revealing: true
        ).first
    }

    /// The contents of the documents of one kind, to tell whether they changed.
    func signature(of revision: Int, kind: String) throws -> [Int] {
        try connection.query(
            """
            SELECT d.content FROM deckhand_documents d JOIN deckhand_identities i ON i.id = d.identity
            WHERE d.until > ? AND d.since <= ? AND i.schema >= ? AND i.schema < ? ORDER BY d.identity
            """,
            [SQLValue(revision), SQLValue(revision), .text(kind), .text(kind + "\u{10ffff}")]
        ).map { try $0.int(0) }
    }

    /// What tells the contents of a bucket's documents from others.
    func hashes(of revision: Int, bucket: String) throws -> [DocumentIdentity: ContentHashes] {
        var hashes: [DocumentIdentity: ContentHashes] = [:]
        try connection.forEach(
            """
            SELECT i.schema, i.layer, i.name, c.metadata_hash, c.data_hash
            FROM deckhand_documents d
            JOIN deckhand_identities i ON i.id = d.identity
            JOIN deckhand_contents c ON c.id = d.content
            WHERE d.until > ? AND d.since <= ? AND d.bucket = ?
            """, [SQLValue(revision), SQLValue(revision), .text(bucket)]
        ) { row in
            let identity = DocumentIdentity(
                schema: try row.text(0), layer: try row.optionalText(1), name: try row.text(2))
            hashes[identity] = ContentHashes(metadata: try row.blob(3), data: try row.blob(4))
        }
        return hashes
    }

    /// How many bytes the documents of `revision` are stored in.
    func size(of revision: Int) throws -> Int {
        try connection.query(
            """
            SELECT coalesce(sum(length(c.metadata) + length(c.data)), 0)
            FROM deckhand_documents d JOIN deckhand_contents c ON c.id = d.content WHERE d.until > ? AND d.since <= ?
            """, [SQLValue(revision), SQLValue(revision)]
        ).first?.int(0) ?? 0
    }

    private func documents(
        _ condition: String, _ parameters: [SQLValue], revealing: Bool
    ) throws -> [StoredDocument] {
        var documents: [StoredDocument] = []
        try connection.forEach("\(Self.select) \(condition)", parameters) { row in
            let reference = try row.optionalText(8)
            var secret: Secret<Value>?
            if revealing, let reference { secret = try payload(reference) }
            let identity = DocumentIdentity(
                schema: try row.text(3), layer: try row.optionalText(4), name: try row.text(5))
            documents.append(
                StoredDocument(
                    id: try row.int(0), bucket: try row.text(1), revision: try row.int(2), identity: identity,
                    metadata: try Value(json: try row.blob(6), depthLimit: Self.depthLimit),
                    data: try Value(json: try row.blob(7), depthLimit: Self.depthLimit), secret: secret))
        }
        return documents
    }

    static let depthLimit = 512

    /// - Throws: where the master key is not the one that the secret was sealed under.
    func payload(_ reference: String) throws -> Secret<Value>? {
        let rows = try connection.query(
            "SELECT sealed FROM deckhand_secrets WHERE reference = ?", [.text(reference)])
        guard let row = rows.first else { return nil }
        let opened = try vault.open(try row.blob(0), reference: reference)
        return Secret(try Value(json: opened.plaintext.reveal(), depthLimit: Self.depthLimit))
    }
}
