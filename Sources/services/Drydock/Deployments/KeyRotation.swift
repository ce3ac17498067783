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
