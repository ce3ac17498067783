import Documents
import Primitives
import YAML

/// The documents of a stream as one revision of the bucket `site` holds them, with defaults.
func stored(_ yaml: String) throws -> [StoredDocument] { try stored(YAML.load(yaml).filter { !$0.isNull }) }

func stored(_ documents: [Value]) throws -> [StoredDocument] {
    try documents.enumerated().map { place, document in
        let draft = try DocumentDraft(document)
        return StoredDocument(
            id: place + 1, bucket: "site", revision: 1, identity: draft.identity, metadata: draft.metadata,
            data: draft.data)
    }
}

let policy = """
    schema: deckhand/LayeringPolicy/v1
    metadata: {schema: metadata/Control/v1, name: layering-policy}
    data: {layerOrder: [global, type, site]}
    ---

    """

/// A document of schema `example/Kind/v1`.
func kind(_ name: String, layer: String = "site", _ metadata: String = "", data: String) -> String {
    let (layering, rest) = metadata.hasPrefix("+") ? (String(metadata.dropFirst()), "") : ("", metadata)
    return """
        schema: example/Kind/v1
        metadata:
          schema: metadata/Document/v1
          name: \(name)
          storagePolicy: cleartext
          layeringDefinition: {layer: \(layer)\(layering.isEmpty ? "" : ", " + layering)}
          \(rest)
        data: \(data)
        ---

        """
}

func rendered(_ yaml: String) throws -> [String: Value] {
    let documents = try DocumentEngine.render(stored(policy + yaml))
    return Dictionary(documents.map { ($0.name, $0.data) }, uniquingKeysWith: { first, _ in first })
}

/// The error that rendering ends with.
func failure(_ yaml: String) -> DocumentError? {
    do {
        _ = try rendered(yaml)
        return nil
    } catch {
        return error as? DocumentError
    }
}
