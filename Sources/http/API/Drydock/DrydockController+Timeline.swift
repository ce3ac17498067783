import Drydock
import HTTPTypes
import OrderedCollections
import Primitives

extension DrydockController {
    var timelineRoutes: [Route] {
        [
            Route(
                .get, "/api/v1.0/nodes/{hostname}/timeline", policy: Self.rule("read_data"), on: .clients,
                about: Operation(
                    "What has happened to a machine, the oldest first",
                    query: [DrydockQuery.afterEvent, DrydockQuery.events], answers: .json(DrydockSchemas.timeline))
            ) { request in
                let after = try request.query[DrydockQuery.afterEvent] ?? 0
                let limit = try request.query[DrydockQuery.events] ?? DrydockQuery.mostEvents
                let name = request.parameter("hostname")
                let timeline = try await service.timeline(
                    of: name, committed: committedRevision(), after: Int64(after), limit: limit)
                return .json(timeline.value(of: name))
            }
        ]
    }
}

extension Timeline {
    fileprivate func value(of name: String) -> Value {
        [
            "node": .string(name), "boot_mac": .string(mac.description), "events": .array(events.map(\.value)),
            "waiting": pause?.value ?? .null,
        ]
    }
}

extension Timeline.Pause {
    fileprivate var value: Value {
        [
            "seconds": .double(seconds), "usual_seconds": Value(usual), "machines": .int(machines),
            "stalled": .bool(isStalled),
        ]
    }
}

extension TimelineEvent {
    fileprivate var value: Value {
        [
            "id": .int(Int(id)), "kind": .string(kind.rawValue), "step": .string(step), "message": .string(message),
            "time": .string(time.formatted(.iso)), "seconds": Value(elapsed), "usual_seconds": Value(usual),
        ]
    }
}
