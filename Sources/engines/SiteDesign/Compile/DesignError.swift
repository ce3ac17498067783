import Primitives

/// What keeps documents, each right by itself, from becoming a site; its text stands in the status of the design.
struct DesignError: Error, Sendable, CustomStringConvertible {
    var description: String
    /// What has to be corrected; not part of the text, which is that of Drydock.
    var document: DocumentReference?
    /// Where in its data.
    var path: [DesignStep]
    /// What to do, which is not part of the text either.
    var remedy: String?

    init(
        _ description: String, in document: DocumentReference? = nil, at path: [DesignStep] = [], remedy: String? = nil
    ) {
        self.description = description
        self.document = document
        self.path = path
        self.remedy = remedy
    }

    /// - Parameter known: the names that there are.
    static func notFound(
        _ kind: String, _ name: String, among known: [String], in document: DocumentReference? = nil,
        at path: [DesignStep]
    ) -> DesignError {
        DesignError(
            "\(kind) \(name) not found in design state", in: document, at: path,
            remedy: "Correct the name, or add the \(kind).\(Suggestion.sentence(for: name, among: known))")
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
