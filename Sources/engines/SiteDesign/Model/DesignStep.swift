import JSONSchema
import OrderedCollections
import Primitives

/// One step of a path into the data of a design document, as a rule knows it that has seen the compiled design only.
package enum DesignStep: Sendable, Hashable, ExpressibleByStringLiteral {
    /// A member of a mapping.
    case key(String)
    /// The element of a list that is this text, or that has it as its `name`, `network` or `path`.
    case element(String)
    /// An element of a list, from 0.
    case index(Int)

    package init(stringLiteral key: String) { self = .key(key) }

    init(_ element: PathElement) {
        switch element {
        case .key(let key): self = .key(key)
        case .index(let index): self = .index(index)
        }
    }
}

/// Finds in which document of a design something is written that a rule found in a compiled machine: in the machine's own,
/// or in the host profile that it has it from.
package struct DesignPlaces {
    private let documents: [DocumentReference: Value]

    /// - Parameter documents: the rendered documents of the design.
    package init(_ documents: [DesignDocument]) {
        self.documents = Dictionary(
            documents.map { (DocumentReference(schema: $0.schema, name: $0.name), $0.data) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Where the message's path leads in its first document, or in the nearest of its profiles that has it whole; else as far
    /// as it leads in whichever has most of it. Nil for a message without a document.
    ///
    /// - Returns: the document, and the path in its data.
    package func place(of message: DesignValidationMessage) -> (document: DocumentReference, path: [PathElement])? {
        guard let first = message.documents.first else { return nil }
        var best = (document: first, path: [PathElement]())
        var reference = first
        var seen: Set<DocumentReference> = []
        while let data = documents[reference], seen.insert(reference).inserted {
            let found = Self.walk(message.path, in: data)
            if found.count == message.path.count { return (reference, found) }
            if found.count > best.path.count { best = (reference, found) }
            guard let parent = data["host_profile"]?.stringValue else { break }
            reference = DocumentReference(.hostProfile, parent)
        }
        return best
    }

    private static func walk(_ path: [DesignStep], in data: Value) -> [PathElement] {
        var value = data
        var found: [PathElement] = []
        for step in path {
            guard let (element, next) = child(step, of: value) else { break }
            found.append(element)
            value = next
        }
        return found
    }

    private static func child(_ step: DesignStep, of value: Value) -> (PathElement, Value)? {
        switch (step, value) {
        case (.key(let key), .object(let members)): return members[key].map { (.key(key), $0) }
        case (.index(let index), .array(let elements)):
            return elements.indices.contains(index) ? (.index(index), elements[index]) : nil
        case (.element(let text), .array(let elements)):
            let index = elements.firstIndex { element in
                element.stringValue == text
                    || ["name", "network", "path"].contains { element[$0]?.stringValue == text }
            }
            return index.map { (.index($0), elements[$0]) }
        default: return nil
        }
    }
}
