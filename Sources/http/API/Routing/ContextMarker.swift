import HTTPTypes

extension APIRequest {
    private static let markerHeader = HTTPField.Name("X-Context-Marker")

    /// What a client marks its requests with, so that it finds what came of them: `X-Context-Marker`, 1 to 64 visible
    /// ASCII characters. Nil where it sent none, and for what is no such marker: the request's own id takes its place.
    package var contextMarker: String? {
        guard let text = Self.markerHeader.flatMap({ header($0) }), (1...64).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else { return nil }
        return text
    }
}
