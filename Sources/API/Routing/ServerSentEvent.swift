import HTTPTypes

/// One event of a `text/event-stream`, as the HTML standard's chapter on server-sent events defines it.
package struct ServerSentEvent: Hashable, Sendable {
    /// What a client sends back as `Last-Event-ID` when it connects again.
    package var id: String?
    /// The type of the event; clients take `message` where there is none.
    package var name: String?
    package var data: String

    package init(_ data: String, name: String? = nil, id: String? = nil) {
        self.data = data
        self.name = name
        self.id = id
    }

    package var bytes: [UInt8] {
        var text = ""
        if let id { text += "id: \(Self.line(id))\n" }
        if let name { text += "event: \(Self.line(name))\n" }
        // Swift counts CR LF as one character, which is a newline too.
        for line in data.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            text += "data: \(line)\n"
        }
        return Array((text + "\n").utf8)
    }

    /// A line break would begin another field.
    private static func line(_ text: String) -> String { text.filter { !$0.isNewline && $0 != "\0" } }
}

extension FaceResponse {
    /// Events as they come, with a comment as heartbeat.
    ///
    /// - Parameter heartbeat: 15 seconds, as the HTML standard proposes against proxies that cut silent connections.
    package static func events<Events: AsyncSequence & Sendable>(
        _ events: Events, heartbeat: Duration = .seconds(15)
    ) -> FaceResponse where Events.Element == ServerSentEvent {
        let beat = StreamedBody.Heartbeat(Array(":\n\n".utf8), every: heartbeat)
        let body = StreamedBody(heartbeat: beat) { sink in
            for try await event in events { try await sink(event.bytes) }
        }
        return stream(body, contentType: "text/event-stream")
    }
}
