import OrderedCollections
import Primitives

/// Names with texts, in the order of the documents: labels, kernel parameters, out-of-band settings.
package typealias Labels = OrderedDictionary<String, String>

/// A rendered document as it comes from Deckhand or from a file.
package struct DesignDocument: Sendable, Hashable {
    /// `drydock/BaremetalNode/v1`
    package var schema: String
    /// `metadata.name`
    package var name: String
    /// The `data` section.
    package var data: Value

    /// A document that is given in its parts.
    package init(schema: String, name: String, data: Value) {
        self.schema = schema
        self.name = name
        self.data = data
    }

    /// Reads a whole document, `{schema, metadata: {name}, data}`; nil where it has no `schema` text.
    package init?(_ document: Value) {
        guard let schema = document["schema"]?.stringValue else { return nil }
        self.init(
            schema: schema, name: document["metadata"]?["name"]?.stringValue ?? "", data: document["data"] ?? .null)
    }
}

/// Which document a message is about.
package struct DocumentReference: Sendable, Hashable {
    /// `drydock/BaremetalNode/v1`
    package var schema: String
    /// `metadata.name`
    package var name: String

    /// A reference by schema and name.
    package init(schema: String, name: String) {
        self.schema = schema
        self.name = name
    }

    /// A reference to a document of Drydock.
    package init(_ kind: DesignKind, _ name: String) { self.init(schema: kind.schema, name: name) }

    /// `{"schema": …, "name": …}`, as validation messages have it.
    package var value: Value { ["schema": .string(schema), "name": .string(name)] }
}

/// The kinds of documents that Drydock reads (`docs/reference/drydock.md` §5).
package enum DesignKind: String, Sendable, CaseIterable {
    case region = "Region"
    case rack = "Rack"
    case networkLink = "NetworkLink"
    case network = "Network"
    case hardwareProfile = "HardwareProfile"
    case hostProfile = "HostProfile"
    case baremetalNode = "BaremetalNode"
    case bootAction = "BootAction"

    /// `drydock/Network/v1`
    package var schema: String { "drydock/\(rawValue)/v1" }
}
