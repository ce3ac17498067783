import OrderedCollections
import Primitives
import SiteDesign

/// Documents of the form before Deckhand's: `apiVersion`, `kind`, `spec`.
enum LegacyFormat {
    static func document(_ document: Value) -> DesignDocument? {
        document["kind"]?.stringValue.map { kind in
            DesignDocument(
                schema: "drydock/\(kind)/v1", name: document["metadata"]?["name"]?.stringValue ?? "",
                data: document["spec"] ?? .null)
        }
    }

    /// The dump of a design, with what the reference's reader of this form says of every document that it has read.
    static func adding(_ documents: [Value], to dump: Value) -> Value {
        let read = documents.filter { $0["schema"] == nil }.compactMap(document)
        guard !read.isEmpty, dump["ingest"]?["status"] == "Success", case .object(var members) = dump else {
            return dump
        }
        let messages = read.map { document -> Value in
            [
                "name": nil, "context": .string(document.name), "context_type": "document", "error": false,
                "message": .string("Successfully processed Drydock document type \(kind(of: document))."),
            ]
        }
        for section in ["ingest", "validation"] {
            guard case .object(var content) = members[section] ?? .null else { continue }
            content["messages"] = .array(messages + (content["messages"]?.arrayValue ?? []))
            members[section] = .object(content)
        }
        return .object(members)
    }

    private static func kind(of document: DesignDocument) -> Substring {
        document.schema.split(separator: "/").dropFirst().first ?? ""
    }
}
