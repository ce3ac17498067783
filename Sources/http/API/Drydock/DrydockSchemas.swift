import Drydock
import OrderedCollections
import OutOfBand
import Primitives

/// What Drydock's routes take and answer (`docs/reference/drydock.md` §1 to §3).
enum DrydockSchemas {
    static let status = Schema.named(
        "Status",
        .object([
            "kind": .choice(["Status"]), "apiVersion": .string, "metadata": .anyObject, "message": .string.orNull,
            "reason": .string.orNull, "status": .string,
            "details": .object(["errorCount": .integer, "messageList": .list(.anyObject)]),
        ]))

    private static let taskMembers: KeyValuePairs<String, Schema> = [
        "kind": .choice(["Task"]), "apiVersion": .string, "task_id": .string, "action": .string,
        "parent_task_id": .string.orNull, "design_ref": .string, "status": .string, "result": status,
        "node_filter": .anything, "subtask_id_list": .list(.string), "created": .string, "created_by": .string,
        "updated": .string, "terminated": .null, "terminated_by": .null, "terminate": .boolean, "retry": .integer,
    ]

    static let task = Schema.named("Task", .object(taskMembers))

    /// One task, or with `layers` the tasks below it by their ids.
    static let taskTree = Schema.either([
        .object(taskMembers, optional: ["build_data": .list(buildData), "subtask_errors": .anyObject]),
        .object(["init_task_id": .string]),
    ])

    /// A reference to a design of this daemon. References that are fetched from elsewhere are taken, too.
    static let reference = Schema.text(
        "^deckhand\\+https?://[a-z0-9]{1,20}(:[0-9]{1,4})?/api/v1\\.0/revisions/[0-9]{1,9}/rendered-documents$")

    static let nodeFilter = Schema.named(
        "NodeFilter",
        .object(
            [:],
            optional: [
                "filter_set_type": .choice(["union", "intersection"]), "filter_set": .list(.anyObject),
            ])
    )

    static let taskRequest = Schema.object(
        ["action": .choice(TaskAction.requestable.map(\.rawValue).sorted()), "design_ref": reference],
        optional: ["node_filter": nodeFilter.orNull])

    static let filterRequest = Schema.object(["design_ref": reference], optional: ["node_filter": nodeFilter.orNull])

    static let buildData = Schema.named(
        "BuildData",
        .object([
            "node_name": .string, "task_id": .string.orNull, "collected_date": .string, "generator": .string,
            "data_format": .string, "data_element": .anything,
        ]))

    static let hardware = Schema.named(
        "Hardware",
        .object([
            "vendor": .string.orNull, "product": .string.orNull, "serial": .string.orNull, "uuid": .string.orNull,
            "cpu_count": .integer.orNull, "memory_mib": .integer.orNull, "firmware": .string.orNull,
            "bmc_address": .string.orNull, "disks": .list(.anyObject), "interfaces": .list(.anyObject),
        ])
    ).orNull

    private static let machineMembers: KeyValuePairs<String, Schema> = [
        "hostname": .string, "memory": .integer, "cpu_count": .integer, "status_name": .string,
        "boot_mac": .string.orNull, "power_state": .string, "power_address": .string.orNull,
        "boot_ip": .string.orNull, "hardware": hardware, "power_observed_at": .time.orNull, "power_stale": .boolean,
        "power_failure": .string.orNull,
    ]

    static let machine = Schema.named("Machine", .object(machineMembers))

    static let node = Schema.named(
        "Node",
        .object(
            machineMembers + [
                "designed": .boolean, "rack": .string.orNull, "problem": .anyObject.orNull,
                "waiting_for": .anyObject.orNull, "unattended": .string.orNull, "conflicts": .list(.anyObject),
                "alarms": .list(.anyObject),
                "deployed_revision": .integer.orNull, "committed_revision": .integer.orNull,
                "drift": .list(.object(["kind": .string, "message": .string])),
                "rescue": .object(["since": .time]).orNull, "test": .anyObject.orNull, "erased": .boolean,
                "progress": .object(["phase": .string.orNull, "stage": .integer, "stages": .integer]).orNull,
            ]))

    static let unknownMachine = Schema.named(
        "UnknownMachine",
        .object([
            "id": .string, "boot_mac": .string, "power_address": .string.orNull, "serial": .string.orNull,
            "uuid": .string.orNull, "cpu_count": .integer, "memory": .integer, "boot_ip": .string.orNull,
            "first_seen": .time, "last_seen": .time, "inventory_cut": .integer.orNull, "hardware": hardware,
        ]))

    private static let testMembers: KeyValuePairs<String, Schema> = [
        "node": .string, "test": .string, "mode": .string, "since": .time, "deadline": .time, "ended": .time.orNull,
        "outcome": .string.orNull, "errors": .integer, "warnings": .integer, "reason": .string,
        "findings": .list(.anyObject),
    ]

    static let test = Schema.named("HardwareTest", .object(testMembers))
    static let testOrder = Schema.named(
        "HardwareTestOrder", .object(testMembers + ["needs_human": .boolean, "messages": .list(.string)]))

    static let rescue = Schema.named(
        "Rescue",
        .object([
            "node": .string, "since": .time.orNull, "authorized_keys": .integer, "address": .string.orNull,
            "needs_human": .boolean, "messages": .list(.string),
        ]))

    static let timeline = Schema.named(
        "Timeline",
        .object([
            "node": .string, "boot_mac": .string,
            "events": .list(
                .object([
                    "id": .integer, "kind": .string, "step": .string, "message": .string, "time": .time,
                    "seconds": .number.orNull, "usual_seconds": .number.orNull,
                ])),
            "waiting": .object([
                "seconds": .number, "usual_seconds": .number.orNull, "machines": .integer, "stalled": .boolean,
            ]).orNull,
        ]))

    static let plan = Schema.named(
        "DesignPlan",
        .object([
            "from": .integer, "to": .integer,
            "nodes": .list(
                .object([
                    "name": .string,
                    "effect": .choice(["nothing", "boot_actions", "network", "reinstall", "new", "gone"]),
                    "fields": .list(.anyObject),
                ])), "summary": .map(.integer),
        ]))

    static let image = Schema.named("Image", .object(["name": .string, "problem": .string.orNull]))
    static let generation = Schema.named("Generation", .object(["id": .string]))

    static let removed = Schema.object(["removed": .integer])
    static let macAddress = Schema.text("^(?!00(:00){5}$)[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$")

    /// Consoles are kept in folders of this name.
    static let consoleNode = Schema.text("^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$")

    /// Plain text as a machine has written it.
    static let consoleText = (mediaType: "text/plain", schema: Schema?.none)

    /// What a BMC answers, with the name of its node.
    static func bmc(_ members: KeyValuePairs<String, Schema> = [:]) -> Schema {
        .object(
            [Schema.Member(name: "node", schema: .string)]
                + members.map { Schema.Member(name: $0.key, schema: $0.value) })
    }

    static let powerRequest = Schema.closedObject(["power": .choice(BMCRequest.Power.allCases.map(\.rawValue))])
    static let bootRequest = Schema.closedObject(
        ["boot": .choice(BMCRequest.BootTarget.allCases.map(\.rawValue))],
        optional: ["persistent": .boolean, "uefi": .boolean])
    static let identifyRequest = Schema.closedObject(["identify": .integer(0...255)])
    static let claimRequest = Schema.closedObject(["mac": macAddress], optional: ["force": .boolean])
    /// The upload that is taken over.
    static let incomingRequest = Schema.closedObject(["incoming": .string])
}

extension KeyValuePairs where Key == String, Value == Schema {
    fileprivate static func + (left: Self, right: Self) -> [Schema.Member] {
        (Array(left) + Array(right)).map { Schema.Member(name: $0.key, schema: $0.value) }
    }
}

/// The parameters of the query of Drydock's routes.
enum DrydockQuery {
    static let unknown = QueryParameter<Bool?>.flag("unknown", "The machines that no document names instead")
    static let designed = QueryParameter<Bool?>.flag(
        "designed", "Also nodes whose machines are not there, and more of each")
    static let power = QueryParameter<Bool?>.flag("power", "false: its BMC is told nothing")
    static let full = QueryParameter<Bool?>.flag("full", "Tests all of the memory and of the disks")
    static let latest = QueryParameter<String?>.text("latest", "true: the newest only; anything else counts as false")
    static let days = QueryParameter<Int?>.number(
        "days", 0...36_500, "Those that have ended so long ago; 90 by default")
    static let buildData = QueryParameter<Bool?>.flag("builddata", "With the build data of each task")
    static let errors = QueryParameter<Bool?>.flag("subtaskerrors", "With the results of failed tasks below it")
    static let layers = QueryParameter<String?>.text(
        "layers", "How many layers of tasks below it, -1 for all; what is no number counts as 0")
    static let thresholds = QueryParameter<Bool?>.flag("thresholds", "With the thresholds of each sensor")
    static let list = QueryParameter<Bool?>.flag("list", "Lists in JSON when each boot was written to last instead")
    static let follow = QueryParameter<Bool?>.flag("follow", "Goes on for as long as the client reads")
    static let open = QueryParameter<Bool?>.flag("open", "Follows, and opens the console for typing")
    static let take = QueryParameter<Bool?>.flag("take", "Takes the console from another session that has it")
    static let boot = QueryParameter<Int?>.number("boot", 0...1000, "Which boot, counted back from the newest")
    static let sendsBreak = QueryParameter<Bool?>.flag("break", "Sends a break instead of the body")
    static let force = QueryParameter<Bool?>.flag("force", "Also where nodes are installed with it")
    static let from = QueryParameter<String?>.text(
        "from", .text("^[0-9]{1,18}$"), "The revision to compare with; 0 for none", isRequired: true)
    static let afterEvent = QueryParameter<Int?>.number("after", 0...Int.max, "The id of an event: only later ones")
    /// How many events one answer has at most.
    static let mostEvents = 500
    static let events = QueryParameter<Int?>.number("limit", 1...mostEvents, "How many events")
}
