import Cryptography
import Documents
import Primitives
import Store

extension DocumentService {
    /// Puts every secret that is under an older key under the current one.
    ///
    /// Meant for the transaction that does so for all services; running it again changes nothing.
    ///
    /// - Returns: how many secrets there are.
    /// - Throws: `deckhand.secret_unreadable` for a secret that none of the keys opens.
    package func renewSecrets(_ connection: Connection) throws -> Int {
        try Self.secrets.renew(connection) { reference, sealed in
            let opened = try vault.open(sealed, reference: reference)
            guard !opened.isCurrent else { return nil }
            try renewFingerprint(connection, of: reference, opened.plaintext)
            return try vault.seal(opened.plaintext.reveal(), reference: reference)
        }
    }

    /// About how many bytes of the disk `renewSecrets(_:)` takes for as long as its transaction runs: each secret is written
    /// anew, and with it a page of its own for its fingerprint and one for the index of that.
    package func spaceForRenewal(_ connection: Connection) throws -> Int {
        let row = try connection.query("SELECT count(*), coalesce(sum(length(sealed)), 0) FROM deckhand_secrets").first
        let pageSize = try connection.pageSize()
        return try row.map { try $0.int(1) + $0.int(0) * 3 * pageSize } ?? 0
    }

    /// What tells equal payloads apart is made with the key too.
    private func renewFingerprint(
        _ connection: Connection, of reference: String, _ payload: Secret<[UInt8]>
    ) throws {
        let owners = try connection.query(
            """
            SELECT c.id, i.schema, i.layer, i.name FROM deckhand_contents c
            JOIN deckhand_documents d ON d.content = c.id JOIN deckhand_identities i ON i.id = d.identity
            WHERE c.secret = ? LIMIT 1
            """, [.text(reference)])
        let value = try Value(json: payload.reveal(), depthLimit: DocumentReader.depthLimit)
        let canonical = EncodedDocument.canonical(value, payload.reveal())
        for row in owners {
            let identity = DocumentIdentity(
                schema: try row.text(1), layer: try row.optionalText(2), name: try row.text(3))
            try connection.execute(
                "UPDATE deckhand_contents SET data_hash = ? WHERE id = ?",
                [.blob(vault.fingerprint(canonical, of: identity)), .int(try row.int64(0))])
        }
    }
}

extension DocumentService {
    private static let secrets = SealedColumn("deckhand_secrets", key: "reference", column: "sealed")

    /// Whether there is any secret.
    package static func holdsSecrets(_ connection: Connection) throws -> Bool { try secrets.holdsAny(connection) }

    /// Opens a secret, to try the key.
    ///
    /// - Returns: whether there is any.
    /// - Throws: `deckhand.secret_unreadable` where none of the keys opens it.
    package func probeSecret(_ connection: Connection) throws -> Bool {
        try Self.secrets.probe(connection) { _ = try vault.open($1, reference: $0) }
    }
}
