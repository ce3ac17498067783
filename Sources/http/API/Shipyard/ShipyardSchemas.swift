import OrderedCollections
import Primitives
import Shipyard
import SiteActions

/// What Shipyard's routes take and answer (`docs/reference/shipyard.md` §2).
enum ShipyardSchemas {
    static let note = Schema.named(
        "Note",
        .object([
            "assoc_id": .string, "subject": .string, "sub_type": .string, "note_val": .string, "verbosity": .integer,
            "note_id": .string, "note_timestamp": .string, "resolved_url_value": .string.orNull,
        ]))

    private static let step = Schema.named(
        "ActionStep",
        .object(["url": .string, "state": .string.orNull, "id": .string, "index": .integer, "notes": .list(note)]))

    private static let shared: KeyValuePairs<String, Schema> = [
        "id": .string, "name": .string, "parameters": .anyObject, "dag_id": .string, "dag_execution_date": .string,
        "user": .string, "datetime": .string, "context_marker": .string, "dag_status": .string,
        "action_lifecycle": .string, "steps": .list(step), "notes": .list(note),
    ]

    static let listedAction = Schema.named("ListedAction", .object(shared))

    static let action = Schema.named(
        "Action",
        .object(shared, optional: ["validations": .list(.anyObject), "command_audit": .list(.anyObject)]))

    /// As it was made, or refused.
    static let newAction = Schema.named(
        "NewAction",
        .object([
            "name": .string, "id": .string, "user": .string, "timestamp": .string, "context_marker": .string,
            "dag_id": .string, "committed_rev_id": .integer.orNull, "parameters": .anyObject.orNull,
        ]))

    /// An action that is kept as it was refused, or an error alone.
    static let refusedAction = Schema.either([ShipyardFailure.schema])

    static let eventID = Schema.text("^[0-9]{0,18}$")
    /// `deploy_site__2026-11-22T03:04:05.000006Z`, or the same of a group of steps.
    static let workflowID = Schema.text(
        "^[a-z_]{1,40}(\\.[a-z_]{1,40})?__[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{6}$")

    /// Which parameters an action has depends on its name.
    static let actionRequest = Schema.either([
        request(of: [.redeployServer, .relabelNodes], needsTargets: true),
        request(of: [.deploySite, .updateSite, .updateSoftware, .testSite], needsTargets: false),
    ])

    private static func request(of kinds: [SiteActionKind], needsTargets: Bool) -> Schema {
        let targets = Schema.keywords([
            "type": "array", "minItems": 1, "items": ["type": "string", "format": "node-name"],
        ])
        let name = Schema.choice(kinds.map(\.rawValue))
        return needsTargets
            ? .object(["name": name, "parameters": .object(["target_nodes": targets])])
            : .object(["name": name], optional: ["parameters": .anyObject])
    }

    static let stepDetails = Schema.named(
        "Step",
        .object([
            "task_id": .string, "dag_id": .string, "run_id": .string, "start_date": .string.orNull,
            "end_date": .string.orNull, "duration": .number.orNull, "state": .string.orNull, "try_number": .integer,
            "index": .integer, "notes": .list(note),
        ]))

    static let workflow = Schema.named(
        "Workflow",
        .object([
            "workflow_id": .string, "dag_id": .string, "execution_date": .string, "start_date": .string.orNull,
            "end_date": .string.orNull, "external_trigger": .boolean, "state": .string, "run_id": .string,
        ]))

    /// Nothing at all for an id that is not known.
    static let workflowDetails = Schema.object(
        [:], optional: ["workflow_id": .string, "dag_id": .string, "state": .string, "steps": .list(.anyObject)])

    static let report = Schema.named(
        "ValidationReport",
        .object([
            "kind": .choice(["Status"]), "apiVersion": .string, "metadata": .anyObject,
            "status": .choice(["Success", "Failure"]), "message": .string, "reason": .string,
            "details": .object(["errorCount": .integer, "messageList": .list(.anyObject)]), "code": .string,
        ]))

    static let collections = Schema.list(
        .object([
            "collection_name": .string, "base_version": .string, "base_revision": .integer.orNull,
            "new_version": .string, "new_revision": .integer.orNull, "new_status": .string, "base_status": .string,
        ]))

    static let siteStatuses = Schema.object(
        [:],
        optional: [
            "nodes-provision-status": .list(provision), "machines-power-state": .list(power),
            "nodes_provision_status": .list(provision), "machines_powerstate": .list(power),
        ])

    private static let provision = Schema.object(["hostname": .string, "status": .string])
    private static let power = Schema.object(["hostname": .string, "power_state": .string])

    /// Text that is labelled as JSON, as upstream labels it: nothing can be said of it as JSON.
    static let mislabelled = [(mediaType: "application/json", schema: Schema?.none)]
}

/// The parameters of the query of Shipyard's routes.
enum ShipyardQuery {
    private static let versionNames = DocumentVersion.allCases.map(\.rawValue)

    static let verbosity = QueryParameter<Int>(
        "verbosity", .integer(0...5), "How much is told beside the summary; 1 by default"
    ) { try Verbosity($0).level }
    static let limit = QueryParameter<Int?>("limit", .integer(1...10_000), "How many of the newest; 1000 by default") {
        try $0.limit()
    }
    static let before = QueryParameter<String?>("before", .ulid, "The id of an action: only those created before it") {
        try ShipyardController.before($0)
    }
    static let intermediateCommits = QueryParameter<Bool?>.flag(
        "allow-intermediate-commits", "Also where commits lie between this action and the last one")
    static let wait = QueryParameter<Double?>(
        "wait", .text("^[0-9]{1,9}[ms]?$"), "Answers when it has ended, or after so long: 60s, 2m; five minutes at most"
    ) { try $0.wait() }
    static let tryNumber = QueryParameter<Int?>.number(
        "try", 1...1_000_000, "Which try of the step; the last by default")
    static let versions = QueryParameter<[String]>(
        "versions",
        .keywords([
            "type": "array", "minItems": 2, "maxItems": 2, "uniqueItems": true,
            "items": ["type": "string", "enum": Value(versionNames)],
        ]), "Two different versions to compare; committed and buffer by default"
    ) { $0.all("versions") }
    static let versionList = QueryParameter<String?>.text(
        "version", .choice(versionNames.flatMap { old in versionNames.filter { $0 != old }.map { "\(old),\($0)" } }),
        "The same two in one text, with a comma")
    static let version = QueryParameter<String?>.text(
        "version", .choice(versionNames), "Which version of the documents; buffer by default")
    static let bufferMode = QueryParameter<String?>.text(
        "buffermode",
        .keywords([
            "type": "string", "format": "buffer-mode", "examples": ["rejectoncontents", "append", "replace"],
        ]),
        "What becomes of what the buffer has already: rejectoncontents (default), append or replace, in any case; "
            + "read only where the buffer is not empty")
    static let emptiesCollection = QueryParameter<Bool?>.flag(
        "empty-collection", "Empties the collection; the body is ignored")
    static let cleartext = QueryParameter<Bool?>.flag("cleartext-secrets", "Shows secrets, which takes a further rule")
    static let force = QueryParameter<Bool?>.flag("force", "Commits what fails validation")
    static let dryRun = QueryParameter<Bool?>.flag("dryrun", "Only validates")
    static let after = QueryParameter<String?>.text(
        "after", ShipyardSchemas.eventID, "The number of the last event that was seen")
    static let ofAction = QueryParameter<String?>.text("action", "The id of an action: only its events")
    static let since = QueryParameter<String?>.text(
        "since", "A date, a time or a duration (P7D); thirty days by default")
    static let filters = QueryParameter<String?>.text(
        "filters",
        .text("^(nodes-provision-status|machines-power-state)(,(nodes-provision-status|machines-power-state))*$"),
        "Which statuses; both by default")
}

extension Schema {
    /// An id of 26 characters, which sorts by time.
    static let ulid = Schema.named("ULID", .text("^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$"))
}
