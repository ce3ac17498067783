import Cryptography
import Deckhand
import Primitives
import Store
import TestSupport
import Testing

@testable import Drydock

/// A store of deployments of the node `n1`, whose machine is deployed.
struct StoredDeployments {
    let database: Database
    let deployments: DeploymentStore
    let vault: Vault

    static let time = Timestamp(microseconds: 1_800_000_000_000_000)
    static let mac = MACAddress("52:54:00:00:00:11") ?? .zero

    static func run(_ body: (StoredDeployments) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db",
                migrations: (DeckhandSchema.migrations + DrydockMigration.all).withoutGaps)
            let vault = Vault(keys: Keyring(Secret([UInt8](repeating: 7, count: 32))))
            let lifecycle = MachineLifecycle(state: .deployed, intent: .local, work: nil, failure: nil)
            try await database.write { connection in
                try MachineStore.save(
                    Machine(
                        id: ULID(), node: "n1", mac: mac, bmcAddress: nil, lifecycle: lifecycle, power: .on,
                        created: time,
                        updated: time), connection)
            }
            try await body(
                StoredDeployments(
                    database: database, deployments: DeploymentStore(database: database, vault: vault), vault: vault))
            await database.close()
        }
    }

    static func design(_ revision: Int) -> String {
        "deckhand+http://127.0.0.1/api/v1.0/revisions/\(revision)/rendered-documents"
    }

    /// One more installation of `n1`, with the boot action `a`.
    func insert(
        design: String, created: Timestamp, action: BootActionRecord.Status, key: Secret<[UInt8]>? = nil
    ) async throws -> MachineDeployment {
        let deployment = MachineDeployment(
            id: ULID(), node: "n1", machine: ULID(), kind: .install, task: "t", design: DesignAddress(design),
            created: created,
            bootAttempts: 0, lastAttempt: nil, files: nil, units: nil)
        let contents = DeploymentStore.Contents(
            plan: Self.plan("old"), key: key,
            bootActions: [
                BootActionRecord(id: ULID(), node: "n1", name: "a", status: action, deployment: deployment.id)
            ])
        try await database.write(deployments.insertion(of: deployment, contents))
        return deployment
    }

    static func plan(_ key: String) -> Value { ["node": "n1", "boot_data": ["key": .string(key)]] }

    /// A token that is good, and what identifies its boot.
    func boot(_ hash: String) async throws -> BootIdentity {
        try await database.write {
            try $0.execute(
                "INSERT INTO drydock_boots (token_hash, mac, peer, minted) VALUES (?, ?, '192.0.2.7', 1)",
                [.text(hash), .text(Self.mac.description)])
        }
        return BootIdentity(tokenHash: hash)
    }

    func void(_ boot: BootIdentity) async throws {
        try await database.write {
            try $0.execute("DELETE FROM drydock_boots WHERE token_hash = ?", [.text(boot.tokenHash)])
        }
    }
}
