import Cryptography
import OrderedCollections
import Primitives
import Store

/// Plans and their keys belong to the boot that they were given to: once its token is void, its key is worth nothing.
extension BootDataService {
    /// The plan of a deployment, for the boot that speaks for its machine now.
    ///
    /// Where an earlier boot had it, the plan gets a new key and its archives are rendered with that. All requests of a boot
    /// get the same plan.
    ///
    /// - Throws: `DrydockError` `.forbidden` where the boot's token is void by the time that the plan is ready; and as `archive`
    ///   does, where archives have to be rendered and cannot be.
    func plan(of deployment: ULID, for boot: BootIdentity) async throws -> Value {
        try await plans.result(of: "\(deployment) \(boot.tokenHash)") {
            while true {
                try Task.checkCancellation()
                let holder = try await deployments.take(deployment, for: boot)
                if holder == boot { return try await deployments.plan(deployment) }
                let renewal = try await renewed(deployment)
                // Archives that nobody can ask for any more are removed: those of the key before, or of the one that came too
                // late.
                let archives = (renewal?.former ?? []) + (renewal?.contents.archives ?? [])
                let passed: Value?
                do {
                    passed = try await deployments.pass(deployment, renewal?.contents, from: holder, to: boot)
                } catch {
                    try await discard(archives)
                    throw error
                }
                if let node = passed?["node"]?.stringValue { index.forget(node) }
                try await discard(archives)
                if let passed { return passed }
            }
        }
    }

    /// What takes the place of a plan and its key.
    private struct Renewal: Sendable {
        var contents: DeploymentStore.Contents
        /// The names of the archives with the key before.
        var former: [String]
    }

    /// The plan with a new key, and archives that are rendered with it; nil for a plan without boot data, which has no key.
    private func renewed(_ deployment: ULID) async throws -> Renewal? {
        guard let present = try await deployments.deployment(deployment),
            try await deployments.key(deployment) != nil,
            case .object(var plan) = try await deployments.plan(deployment),
            case .object(var bootData) = plan["boot_data"]
        else { return nil }
        let key = Secret(Random.bytes(32))
        let (site, node) = try await described(present)
        let actions = try await deployments.bootActions(of: deployment)
        let archives = try await prepare(present, node, in: site, actions: actions, key: key)
        bootData["key"] = .string(key.reveal().hex)
        plan["boot_data"] = .object(bootData)
        return Renewal(
            contents: DeploymentStore.Contents(
                plan: .object(plan), key: key, files: archives.files, units: archives.units),
            former: [present.files, present.units].compactMap(\.self))
    }
}

extension DeploymentStore {
    /// Gives the plan to a boot whose token is good, if no other has had it.
    ///
    /// - Returns: the boot that has it now.
    /// - Throws: `DrydockError` `.forbidden` where no boot has had it and the token of this one is void; `.missing`.
    func take(_ deployment: ULID, for boot: BootIdentity) async throws -> BootIdentity {
        if let holder = try await database.read({ try Self.holder(deployment, $0) }) { return holder }
        return try await database.write { connection in
            try connection.execute(
                "UPDATE drydock_deployments SET holder = ? WHERE id = ? AND holder IS NULL AND \(Self.isGood)",
                [.text(boot.tokenHash), .text(deployment.description), .text(boot.tokenHash)])
            guard let holder = try Self.holder(deployment, connection) else { throw MachineStore.voidToken }
            return holder
        }
    }

    /// Gives the plan of one boot to another whose token is good.
    ///
    /// - Parameter contents: the plan with another key; nil for one that has none, and stays as it is.
    /// - Returns: the plan as it is stored; nil where a third boot has got it meanwhile.
    /// - Throws: `DrydockError` `.forbidden` where the token of the other boot is void: nothing is changed then; `.missing`.
    func pass(
        _ deployment: ULID, _ contents: Contents?, from holder: BootIdentity, to boot: BootIdentity
    ) async throws -> Value? {
        let id = deployment.description
        return try await database.write { [vault] connection in
            let condition = "id = ? AND holder = ? AND \(Self.isGood)"
            let parameters: [SQLValue] = [.text(id), .text(holder.tokenHash), .text(boot.tokenHash)]
            if let contents {
                let plan = try vault.keys.seal(contents.plan.jsonBytes(.compact), for: "plan \(id)")
                let key = try contents.key.map { try vault.keys.seal($0.reveal(), for: "key \(id)") }
                try connection.execute(
                    "UPDATE drydock_deployments SET plan = ?, key = ?, files = ?, units = ?, holder = ? WHERE \(condition)",
                    [
                        .blob(plan), SQLValue(key), SQLValue(contents.files), SQLValue(contents.units),
                        .text(boot.tokenHash),
                    ] + parameters)
            } else {
                try connection.execute(
                    "UPDATE drydock_deployments SET holder = ? WHERE \(condition)", [.text(boot.tokenHash)] + parameters
                )
            }
            guard try MachineStore.boot(boot, connection) != nil else { throw MachineStore.voidToken }
            guard try Self.holder(deployment, connection) == boot else { return nil }
            return try plan(deployment, connection)
        }
    }

    /// A condition with a token's hash as its parameter.
    private static let isGood = "EXISTS (SELECT 1 FROM drydock_boots WHERE token_hash = ?)"

    private static func holder(_ deployment: ULID, _ connection: Connection) throws -> BootIdentity? {
        let rows = try connection.query(
            "SELECT holder FROM drydock_deployments WHERE id = ?", [.text(deployment.description)])
        guard let row = rows.first else { throw unknown(deployment) }
        return try row.optionalText(0).map(BootIdentity.init)
    }

    /// Whether the token that the deployment's key came with is still good.
    ///
    /// A key that nobody was given yet is nobody's.
    func isHeld(_ deployment: ULID) async throws -> Bool { try await holding(deployment) != .none }

    /// What the holder of a deployment's key may still have.
    enum Holding: Sendable {
        /// Nothing: the token that the key came with is void, or nobody was given it.
        case none
        /// Archives and signals.
        case all
        /// Signals: the machine has its archives.
        case signals
    }

    func holding(_ deployment: ULID) async throws -> Holding {
        try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT phase FROM drydock_deployments JOIN drydock_boots ON token_hash = holder
                    LEFT JOIN drydock_machines ON drydock_machines.deployment = drydock_deployments.id
                    WHERE drydock_deployments.id = ?
                """, [.text(deployment.description)])
            guard let row = rows.first else { return .none }
            let phase = try row.optionalText(0).flatMap(InstallerPhase.init)
            return phase.map { $0 >= .bootdata && $0 <= .booted } ?? false ? .signals : .all
        }
    }

    /// How far the machine has come with a deployment; nil before its installer has started, and where it has gone on.
    static func phase(_ deployment: ULID, _ connection: Connection) throws -> InstallerPhase? {
        try connection.query(
            "SELECT phase FROM drydock_machines WHERE deployment = ?", [.text(deployment.description)]
        ).first?.optionalText(0).flatMap(InstallerPhase.init)
    }
}
