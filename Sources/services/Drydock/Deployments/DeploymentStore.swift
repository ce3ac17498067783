import Cryptography
import Primitives
import Store

/// Deployments, their keys, plans and boot actions in the database.
struct DeploymentStore: Sendable {
    let database: Database
    let vault: Vault
    var unreadable = UnreadableRows()

    /// What is stored with a new deployment.
    struct Contents: Sendable {
        var plan: Value
        /// 32 bytes; nil for a node without boot actions.
        var key: Secret<[UInt8]>?
        var bootActions: [BootActionRecord] = []
        /// Names of the archives, as far as they are rendered.
        var files: String?
        var units: String?

        var archives: [String] { [files, units].compactMap(\.self) }
    }

    /// The statements that store `deployment`, to run in the transaction that sets its machine to work.
    func insertion(
        of deployment: MachineDeployment, _ contents: Contents
    ) -> @Sendable (Connection) throws -> Void {
        let id = deployment.id.description
        return { [vault] connection in
            let plan = try vault.keys.seal(contents.plan.jsonBytes(.compact), for: "plan \(id)")
            let key = try contents.key.map { try vault.keys.seal($0.reveal(), for: "key \(id)") }
            let design = try deployment.design.sealed(by: vault, for: DesignAddress.deploymentContext(id))
            try connection.execute(
                """
                INSERT INTO drydock_deployments (id, node, machine, kind, task, design, design_sealed, plan, key, created,
                    boot_attempts, files, units)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)
                """,
                [
                    .text(id), .text(deployment.node), .text(deployment.machine.description),
                    .text(deployment.kind.rawValue), .text(deployment.task), .text(deployment.design.description),
                    SQLValue(design), .blob(plan), SQLValue(key), .int(deployment.created.microseconds),
                    SQLValue(contents.files), SQLValue(contents.units),
                ])
            for (place, action) in contents.bootActions.enumerated() {
                try connection.execute(
                    "INSERT INTO drydock_boot_actions (id, deployment, node, name, status, place) "
                        + "VALUES (?, ?, ?, ?, ?, ?)",
                    [
                        .text(action.id.description), .text(id), .text(action.node), .text(action.name),
                        .text(action.status.rawValue), .int(Int64(place)),
                    ])
            }
        }
    }

    func deployment(_ id: ULID) async throws -> MachineDeployment? {
        try await database.read { try select($0, "id = ?", [.text(id.description)]).first }
    }

    /// The rowid of the newest installation of a node, as a term of SQL: the one that was made last, whatever the clock said.
    ///
    /// - Parameter node: the name of the node, as a term of SQL.
    static func newestInstallation(of node: String) -> String {
        "(SELECT max(newest.rowid) FROM drydock_deployments newest WHERE newest.node = \(node) AND newest.kind = 'install')"
    }

    /// The newest installation of `node`.
    func latestInstallation(of node: String) async throws -> MachineDeployment? {
        try await database.read {
            try select($0, "rowid = \(Self.newestInstallation(of: "?"))", [.text(node)]).first
        }
    }

    /// By node, the revision that its machine was installed with, of those that are deployed.
    func deployedRevisions() async throws -> [String: Int] {
        try await database.read { connection in
            var revisions: [String: Int] = [:]
            try connection.forEach(
                """
                SELECT d.node, d.design FROM drydock_machines m
                JOIN drydock_deployments d ON d.rowid = \(Self.newestInstallation(of: "m.node")) WHERE m.state = ?
                """, [.text(MachineState.deployed.rawValue)]
            ) { row in
                if let revision = MachineDeployment.revision(of: try row.text(1)) {
                    revisions[try row.text(0)] = revision
                }
            }
            return revisions
        }
    }

    /// The nodes that were installed, whose machines were erased since, and that are not being installed again.
    func erasedNodes() async throws -> Set<String> {
        try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT d.node FROM drydock_deployments d
                JOIN (SELECT max(rowid) AS place FROM drydock_deployments GROUP BY node) newest ON d.rowid = newest.place
                WHERE d.kind = ? AND \(Self.newestInstallation(of: "d.node")) IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM drydock_machines m WHERE m.node = d.node AND m.deployment IS NOT NULL
                        AND m.state <> ?)
                """, [.text(MachineDeployment.Kind.erase.rawValue), .text(MachineState.new.rawValue)])
            return Set(try rows.map { try $0.text(0) })
        }
    }

    func plan(_ id: ULID) async throws -> Value {
        // Opened within the read: a rotation of the key waits for that.
        try await database.read { try plan(id, $0) }
    }

    func plan(_ id: ULID, _ connection: Connection) throws -> Value {
        let rows = try connection.query(
            "SELECT plan FROM drydock_deployments WHERE id = ?", [.text(id.description)])
        guard let row = rows.first else { throw Self.unknown(id) }
        return try Value(json: vault.open(row.blob(0), for: "plan \(id)").plaintext.reveal())
    }

    static func unknown(_ id: ULID) -> DrydockError { DrydockError(.missing, "Deployment \(id) is not known.") }

    /// nil for a deployment without boot actions.
    func key(_ id: ULID) async throws -> Secret<[UInt8]>? {
        try await database.read { [vault] connection in
            let rows = try connection.query(
                "SELECT key FROM drydock_deployments WHERE id = ?", [.text(id.description)])
            guard let sealed = try rows.first?.optionalBlob(0) else { return nil }
            return try vault.open(sealed, for: "key \(id)").plaintext
        }
    }

    /// Notes, before it is done, that the machine is sent into the installer once more.
    func recordAttempt(_ id: ULID, at time: Timestamp) async throws {
        try await database.write {
            try $0.execute(
                "UPDATE drydock_deployments SET boot_attempts = boot_attempts + 1, last_attempt = ? WHERE id = ?",
                [.int(time.microseconds), .text(id.description)])
        }
    }

    /// Notes an archive of a deployment, unless its plan was given to another boot, with another key, since `deployment` was
    /// read.
    func recordArchive(_ deployment: MachineDeployment, _ kind: BootDataKind, name: String) async throws {
        let column = kind == .files ? "files" : "units"
        try await database.write {
            try $0.execute(
                "UPDATE drydock_deployments SET \(column) = ? WHERE id = ? AND holder IS ?",
                [.text(name), .text(deployment.id.description), SQLValue(deployment.holder?.tokenHash)])
        }
    }

    /// The names of the archives of all deployments of `node` but this one that are no other deployment's too; they are
    /// no longer recorded.
    func takeArchives(of node: String, before deployment: ULID) async throws -> [String] {
        try await database.write { connection in
            // Whatever else of them can be read.
            let old = try connection.query(
                """
                SELECT files, units FROM drydock_deployments WHERE node = ? AND id <> ?
                    AND (files IS NOT NULL OR units IS NOT NULL)
                """, [.text(node), .text(deployment.description)])
            try connection.execute(
                "UPDATE drydock_deployments SET files = NULL, units = NULL WHERE node = ? AND id <> ?",
                [.text(node), .text(deployment.description)])
            let names = try old.flatMap { [try $0.optionalText(0), try $0.optionalText(1)] }.compactMap(\.self)
            return try Self.unrecorded(names, connection)
        }
    }

    /// Those of the archives that no deployment has.
    func unrecorded(_ names: [String]) async throws -> [String] {
        guard !names.isEmpty else { return [] }
        return try await database.read { try Self.unrecorded(names, $0) }
    }

    private static func unrecorded(_ names: [String], _ connection: Connection) throws -> [String] {
        try names.filter { name in
            try connection.query(
                "SELECT 1 FROM drydock_deployments WHERE files = ? OR units = ? LIMIT 1", [.text(name), .text(name)]
            ).isEmpty
        }
    }

    /// The names of the archives of machines that have a plan and have not ended with it.
    func archivesInUse() async throws -> Set<String> {
        try await database.read { connection in
            let rows = try connection.query(
                """
                SELECT files, units FROM drydock_deployments WHERE id IN (SELECT deployment FROM drydock_machines
                    WHERE state = ?)
                """, [.text(MachineState.deploying.rawValue)])
            return Set(
                try rows.flatMap { [try $0.optionalText("files"), try $0.optionalText("units")] }.compactMap(\.self))
        }
    }

    func bootActions(of deployment: ULID) async throws -> [BootActionRecord] {
        try await database.read {
            try Self.bootActions($0, "deployment = ? ORDER BY place", [.text(deployment.description)])
        }
    }

    /// Boot actions of the newest installations of the nodes that are to report yet, or have failed: one look, however many
    /// nodes there are. Those that cannot be read are left out: whoever judges a node reads all that it has.
    func unsettledBootActions(of nodes: [String]) async throws -> [BootActionRecord] {
        let names = Value(nodes).json(.compact)
        let found = try await database.read { connection in
            try Self.readableBootActions(
                connection,
                """
                status IN ('incomplete', 'failure') AND node IN (SELECT value FROM json_each(?))
                    AND deployment = (SELECT id FROM drydock_deployments
                        WHERE rowid = \(Self.newestInstallation(of: "drydock_boot_actions.node")))
                    ORDER BY node, place
                """, [.text(names)])
        }
        return unreadable.tell(found)
    }

    static func bootActions(
        _ connection: Connection, _ condition: String, _ parameters: [SQLValue]
    ) throws -> [BootActionRecord] {
        try connection.query("SELECT * FROM drydock_boot_actions WHERE \(condition)", parameters).map(bootAction)
    }

    /// As `bootActions`, for whoever looks at many: one that cannot be read keeps none of the others from it.
    static func readableBootActions(
        _ connection: Connection, _ condition: String, _ parameters: [SQLValue]
    ) throws -> ReadableRows<BootActionRecord> {
        let rows = try connection.query("SELECT * FROM drydock_boot_actions WHERE \(condition)", parameters)
        return try ReadableRows(rows) {
            "boot action \(try $0.text("name")) of \(try $0.text("node"))"
        } read: {
            try bootAction($0)
        }
    }

    private static func bootAction(_ row: Row) throws -> BootActionRecord {
        guard let id = ULID(try row.text("id")), let deployment = ULID(try row.text("deployment")),
            let status = BootActionRecord.Status(rawValue: try row.text("status"))
        else {
            throw DrydockError(
                .failed,
                "the boot action \(try row.text("name")) of \(try row.text("node")) in the database has an id, deployment or "
                    + "status that is none")
        }
        return BootActionRecord(
            id: id, node: try row.text("node"), name: try row.text("name"), status: status, deployment: deployment)
    }

    /// The leaf task that ordered a deployment; nil for an unknown deployment.
    static func task(of deployment: ULID, _ connection: Connection) throws -> String? {
        try connection.query("SELECT task FROM drydock_deployments WHERE id = ?", [.text(deployment.description)])
            .first?.text(0)
    }

    private func select(
        _ connection: Connection, _ condition: String, _ parameters: [SQLValue]
    ) throws -> [MachineDeployment] {
        let columns =
            "id, node, machine, kind, task, design, design_sealed, created, boot_attempts, last_attempt, files, units, "
            + "holder"
        return try connection.query(
            "SELECT \(columns) FROM drydock_deployments WHERE \(condition)", parameters
        ).map { row in
            guard let id = ULID(try row.text("id")), let machine = ULID(try row.text("machine")),
                let kind = MachineDeployment.Kind(rawValue: try row.text("kind"))
            else { throw DrydockError(.failed, "a deployment in the database cannot be read") }
            return MachineDeployment(
                id: id, node: try row.text("node"), machine: machine, kind: kind, task: try row.text("task"),
                design: try DesignAddress(
                    stored: row.text("design"), sealed: row.optionalBlob("design_sealed"), by: vault,
                    for: DesignAddress.deploymentContext(id.description)),
                created: Timestamp(microseconds: try row.int64("created")),
                bootAttempts: try row.int("boot_attempts"),
                lastAttempt: try row.optionalInt64("last_attempt").map { Timestamp(microseconds: $0) },
                files: try row.optionalText("files"), units: try row.optionalText("units"),
                holder: try row.optionalText("holder").map(BootIdentity.init))
        }
    }
}
