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
        let secrets = try connection.query("SELECT reference, sealed FROM deckhand_secrets")
        for row in secrets {
            let reference = try row.text(0)
            let opened = try vault.open(try row.blob(1), reference: reference)
            guard !opened.isCurrent else { continue }
            let sealed = try vault.seal(opened.plaintext.reveal(), reference: reference)
            try connection.execute(
                "UPDATE deckhand_secrets SET sealed = ? WHERE reference = ?", [.blob(sealed), .text(reference)])
            try renewFingerprint(connection, of: reference, opened.plaintext)
        }
        return secrets.count
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
    /// Whether there is any secret.
    package static func holdsSecrets(_ connection: Connection) throws -> Bool {
        try !connection.query("SELECT 1 FROM deckhand_secrets LIMIT 1").isEmpty
    }

    /// Opens a secret, to try the key.
    ///
    /// - Returns: whether there is any.
    /// - Throws: `deckhand.secret_unreadable` where none of the keys opens it.
    package func probeSecret(_ connection: Connection) throws -> Bool {
        let newest = try connection.query("SELECT reference, sealed FROM deckhand_secrets LIMIT 1")
        guard let row = newest.first else { return false }
        _ = try vault.open(try row.blob(1), reference: try row.text(0))
        return true
    }
}
