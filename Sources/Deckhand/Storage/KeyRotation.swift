import Documents
import Primitives
import Store

/// Puts every secret under another master key.
package enum KeyRotation {
    /// All or nothing, in one transaction. A `DocumentService` made with the old key reads no secret afterwards.
    ///
    /// - Returns: how many secrets there are.
    /// - Throws: `deckhand.secret_unreadable` where `old` is not the key that they are under.
    @discardableResult
    package static func rotate(
        _ database: Database, from old: Secret<[UInt8]>, to new: Secret<[UInt8]>
    ) async throws -> Int {
        let before = try SecretVault(masterKey: old)
        let after = try SecretVault(masterKey: new)
        return try await database.write { connection in
            let secrets = try connection.query("SELECT reference, sealed FROM deckhand_secrets")
            for row in secrets {
                let reference = try row.text(0)
                let payload = try before.open(try row.blob(1), reference: reference)
                let sealed = try after.seal(payload.reveal(), reference: reference)
                try connection.execute(
                    "UPDATE deckhand_secrets SET sealed = ? WHERE reference = ?", [.blob(sealed), .text(reference)])
                try renewFingerprint(connection, of: reference, payload, after)
            }
            return secrets.count
        }
    }

    /// What tells equal payloads apart is made with the key too.
    private static func renewFingerprint(
        _ connection: Connection, of reference: String, _ payload: Secret<[UInt8]>, _ vault: SecretVault
    ) throws {
        let owners = try connection.query(
            """
            SELECT c.id, i.schema, i.layer, i.name FROM deckhand_contents c
            JOIN deckhand_documents d ON d.content = c.id JOIN deckhand_identities i ON i.id = d.identity
            WHERE c.secret = ? LIMIT 1
            """, [.text(reference)])
        for row in owners {
            let identity = DocumentIdentity(
                schema: try row.text(1), layer: try row.optionalText(2), name: try row.text(3))
            try connection.execute(
                "UPDATE deckhand_contents SET data_hash = ? WHERE id = ?",
                [.blob(vault.fingerprint(payload.reveal(), of: identity)), .int(try row.int64(0))])
        }
    }
}
