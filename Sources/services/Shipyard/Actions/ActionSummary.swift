import Primitives
import Store
import Workflow

/// What lists show of an action.
struct ActionSummary: Sendable {
    var id: String
    var name: String
    var parameters: Value
    var executionDate: Timestamp
    var user: String
    var created: Timestamp
    var contextMarker: String
    /// `running`, `success`
    var state: String
    var steps: [(id: String, state: Value)]

    init(_ action: SiteAction) {
        id = action.id
        name = action.name
        parameters = action.parameters
        executionDate = action.executionDate
        user = action.user
        created = action.created
        contextMarker = action.contextMarker
        state = action.run.state.rawValue
        steps = action.run.steps.map { ($0, ActionViews.state($1)) }
    }
}

extension ActionSummary {
    static let columns =
        "id, name, parameters, execution_date, user, created, context_marker, state, step_states"

    /// - Returns: nil for an action that was written last by a version that wrote no states of its steps.
    init?(_ row: Row) throws {
        guard let states = try row.optionalText("step_states") else { return nil }
        id = try row.text("id")
        name = try row.text("name")
        parameters = try Value(json: row.text("parameters"))
        executionDate = Timestamp(microseconds: try row.int64("execution_date"))
        user = try row.text("user")
        created = Timestamp(microseconds: try row.int64("created"))
        contextMarker = try row.text("context_marker")
        state = try row.text("state")
        let items = try Value(json: states).arrayValue ?? []
        steps = stride(from: 0, to: items.count - 1, by: 2).map { (items[$0].stringValue ?? "", items[$0 + 1]) }
    }

    /// What the column `step_states` holds of a run: `["preflight", "success", "deploy", null]`.
    static func states(_ run: WorkflowRun) -> String {
        Value.array(run.steps.flatMap { [.string($0), ActionViews.state($1)] }).json(.compact)
    }
}
