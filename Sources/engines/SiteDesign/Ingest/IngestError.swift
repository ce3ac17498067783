/// What makes a document no part of the design.
///
/// Drydock tells what it looked for from what took it by surprise (`docs/reference/drydock.md` §4, DD000).
struct IngestError: Error {
    var message: String
    var isExpected: Bool

    static func expected(_ message: String) -> IngestError { IngestError(message: message, isExpected: true) }

    static func unexpected(_ message: String) -> IngestError { IngestError(message: message, isExpected: false) }

    /// A field of the model that may not be empty.
    static func missing(_ field: String) -> IngestError { .unexpected("Field `\(field)' cannot be None") }

    static func invalid(_ field: String, _ value: String) -> IngestError {
        .unexpected("Field `\(field)' cannot be '\(value)'")
    }
}
