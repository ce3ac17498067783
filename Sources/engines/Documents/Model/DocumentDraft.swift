import JSONSchema
import OrderedCollections
import Primitives

/// A document that was handed in, checked for its shape, with the defaults filled in
/// (`docs/reference/deckhand.md` §3, §6.1).
package struct DocumentDraft: Sendable {
    /// Schema, name and layer.
    package let identity: DocumentIdentity
    /// The `metadata` section.
    package let metadata: Value
    /// The `data` section; null where there is none.
    package let data: Value

    /// - Throws: `.invalidFormat` with every problem of this document, named D001.
    package init(_ document: Value) throws(DocumentError) {
        var sections = document.objectValue ?? [:]
        for section in ["schema", "metadata"] where sections[section] == nil { sections[section] = .null }
        if sections["data"] == nil { sections["data"] = [:] }
        let given = sections["metadata"] ?? .null
        let kind = given["schema"]?.stringValue ?? ""
        var problems: [DocumentShape.Problem]
        do throws(JSONSchemaError) {
            problems = try DocumentShape.base.get().validate(.object(sections)).map { .init($0, in: []) }
            if problems.isEmpty {
                problems =
                    try DocumentShape.metadata[kind]?.get().validate(given).map { .init($0, in: [.key("metadata")]) }
                    ?? [.init(DocumentShape.unknownMetadata(kind))]
            }
        } catch {
            problems = [.init(error.description)]
        }
        guard problems.isEmpty else { throw DocumentShape.error(problems, of: document) }
        let metadata = Self.completed(given.objectValue ?? [:])
        self.metadata = .object(metadata)
        data = sections["data"] ?? [:]
        identity = DocumentIdentity(
            schema: sections["schema"]?.stringValue ?? "",
            layer: metadata["layeringDefinition"]?["layer"]?.stringValue,
            name: metadata["name"]?.stringValue ?? "")
    }

    /// `storagePolicy: encrypted`.
    package var isEncrypted: Bool { LayeringMetadata.isEncrypted(metadata) }

    /// The same draft kept in clear: what becomes of an encrypted document without a payload (§9).
    package func inClear() -> DocumentDraft {
        guard var members = metadata.objectValue else { return self }
        members["storagePolicy"] = "cleartext"
        return DocumentDraft(identity: identity, metadata: .object(members), data: data)
    }

    /// The same draft with other data.
    package func with(data: Value) -> DocumentDraft {
        DocumentDraft(identity: identity, metadata: metadata, data: data)
    }

    private init(identity: DocumentIdentity, metadata: Value, data: Value) {
        self.identity = identity
        self.metadata = metadata
        self.data = data
    }

    private static func completed(_ given: Value.Object) -> Value.Object {
        var metadata = given
        if isFalsy(metadata["storagePolicy"]) { metadata["storagePolicy"] = "cleartext" }
        var layering = metadata["layeringDefinition"]?.objectValue ?? [:]
        if layering["abstract"] == nil { layering["abstract"] = false }
        metadata["layeringDefinition"] = .object(layering)
        if metadata["replacement"] == nil { metadata["replacement"] = false }
        return metadata
    }

    private static func isFalsy(_ value: Value?) -> Bool { value.map(\.isFalsy) ?? true }
}

extension Value {
    /// What Python's `not value` says: null, false, zero, and whatever is empty.
    package var isFalsy: Bool {
        switch self {
        case .null, .bool(false), .int(0): true
        case .double(let number): number == 0
        case .string(let text): text.isEmpty
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        default: false
        }
    }
}
