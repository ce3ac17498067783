import Cryptography
import Primitives
import Store

extension DrydockService {
    /// Seals all archives of boot data under the current master key, and removes those that no key opens.
    ///
    /// It is called before `renewSecrets(_:)`, while both keys are there. Running it again changes nothing.
    ///
    /// - Returns: the number of archives.
    package func renewArchives() throws -> Int { try bootData.archives.reseal() }

    /// Seals all plans and keys of deployments under the current master key.
    ///
    /// It is called in the transaction that does so for all services. Running it again changes nothing.
    ///
    /// - Returns: the number of secrets.
    /// - Throws: `BoatyardError` `drydock.sealed` for a secret that no key opens.
    package func renewSecrets(_ connection: Connection) throws -> Int {
        let vault = deployments.vault
        var count = 0
        for column in ["plan", "key"] {
            let rows = try connection.query(
                "SELECT id, \(column) FROM drydock_deployments WHERE \(column) IS NOT NULL")
            for row in rows {
                let id = try row.text(0)
                let opened = try vault.open(try row.blob(1), for: "\(column) \(id)")
                guard !opened.isCurrent else { continue }
                let sealed = try vault.keys.seal(opened.plaintext.reveal(), for: "\(column) \(id)")
                try connection.execute(
                    "UPDATE drydock_deployments SET \(column) = ? WHERE id = ?", [.blob(sealed), .text(id)])
            }
            count += rows.count
        }
        return count
    }
}

extension DrydockService {
    /// Whether there is any sealed plan.
    package static func holdsSecrets(_ connection: Connection) throws -> Bool {
        try !connection.query("SELECT 1 FROM drydock_deployments LIMIT 1").isEmpty
    }

    /// Opens the newest plan, to try the key.
    ///
    /// - Returns: whether there is any.
    /// - Throws: `drydock.sealed` where none of the keys opens it.
    package func probeSecret(_ connection: Connection) throws -> Bool {
        let newest = try connection.query("SELECT id, plan FROM drydock_deployments ORDER BY rowid DESC LIMIT 1")
        guard let row = newest.first else { return false }
        let id = try row.text(0)
        _ = try deployments.vault.open(try row.blob(1), for: "plan \(id)")
        return true
    }
}
