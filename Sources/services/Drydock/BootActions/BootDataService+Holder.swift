import Cryptography
import OrderedCollections
import Primitives
import Store

/// Plans and their keys belong to the boot that they were given to: once its token is void, its key is worth nothing.
extension BootDataService {
    /// The plan of a deployment, for the boot that speaks for its machine now.
    ///
    /// Where an earlier boot had it, the plan gets a new key and its archives are rendered with that.
    ///
    /// - Throws: as `archive` does, where archives have to be rendered and cannot be.
    func plan(of deployment: ULID, for boot: BootIdentity) async throws -> Value {
        if try await deployments.take(deployment, for: boot) { return try await deployments.plan(deployment) }
        guard let present = try await deployments.deployment(deployment),
            try await deployments.key(deployment) != nil,
            case .object(var plan) = try await deployments.plan(deployment),
            case .object(var bootData) = plan["boot_data"]
        else {
            try await deployments.pass(deployment, to: boot)
            return try await deployments.plan(deployment)
        }
        let key = Secret(Random.bytes(32))
        let (site, node) = try await described(present)
        let actions = try await deployments.bootActions(of: deployment)
        let archives = try await prepare(present, node, in: site, actions: actions, key: key)
        bootData["key"] = .string(key.reveal().hex)
        plan["boot_data"] = .object(bootData)
        let contents = DeploymentStore.Contents(
            plan: .object(plan), key: key, files: archives.files, units: archives.units)
        try await deployments.renew(deployment, contents, for: boot)
        index.forget(present.node)
        return .object(plan)
    }
}

extension DeploymentStore {
    /// Gives the plan to a boot, if no other has had it.
    ///
    /// - Returns: whether it is the boot's.
    func take(_ deployment: ULID, for boot: BootIdentity) async throws -> Bool {
        let id = SQLValue.text(deployment.description)
        let holder = try await database.read {
            try $0.query("SELECT holder FROM drydock_deployments WHERE id = ?", [id]).first?.optionalText(0)
        }
        if holder == boot.tokenHash { return true }
        guard holder == nil else { return false }
        return try await database.write { connection in
            try connection.execute(
                "UPDATE drydock_deployments SET holder = ? WHERE id = ? AND holder IS NULL",
                [.text(boot.tokenHash), id])
            let holder = try connection.query("SELECT holder FROM drydock_deployments WHERE id = ?", [id]).first
            return try holder?.optionalText(0) == boot.tokenHash
        }
    }

    /// Gives a plan that has no key to another boot.
    func pass(_ deployment: ULID, to boot: BootIdentity) async throws {
        try await database.write {
            try $0.execute(
                "UPDATE drydock_deployments SET holder = ? WHERE id = ?",
                [.text(boot.tokenHash), .text(deployment.description)])
        }
    }

    /// Gives a plan with another key to another boot.
    func renew(_ deployment: ULID, _ contents: Contents, for boot: BootIdentity) async throws {
        let id = deployment.description
        try await database.write { [vault] connection in
            let plan = try vault.keys.seal(contents.plan.jsonBytes(.compact), for: "plan \(id)")
            let key = try contents.key.map { try vault.keys.seal($0.reveal(), for: "key \(id)") }
            try connection.execute(
                "UPDATE drydock_deployments SET plan = ?, key = ?, files = ?, units = ?, holder = ? WHERE id = ?",
                [
                    .blob(plan), SQLValue(key), SQLValue(contents.files), SQLValue(contents.units),
                    .text(boot.tokenHash), .text(id),
                ])
        }
    }

    /// Whether the token that the deployment's key came with is still good.
    ///
    /// A key that nobody was given yet is nobody's.
    func isHeld(_ deployment: ULID) async throws -> Bool {
        try await database.read { connection in
            try !connection.query(
                "SELECT 1 FROM drydock_deployments JOIN drydock_boots ON token_hash = holder WHERE id = ?",
                [.text(deployment.description)]
            ).isEmpty
        }
    }

    /// How far the machine has come with a deployment; nil before its installer has started, and where it has gone on.
    static func phase(_ deployment: ULID, _ connection: Connection) throws -> InstallerPhase? {
        try connection.query(
            "SELECT phase FROM drydock_machines WHERE deployment = ?", [.text(deployment.description)]
        ).first?.optionalText(0).flatMap(InstallerPhase.init)
    }
}
