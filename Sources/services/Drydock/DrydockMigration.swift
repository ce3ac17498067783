import Store

/// Tables of the service, as they came to be.
package enum DrydockMigration {
    package static let all: [Migration] = [
        .drydock, .drydockIdentities, .drydockAddresses, .drydockBoots, .drydockHardware, .drydockRescues,
        .drydockBMCs, .drydockMetal, .drydockTests, .drydockNodeAddresses, .drydockBMCFailures, .drydockMiscabling,
        .drydockNextAttempts, .drydockHostileMachines,
    ]
}

extension Migration {
    /// As what kind of failure the power of a node could not be asked.
    fileprivate static let drydockBMCFailures = Migration(
        number: 24, name: "drydock failures of BMCs",
        statements: ["ALTER TABLE drydock_power ADD COLUMN failure_code TEXT"])

    /// Whether who says to be a node has the interface that the node boots from, and its cable in another one.
    fileprivate static let drydockMiscabling = Migration(
        number: 25, name: "drydock miscabling",
        statements: ["ALTER TABLE drydock_conflicts ADD COLUMN is_miscabled INTEGER NOT NULL DEFAULT 0"])

    /// Whether a machine that is erased stays in its installer for the installation that follows, by its work and by the task
    /// that ordered it; and whether another attempt would fail as the last one did, by the machine and by the task.
    fileprivate static let drydockNextAttempts = Migration(
        number: 26, name: "drydock next attempts",
        statements: [
            "ALTER TABLE drydock_machines ADD COLUMN keeps_installer INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE drydock_machines ADD COLUMN is_permanent INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE drydock_tasks ADD COLUMN keeps_installer INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE drydock_tasks ADD COLUMN is_permanent INTEGER NOT NULL DEFAULT 0",
        ])

    /// To whom a boot's plan was given first, and how much a boot action has said.
    fileprivate static let drydockHostileMachines = Migration(
        number: 28, name: "drydock hostile machines",
        statements: [
            "ALTER TABLE drydock_boots ADD COLUMN plan_peer TEXT",
            "ALTER TABLE drydock_boot_actions ADD COLUMN messages INTEGER NOT NULL DEFAULT 0",
            "ALTER TABLE drydock_boot_actions ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0",
        ])

    /// What is known of BMCs, by the way to talk to them and their address; a record is JSON (`BMCRecord.stored`).
    fileprivate static let drydockBMCs = Migration(
        number: 20, name: "drydock bmcs",
        statements: [
            "CREATE TABLE drydock_bmcs (bmc TEXT PRIMARY KEY, record TEXT NOT NULL, seen INTEGER NOT NULL) STRICT"
        ])

    /// The addresses that the design gives a node, one blank between two: whoever asks for its script from there may be it.
    fileprivate static let drydockNodeAddresses = Migration(
        number: 23, name: "drydock addresses of nodes",
        statements: ["ALTER TABLE drydock_expected_nodes ADD COLUMN addresses TEXT NOT NULL DEFAULT ''"])

    /// Tasks, machines, deployments, boot actions, build data. Times are microseconds since 1970.
    fileprivate static let drydock = Migration(
        number: 2, name: "drydock",
        statements: [
            """
            CREATE TABLE drydock_tasks (
                id TEXT PRIMARY KEY, key TEXT UNIQUE, parent TEXT REFERENCES drydock_tasks (id) ON DELETE CASCADE,
                slot TEXT, action TEXT NOT NULL, design TEXT NOT NULL, node_filter TEXT NOT NULL, status TEXT NOT NULL,
                result TEXT NOT NULL, message TEXT, reason TEXT, successes TEXT NOT NULL, failures TEXT NOT NULL,
                links TEXT NOT NULL, created INTEGER NOT NULL, created_by TEXT NOT NULL, updated INTEGER NOT NULL,
                retry INTEGER NOT NULL, waiting_for TEXT, place INTEGER NOT NULL, UNIQUE (parent, slot)
            ) STRICT
            """,
            "CREATE INDEX drydock_tasks_by_parent ON drydock_tasks (parent, place)",
            "CREATE INDEX drydock_tasks_open ON drydock_tasks (created, place) WHERE parent IS NULL "
                + "AND status IN ('queued', 'running')",
            """
            CREATE TABLE drydock_task_messages (
                id INTEGER PRIMARY KEY, task TEXT NOT NULL REFERENCES drydock_tasks (id) ON DELETE CASCADE,
                text TEXT NOT NULL, is_error INTEGER NOT NULL, context_type TEXT NOT NULL, context TEXT NOT NULL,
                time INTEGER NOT NULL, extra TEXT NOT NULL
            ) STRICT
            """,
            "CREATE INDEX drydock_task_messages_by_task ON drydock_task_messages (task, id)",
            // What the design says of its machines, so that an inventory can be told whose it is.
            """
            CREATE TABLE drydock_expected_nodes (
                node TEXT PRIMARY KEY, bmc_address TEXT, boot_mac TEXT, boot_mode TEXT NOT NULL
            ) STRICT
            """,
            """
            CREATE TABLE drydock_machines (
                id TEXT PRIMARY KEY, node TEXT UNIQUE, mac TEXT NOT NULL UNIQUE, bmc_address TEXT, state TEXT NOT NULL,
                intent TEXT NOT NULL, deployment TEXT, phase TEXT, sequence INTEGER, work_boot TEXT, reason TEXT,
                power TEXT NOT NULL, memory INTEGER, cpu_count INTEGER, boot_ip TEXT, created INTEGER NOT NULL,
                updated INTEGER NOT NULL
            ) STRICT
            """,
            // The newest of each machine, until it is filed as build data.
            """
            CREATE TABLE drydock_inventories (
                machine TEXT PRIMARY KEY REFERENCES drydock_machines (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
                collected INTEGER NOT NULL, inventory TEXT NOT NULL
            ) STRICT
            """,
            // One row an address: the token of its newest boot.
            """
            CREATE TABLE drydock_boots (
                mac TEXT PRIMARY KEY, token_hash TEXT NOT NULL UNIQUE, peer TEXT NOT NULL, minted INTEGER NOT NULL,
                seen INTEGER
            ) STRICT
            """,
            "CREATE INDEX drydock_boots_by_age ON drydock_boots (minted)",
            """
            CREATE TABLE drydock_deployments (
                id TEXT PRIMARY KEY, node TEXT NOT NULL, machine TEXT NOT NULL, kind TEXT NOT NULL, task TEXT NOT NULL,
                design TEXT NOT NULL, plan BLOB NOT NULL, key BLOB, created INTEGER NOT NULL,
                boot_attempts INTEGER NOT NULL, last_attempt INTEGER, files TEXT, units TEXT
            ) STRICT
            """,
            "CREATE INDEX drydock_deployments_by_node ON drydock_deployments (node, created)",
            """
            CREATE TABLE drydock_boot_actions (
                id TEXT PRIMARY KEY, deployment TEXT NOT NULL REFERENCES drydock_deployments (id) ON DELETE CASCADE,
                node TEXT NOT NULL, name TEXT NOT NULL, status TEXT NOT NULL, place INTEGER NOT NULL
            ) STRICT
            """,
            "CREATE INDEX drydock_boot_actions_by_deployment ON drydock_boot_actions (deployment, place)",
            """
            CREATE TABLE drydock_build_data (
                id INTEGER PRIMARY KEY, node TEXT NOT NULL, task TEXT NOT NULL, collected INTEGER NOT NULL,
                generator TEXT NOT NULL, format TEXT NOT NULL, path TEXT NOT NULL, UNIQUE (node, task, generator)
            ) STRICT
            """,
            "CREATE INDEX drydock_build_data_by_task ON drydock_build_data (task)",
        ])
    /// The consoles of a node, one blank between two, for the kernel line of its installer; secrets that are over.
    fileprivate static let drydockBoots = Migration(
        number: 17, name: "drydock boots of firmware",
        statements: [
            "ALTER TABLE drydock_expected_nodes ADD COLUMN consoles TEXT NOT NULL DEFAULT ''",
            "ALTER TABLE drydock_expected_nodes ADD COLUMN pinned_serial TEXT",
            "ALTER TABLE drydock_expected_nodes ADD COLUMN pinned_uuid TEXT",
            // When the installed system reported that it runs: the token is over.
            "ALTER TABLE drydock_boots ADD COLUMN ended INTEGER",
            """
            CREATE TABLE drydock_late_uses (
                node TEXT NOT NULL, secret TEXT NOT NULL, peer TEXT, first INTEGER NOT NULL, last INTEGER NOT NULL,
                count INTEGER NOT NULL, PRIMARY KEY (node, secret)
            ) STRICT
            """,
            // Kind and step of the event before, with a blank between, and the seconds since then.
            """
            CREATE TABLE drydock_timeline (
                id INTEGER PRIMARY KEY AUTOINCREMENT, mac TEXT NOT NULL, time INTEGER NOT NULL, kind TEXT NOT NULL,
                step TEXT NOT NULL, message TEXT NOT NULL, before TEXT, elapsed REAL
            ) STRICT
            """,
            "CREATE INDEX drydock_timeline_by_machine ON drydock_timeline (mac, id)",
            "CREATE INDEX drydock_timeline_by_point ON drydock_timeline (before, id)",
            "CREATE INDEX drydock_boots_by_peer ON drydock_boots (peer)",
        ])
    /// What `GET nodes` shows of inventories, apart from them: they may have megabytes of details.
    fileprivate static let drydockHardware = Migration(
        number: 18, name: "drydock hardware",
        statements: [
            // JSON, as `MachineHardware` reads it.
            "ALTER TABLE drydock_inventories ADD COLUMN hardware TEXT",
            """
            UPDATE drydock_inventories SET hardware = json_remove(inventory, '$.details') WHERE json_valid(inventory)
            """,
        ])
    /// Who is who: several boots of an address at a time, serial and UUID, what operators claim, and who disagrees.
    fileprivate static let drydockIdentities = Migration(
        number: 13, name: "drydock identities",
        statements: [
            "ALTER TABLE drydock_machines ADD COLUMN serial TEXT",
            "ALTER TABLE drydock_machines ADD COLUMN uuid TEXT",
            "CREATE INDEX drydock_machines_by_bmc ON drydock_machines (bmc_address)",
            "CREATE INDEX drydock_machines_by_hardware ON drydock_machines (serial, uuid)",
            "CREATE INDEX drydock_machines_unknown ON drydock_machines (updated) WHERE node IS NULL",
            "CREATE INDEX drydock_machines_by_deployment ON drydock_machines (deployment)",
            // In bytes: how large the inventory was of which only a part is kept.
            "ALTER TABLE drydock_inventories ADD COLUMN cut INTEGER",
            // When we last powered the BMC; what the design itself says, where an operator has claimed another address.
            "ALTER TABLE drydock_expected_nodes ADD COLUMN powered INTEGER",
            "ALTER TABLE drydock_expected_nodes ADD COLUMN design_mac TEXT",
            "UPDATE drydock_expected_nodes SET design_mac = boot_mac",
            "CREATE INDEX drydock_expected_nodes_by_mac ON drydock_expected_nodes (boot_mac)",
            "CREATE INDEX drydock_expected_nodes_by_bmc ON drydock_expected_nodes (bmc_address)",
            "ALTER TABLE drydock_boots RENAME TO drydock_boots_before",
            "DROP INDEX drydock_boots_by_age",
            // Pooled are those of which only so many are kept: of addresses that are no node's, and of no recorded machine.
            """
            CREATE TABLE drydock_boots (
                token_hash TEXT PRIMARY KEY, mac TEXT NOT NULL, peer TEXT NOT NULL, minted INTEGER NOT NULL,
                seen INTEGER, identified INTEGER, is_pooled INTEGER NOT NULL DEFAULT 0
            ) STRICT
            """,
            """
            INSERT INTO drydock_boots (token_hash, mac, peer, minted, seen, identified)
                SELECT token_hash, mac, peer, minted, seen,
                    CASE WHEN mac IN (SELECT mac FROM drydock_machines) THEN seen END FROM drydock_boots_before
            """,
            "DROP TABLE drydock_boots_before",
            "CREATE INDEX drydock_boots_by_mac ON drydock_boots (mac)",
            "CREATE INDEX drydock_boots_pooled ON drydock_boots (minted) WHERE is_pooled",
            "CREATE INDEX drydock_boot_actions_open ON drydock_boot_actions (node) WHERE status = 'incomplete'",
            "CREATE INDEX drydock_tasks_by_place ON drydock_tasks (place)",
            // The boot that was given the plan: its key is worth nothing without that boot's token.
            "ALTER TABLE drydock_deployments ADD COLUMN holder TEXT",
            """
            UPDATE drydock_deployments SET holder = (SELECT work_boot FROM drydock_machines
                WHERE drydock_machines.deployment = drydock_deployments.id)
            """,
            """
            CREATE TABLE drydock_claims (
                node TEXT PRIMARY KEY, mac TEXT NOT NULL UNIQUE, design_mac TEXT, time INTEGER NOT NULL
            ) STRICT
            """,
            """
            CREATE TABLE drydock_conflicts (
                node TEXT NOT NULL, mac TEXT NOT NULL, message TEXT NOT NULL, peer TEXT NOT NULL,
                first INTEGER NOT NULL, last INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (node, mac)
            ) STRICT
            """,
        ])
    /// Addresses of designs with credentials, and how many boots are pooled.
    fileprivate static let drydockAddresses = Migration(
        number: 15, name: "drydock addresses",
        statements: [
            // The whole address, sealed, where `design` is one whose credentials were taken out.
            "ALTER TABLE drydock_tasks ADD COLUMN design_sealed BLOB",
            "ALTER TABLE drydock_deployments ADD COLUMN design_sealed BLOB",
            // Kept by triggers: counting them for each boot script reads them all.
            "CREATE TABLE drydock_boot_pool (size INTEGER NOT NULL) STRICT",
            "INSERT INTO drydock_boot_pool (size) SELECT count(*) FROM drydock_boots WHERE is_pooled = 1",
            """
            CREATE TRIGGER drydock_boots_inserted AFTER INSERT ON drydock_boots WHEN new.is_pooled BEGIN
                UPDATE drydock_boot_pool SET size = size + 1;
            END
            """,
            """
            CREATE TRIGGER drydock_boots_deleted AFTER DELETE ON drydock_boots WHEN old.is_pooled BEGIN
                UPDATE drydock_boot_pool SET size = size - 1;
            END
            """,
            """
            CREATE TRIGGER drydock_boots_changed AFTER UPDATE OF is_pooled ON drydock_boots
                WHEN old.is_pooled <> new.is_pooled BEGIN
                UPDATE drydock_boot_pool SET size = size + new.is_pooled - old.is_pooled;
            END
            """,
            "DROP INDEX drydock_boots_pooled",
            "CREATE INDEX drydock_boots_pooled ON drydock_boots (is_pooled) WHERE is_pooled = 1",
        ])
    /// Machines that are to boot the installer to be logged in to.
    fileprivate static let drydockRescues = Migration(
        number: 19, name: "drydock rescues",
        statements: [
            // Keys are a list of texts. A rescue is ending until its machine's BMC was told.
            """
            CREATE TABLE drydock_rescues (
                machine TEXT PRIMARY KEY REFERENCES drydock_machines (id) ON DELETE CASCADE, since INTEGER NOT NULL,
                authorized_keys TEXT NOT NULL, request TEXT NOT NULL, is_ending INTEGER NOT NULL DEFAULT 0
            ) STRICT
            """
        ])
    /// What was asked of machines, and what they have shown.
    fileprivate static let drydockMetal = Migration(
        number: 21, name: "drydock metal",
        statements: [
            // The last order to boot from the network: how often its task has given it, when the machine was begun to be
            // switched off and on, and when it was seen to be on again.
            """
            CREATE TABLE drydock_network_boots (
                node TEXT PRIMARY KEY, task TEXT NOT NULL REFERENCES drydock_tasks (id) ON DELETE CASCADE,
                orders INTEGER NOT NULL, begun INTEGER NOT NULL, told INTEGER
            ) STRICT
            """,
            "CREATE INDEX drydock_network_boots_by_task ON drydock_network_boots (task)",
            // What was last seen of the power of a node, to what a task has switched it last, and the firmware of its BMC.
            """
            CREATE TABLE drydock_power (
                node TEXT PRIMARY KEY, power TEXT NOT NULL, observed INTEGER, failure TEXT, failed_since INTEGER,
                wanted TEXT, firmware TEXT, former_firmware TEXT, firmware_changed INTEGER
            ) STRICT
            """,
        ])
    /// Marks are for tests of hardware, too; of each machine the newest test.
    fileprivate static let drydockTests = Migration(
        number: 22, name: "drydock tests",
        statements: [
            "ALTER TABLE drydock_rescues RENAME TO drydock_marks",
            // `rescue` or `test`; for a test its id, and the plan as the agent gets it.
            "ALTER TABLE drydock_marks ADD COLUMN purpose TEXT NOT NULL DEFAULT 'rescue'",
            "ALTER TABLE drydock_marks ADD COLUMN test TEXT",
            "ALTER TABLE drydock_marks ADD COLUMN plan TEXT",
            // `expectations` is a digest of what the design expected. Findings are JSON, and behind what is shown of all
            // machines.
            """
            CREATE TABLE drydock_tests (
                machine TEXT PRIMARY KEY REFERENCES drydock_machines (id) ON DELETE CASCADE, id TEXT NOT NULL,
                mode TEXT NOT NULL, expectations TEXT NOT NULL, task TEXT, since INTEGER NOT NULL,
                deadline INTEGER NOT NULL, ended INTEGER, outcome TEXT, errors INTEGER NOT NULL,
                warnings INTEGER NOT NULL, reason TEXT NOT NULL, findings TEXT NOT NULL
            ) STRICT
            """,
        ])
}
