/// What keeps documents, each right by itself, from becoming a site; its text stands in the status of the design.
struct DesignError: Error, Sendable, CustomStringConvertible {
    var description: String
    /// What was being compiled; not part of the text, which is that of Drydock.
    var document: DocumentReference?

    init(_ description: String) { self.description = description }

    static func notFound(_ kind: String, _ name: String) -> DesignError {
        DesignError("\(kind) \(name) not found in design state")
    }
}
