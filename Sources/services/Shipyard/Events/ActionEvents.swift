import OrderedCollections
import Primitives
import Workflow

/// The events of a transition of an action.
enum ActionEvents {
    /// - Parameter before: nil for a new action.
    static func changes(of action: SiteAction, from before: WorkflowRun?, to after: WorkflowRun) -> [SiteEvent] {
        var run: [SiteEvent] = []
        if before?.state != after.state {
            run.append(
                SiteEvent(
                    .action,
                    [
                        "action": .string(action.id), "name": .string(action.name), "user": .string(action.user),
                        "dag_status": .string(after.state.rawValue),
                        "action_lifecycle": .string(SiteAction.lifecycle(after.state.rawValue)),
                    ]))
        }
        let steps = before.map { Self.steps(of: action, from: $0, to: after) } ?? []
        // The end of an action is the last that is heard of it.
        return after.state.isFinal ? steps + run : run + steps
    }

    private static func steps(
        of action: SiteAction, from before: WorkflowRun, to after: WorkflowRun
    ) -> [SiteEvent] {
        var events: [SiteEvent] = []
        for (id, record) in after.steps {
            let old = before.steps[id]
            guard old?.state != record.state || old?.tryNumber != record.tryNumber else { continue }
            var members: Value.Object = [
                "action": .string(action.id), "step": .string(id), "state": ActionViews.state(record),
                "try_number": .int(record.tryNumber),
            ]
            members["message"] = record.message.map(Value.string)
            events.append(SiteEvent(.step, .object(members)))
        }
        return events
    }

    static func note(_ note: Note) -> SiteEvent {
        let parts = note.association.split(separator: "/", maxSplits: 2)
        var members: Value.Object = [:]
        if parts.count > 1 { members["action"] = .string(String(parts[1])) }
        if parts.count > 2 { members["step"] = .string(String(parts[2])) }
        members.merge(note.value.objectValue ?? [:]) { kept, _ in kept }
        return SiteEvent(.note, .object(members))
    }
}
