/// What keeps documents, each right by itself, from becoming a site; its text stands in the status of the design.
struct DesignError: Error, Sendable, CustomStringConvertible {
    var description: String
    /// What has to be corrected; not part of the text, which is that of Drydock.
    var document: DocumentReference?

    init(_ description: String, in document: DocumentReference? = nil) {
        self.description = description
        self.document = document
    }

    static func notFound(_ kind: String, _ name: String, in document: DocumentReference? = nil) -> DesignError {
        DesignError("\(kind) \(name) not found in design state", in: document)
    }

    /// Runs `body`; an error that names no document is about this one.
    static func about<T>(_ document: DocumentReference, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch var error as DesignError {
            if error.document == nil { error.document = document }
            throw error
        }
    }
}
