import HTTPTypes
import Primitives
import Shipyard

extension ShipyardController {
    var eventRoutes: [Route] {
        let service = service
        return [
            Route(
                .get, "/api/v1.0/events", policy: Self.rule("list_actions"), on: .clients,
                about: Operation(
                    "What happens, as it happens, for as long as the client reads",
                    query: [ShipyardQuery.after, ShipyardQuery.ofAction],
                    headers: [
                        Operation.Header(
                            name: "Last-Event-ID", schema: ShipyardSchemas.eventID,
                            about: "The same as after, which it precedes")
                    ], answers: Answer(.ok, "Events without an end", content: [("text/event-stream", nil)]))
            ) { request in
                let taskRule = DrydockController.ruleName("read_task")
                let readsTasks = request.permits(taskRule)
                let after = try Self.lastEvent(of: request)
                let newest = after == nil ? try await service.newestEvent() : nil
                let events = service.events(
                    after: after ?? newest ?? 0, action: try request.query[ShipyardQuery.ofAction])
                return .events(
                    events.filter { readsTasks || $0.event.kind != .task }.map { ServerSentEvent($0) },
                    // Sets the client's last id without an event: it can resume before anything has happened.
                    greeting: newest.map { ServerSentEvent(nil, id: "\($0)") }, to: request,
                    by: readsTasks ? [taskRule] : [])
            }
        ]
    }

    /// The number of the last event that the client has seen: the header `Last-Event-ID`, or the parameter `after` for
    /// clients that cannot set a header.
    private static func lastEvent(of request: APIRequest) throws -> Int64? {
        let seen = try number(request.query[ShipyardQuery.after])
        return try number(request.header("Last-Event-ID")) ?? seen
    }

    /// The number of an event; nil for none.
    private static func number(_ text: String?) throws -> Int64? {
        guard let text, !text.isEmpty else { return nil }
        guard let number = Int64(text), number >= 0 else {
            throw ShipyardFailure(
                .badRequest, "Invalid event id", "Last-Event-ID must be the id of an event, a whole number from 0")
        }
        return number
    }
}

extension ServerSentEvent {
    init(_ numbered: NumberedEvent) {
        self.init(
            numbered.event.data.json(.compact), name: numbered.event.kind.rawValue, id: "\(numbered.sequence)")
    }
}
