import HTTPTypes

/// One event of a `text/event-stream`, as the HTML standard's chapter on server-sent events defines it.
package struct ServerSentEvent: Hashable, Sendable {
    /// What a client sends back as `Last-Event-ID` when it connects again.
    package var id: String?
    /// The type of the event; clients take `message` where there is none.
    package var name: String?
    /// Without it nothing happens at the client, which remembers the id.
    package var data: String?

    package init(_ data: String?, name: String? = nil, id: String? = nil) {
        self.data = data
        self.name = name
        self.id = id
    }

    /// The event as it is sent, with the empty line that ends it.
    package var bytes: [UInt8] {
        var text = ""
        if let id { text += "id: \(Self.line(id))\n" }
        if let name { text += "event: \(Self.line(name))\n" }
        // Swift counts CR LF as one character, which is a newline too.
        for line in data?.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) ?? [] {
            text += "data: \(line)\n"
        }
        return Array((text + "\n").utf8)
    }

    /// A line break would begin another field.
    private static func line(_ text: String) -> String { text.filter { !$0.isNewline && $0 != "\0" } }
}

extension APIResponse {
    /// Events as they come, with a comment as heartbeat, for as long as the caller is let in.
    ///
    /// - Parameters:
    ///   - greeting: is sent before them.
    ///   - request: whose caller that is; nil for events that anybody may see.
    ///   - rules: what the caller has to satisfy besides the route's own rule.
    ///   - heartbeat: 15 seconds, as the HTML standard proposes against proxies that cut silent connections.
    package static func events<Events: AsyncSequence & Sendable>(
        _ events: Events, greeting: ServerSentEvent? = nil, to request: APIRequest? = nil, by rules: [String] = [],
        heartbeat: Duration = .seconds(15)
    ) -> APIResponse where Events.Element == ServerSentEvent {
        let beat = StreamedBody.Heartbeat(Array(":\n\n".utf8), every: heartbeat)
        let body = StreamedBody(heartbeat: beat) { sink in
            let send: @Sendable () async throws -> Void = {
                if let greeting { try await sink(greeting.bytes) }
                for try await event in events { try await sink(event.bytes) }
            }
            guard let request else { return try await send() }
            do {
                try await request.whileLetIn(by: rules, send)
            } catch is RequestError {
                // A whole end: the client comes back, and is told then.
            }
        }
        return stream(body, contentType: "text/event-stream")
    }
}
