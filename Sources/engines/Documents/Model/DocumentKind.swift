/// The kinds of document that Deckhand itself understands, told by the beginning of `schema`.
package enum DocumentKind {
    package static let layeringPolicy = "deckhand/LayeringPolicy"
    package static let validationPolicy = "deckhand/ValidationPolicy"
    package static let dataSchema = "deckhand/DataSchema"
}
