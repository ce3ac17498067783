/// The kinds of document that Deckhand itself understands, told by the beginning of `schema`.
package enum DocumentKind {
    /// The schema of the order of layers, without its version.
    package static let layeringPolicy = "deckhand/LayeringPolicy"
    /// The schema of a list of validations that a revision must pass.
    package static let validationPolicy = "deckhand/ValidationPolicy"
    /// The schema of documents that hold JSON Schemas.
    package static let dataSchema = "deckhand/DataSchema"
}
