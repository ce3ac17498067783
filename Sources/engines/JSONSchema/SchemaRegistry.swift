import OrderedCollections
import Primitives

/// Finds what references name: parts of the schema by pointer, its subschemas by `id`, the metaschema by its URI.
struct SchemaRegistry {
    private var resources: [String: SchemaLocation] = [:]

    init(_ schema: Value) {
        let metaschema = SchemaLocation.root(Metaschema.draft4, document: .metaschema)
        resources[metaschema.base] = metaschema
        let root = SchemaLocation.root(schema, document: .schema)
        resources[""] = root
        resources[root.base] = root
        register(under: root)
    }

    private mutating func register(under root: SchemaLocation) {
        var waiting = [root]
        while let location = waiting.popLast() {
            if let id = location.value["id"]?.stringValue, location.value["$ref"] == nil {
                // The location's own base has its `id` applied already; a bare `#name` leaves it as it was.
                let fragment = SchemaURI(id).fragment
                let name = fragment.isEmpty ? location.base : location.base + "#" + fragment
                if resources[name] == nil { resources[name] = location }
            }
            waiting.append(contentsOf: location.subschemas)
        }
    }

    /// What `reference`, found at `location`, names; nil if it leads nowhere.
    func target(of reference: String, at location: SchemaLocation) -> SchemaLocation? {
        let uri = SchemaURI(reference).resolved(against: location.base)
        let document = uri.withoutFragment
        let fragment = uri.fragment
        if fragment.isEmpty { return resources[document] }
        guard fragment.hasPrefix("/") else { return resources[document + "#" + fragment] }
        guard var place = resources[document] else { return nil }
        for segment in fragment.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard let next = step(from: place, segment: Self.unescaped(segment)) else { return nil }
            place = next
        }
        return place
    }

    private func step(from place: SchemaLocation, segment: String) -> SchemaLocation? {
        switch place.value {
        case .object(let members): members[segment].map { place.part(.key(segment), value: $0) }
        case .array(let elements):
            if let index = Int(segment), elements.indices.contains(index) {
                place.part(.index(index), value: elements[index])
            } else {
                nil
            }
        default: nil
        }
    }

    /// A JSON pointer's token with `~1` and `~0` undone (RFC 6901 §4).
    private static func unescaped(_ token: Substring) -> String {
        guard token.contains("~") else { return String(token) }
        var text = ""
        var rest = token
        while let character = rest.popFirst() {
            if character == "~", let next = rest.first, next == "0" || next == "1" {
                text += next == "0" ? "~" : "/"
                rest.removeFirst()
            } else {
                text.append(character)
            }
        }
        return text
    }
}
