import Cryptography
import Primitives
import Store

extension DrydockService {
    /// Puts archives that are sealed under an older master key under the current one.
    ///
    /// Meant to come before `renewSecrets`, as long as both keys are there; running it again changes nothing.
    ///
    /// - Returns: how many there are.
    package func renewArchives() throws -> Int { try bootData.archives.reseal() }

    /// Puts every plan and key that is sealed under an older master key under the current one.
    ///
    /// Meant for the transaction that does so for all services; running it again changes nothing.
    ///
    /// - Returns: how many there are.
    /// - Throws: `drydock.sealed` for one that none of the keys opens.
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
