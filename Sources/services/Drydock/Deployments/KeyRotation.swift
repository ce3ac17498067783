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

    /// How many bytes of the disk `renewArchives()` takes while it runs: one archive is there twice at a time.
    ///
    /// - Throws: `BoatyardError` `file.read` where that cannot be told.
    package func spaceForArchives() throws(BoatyardError) -> Int { try bootData.archives.largestSize() }

    /// About how many bytes of the disk `renewSecrets(_:)` takes for as long as its transaction runs: each plan and key is
    /// written anew, with what else is on its page.
    package func spaceForRenewal(_ connection: Connection) throws -> Int {
        let row = try connection.query(
            """
            SELECT count(*), coalesce(sum(length(plan)), 0) + coalesce(sum(length(key)), 0) FROM drydock_deployments
            """
        ).first
        let pageSize = try connection.pageSize()
        return try row.map { try $0.int(1) + $0.int(0) * 2 * pageSize } ?? 0
    }

    /// Seals all plans, keys and addresses of designs under the current master key.
    ///
    /// It is called in the transaction that does so for all services. Running it again changes nothing.
    ///
    /// - Returns: the number of secrets.
    /// - Throws: `BoatyardError` `drydock.sealed` for a secret that no key opens.
    package func renewSecrets(_ connection: Connection) throws -> Int {
        let vault = deployments.vault
        return try Self.sealedColumns.reduce(0) { count, sealed in
            try count
                + sealed.column.renew(connection) { id, bytes in
                    let opened = try vault.open(bytes, for: sealed.context(id))
                    return opened.isCurrent
                        ? nil : try vault.keys.seal(opened.plaintext.reveal(), for: sealed.context(id))
                }
        }
    }

    /// Whether there is anything sealed.
    package static func holdsSecrets(_ connection: Connection) throws -> Bool {
        try sealedColumns.contains { try $0.column.holdsAny(connection) }
    }

    /// Opens one of what is sealed, to try the key.
    ///
    /// - Returns: whether there is any.
    /// - Throws: `drydock.sealed` where none of the keys opens it.
    package func probeSecret(_ connection: Connection) throws -> Bool {
        try Self.sealedColumns.contains { sealed in
            try sealed.column.probe(connection) { id, bytes in
                _ = try deployments.vault.open(bytes, for: sealed.context(id))
            }
        }
    }

    private typealias Sealed = (column: SealedColumn, context: @Sendable (String) -> String)

    /// What is sealed in the database, and what for.
    private static let sealedColumns: [Sealed] = [
        (SealedColumn("drydock_deployments", key: "id", column: "plan"), { "plan \($0)" }),
        (SealedColumn("drydock_deployments", key: "id", column: "key"), { "key \($0)" }),
        (
            SealedColumn("drydock_deployments", key: "id", column: "design_sealed"),
            { DesignAddress.deploymentContext($0) }
        ),
        (SealedColumn("drydock_tasks", key: "id", column: "design_sealed"), { DesignAddress.taskContext($0) }),
    ]
}

extension DrydockService {
    /// Seals the credentials in addresses of designs that an earlier version has stored in clear, and takes them out of the
    /// messages of tasks. To be called once the key is known to be that of the database.
    ///
    /// - Returns: the number of addresses.
    /// - Throws: `StoreError`.
    package func sealAddresses() async throws -> Int {
        let vault = deployments.vault
        return try await deployments.database.write { connection in
            var count = 0
            for (table, context, isSealed) in [
                ("drydock_tasks", DesignAddress.taskContext, "parent IS NULL"),
                ("drydock_deployments", DesignAddress.deploymentContext, "1"),
            ] {
                let rows = try connection.query(
                    "SELECT id, design, \(isSealed) FROM \(table) WHERE design_sealed IS NULL AND (design LIKE '%@%' OR design LIKE '%?%')"
                )
                for row in rows {
                    let (id, text) = (try row.text(0), try row.text(1))
                    let address = DesignAddress(text)
                    guard address.description != text else { continue }
                    // Tasks below another one have it from there.
                    let sealed = try row.int(2) == 1 ? address.sealed(by: vault, for: context(id)) : nil
                    try connection.execute(
                        "UPDATE \(table) SET design = ?, design_sealed = ? WHERE id = ?",
                        [.text(address.description), SQLValue(sealed), .text(id)])
                    try connection.execute(
                        "UPDATE drydock_task_messages SET text = replace(text, ?1, ?2) WHERE instr(text, ?1) > 0",
                        [.text(text), .text(address.description)])
                    count += 1
                }
            }
            return count
        }
    }
}
