import Primitives

/// A parameter of the query as a route declares it. A handler gets none but those that its route declares.
package protocol DeclaredParameter: Sendable {
    /// As it stands in the query.
    var name: String { get }
    /// What its value may be.
    var schema: Schema { get }
    /// What it does, in one sentence.
    var about: String { get }
    var isRequired: Bool { get }
}

/// A parameter of the query: what the document says of it, and how it is read.
struct QueryParameter<Reading: Sendable>: DeclaredParameter {
    let name: String
    let schema: Schema
    let about: String
    let isRequired: Bool
    fileprivate let read: @Sendable (QueryItems) throws -> Reading

    /// - Parameter read: throws `RequestError.invalidParameter` for what the schema does not allow.
    init(
        _ name: String, _ schema: Schema, _ about: String, isRequired: Bool = false,
        read: @escaping @Sendable (QueryItems) throws -> Reading
    ) {
        self.name = name
        self.schema = schema
        self.about = about
        self.isRequired = isRequired
        self.read = read
    }
}

extension QueryItems {
    /// The value of a declared parameter.
    subscript<Reading>(parameter: QueryParameter<Reading>) -> Reading {
        get throws { try parameter.read(self) }
    }

    /// Those of these names alone.
    func only(_ names: Set<String>) -> QueryItems { QueryItems(items.filter { names.contains($0.name) }) }
}

extension QueryParameter where Reading == Bool? {
    /// A boolean in any of falcon's spellings.
    static func flag(_ name: String, _ about: String) -> Self {
        Self(name, .named("Flag", .choice(QueryItems.trueSpellings + QueryItems.falseSpellings)), about) {
            try $0.bool(name)
        }
    }
}

extension QueryParameter where Reading == Int? {
    /// An integer within bounds.
    static func number(_ name: String, _ range: ClosedRange<Int>, _ about: String) -> Self {
        Self(name, .integer(range), about) { try $0.int(name, in: range) }
    }
}

extension QueryParameter where Reading == String? {
    /// A text; of several the last. What is no such text is for the service to refuse.
    static func text(
        _ name: String, _ schema: Schema, _ about: String, isRequired: Bool = false
    ) -> Self {
        Self(name, schema, about, isRequired: isRequired) { $0[name] }
    }

    /// Any text.
    static func text(_ name: String, _ about: String) -> Self { text(name, .string, about) }
}

extension QueryParameter where Reading == [String] {
    /// A text that may be repeated.
    static func texts(_ name: String, _ about: String) -> Self {
        Self(name, .list(.string), about) { $0.all(name) }
    }
}
