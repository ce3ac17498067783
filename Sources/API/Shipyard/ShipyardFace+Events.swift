import HTTPTypes
import Primitives
import Shipyard

extension ShipyardFace {
    var eventRoutes: [Route] {
        let service = service
        return [
            Route(.get, "/api/v1.0/events", policy: Self.rule("list_actions"), on: .clients) { request in
                let action = request.query["action"]
                guard let after = try Self.lastEvent(of: request) else {
                    let newest = try await service.newestEvent()
                    // Sets the client's last id without an event: it can resume before anything has happened.
                    return Self.response(
                        to: service.events(after: newest, action: action), greeting: "id: \(newest)\n\n")
                }
                return Self.response(to: service.events(after: after, action: action), greeting: nil)
            }
        ]
    }

    private static func response(to events: EventStream, greeting: String?) -> FaceResponse {
        let beat = StreamedBody.Heartbeat(Array(":\n\n".utf8), every: .seconds(15))
        let body = StreamedBody(heartbeat: beat) { sink in
            if let greeting { try await sink(Array(greeting.utf8)) }
            for try await numbered in events {
                let event = ServerSentEvent(
                    numbered.event.data.json(.compact), name: numbered.event.kind.rawValue, id: "\(numbered.sequence)")
                try await sink(event.bytes)
            }
        }
        return .stream(body, contentType: "text/event-stream")
    }

    /// The header that clients send when they come back, or the parameter `after` for those who cannot set one.
    private static func lastEvent(of request: FaceRequest) throws -> Int64? {
        guard let text = request.header("Last-Event-ID") ?? request.query["after"], !text.isEmpty else { return nil }
        guard let number = Int64(text), number >= 0 else {
            throw ShipyardError(
                400, "Invalid event id", "Last-Event-ID must be the id of an event, a whole number from 0")
        }
        return number
    }
}
