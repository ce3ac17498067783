import OrderedCollections
import Primitives

/// The part of a document's metadata that rendering reads. Whatever is not of the expected type counts as absent, since
/// control documents may carry anything (`docs/reference/deckhand.md` §5).
struct LayeringMetadata: Sendable {
    let isControl: Bool
    let isAbstract: Bool
    let isReplacement: Bool
    let isEncrypted: Bool
    let labels: Value.Object
    let parentSelector: Value.Object
    let actions: [LayeringAction]
    let substitutions: [Substitution]

    /// Whether the data is sealed at rest and hidden from those who may not see secrets: control documents never are, whatever
    /// their metadata says (`docs/reference/deckhand.md` §5.5).
    static func isEncrypted(_ metadata: Value) -> Bool {
        metadata["storagePolicy"]?.stringValue == "encrypted" && !isControl(metadata)
    }

    private static func isControl(_ metadata: Value) -> Bool {
        metadata["schema"]?.stringValue?.hasPrefix("metadata/Control") ?? false
    }

    init(_ metadata: Value) {
        let layering = metadata["layeringDefinition"]
        isControl = Self.isControl(metadata)
        isAbstract = layering?["abstract"]?.boolValue ?? false
        isReplacement = metadata["replacement"]?.boolValue ?? false
        isEncrypted = Self.isEncrypted(metadata)
        labels = metadata["labels"]?.objectValue ?? [:]
        guard !isControl else {
            parentSelector = [:]
            actions = []
            substitutions = []
            return
        }
        parentSelector = layering?["parentSelector"]?.objectValue ?? [:]
        actions = (layering?["actions"]?.arrayValue ?? []).map(LayeringAction.init)
        substitutions = (metadata["substitutions"]?.arrayValue ?? []).map(Substitution.init)
    }
}

/// One entry of `layeringDefinition.actions`.
struct LayeringAction: Sendable {
    let method: String
    /// As it was written.
    let path: String
    /// The whole entry, for messages.
    let value: Value

    init(_ value: Value) {
        self.value = value
        method = value["method"]?.stringValue ?? ""
        path = value["path"]?.stringValue ?? ""
    }

    /// `path` without a leading `.data` or `$.data`, and with the leading dot that it may lack (§7.6).
    var dataPath: String {
        var rest = path[...]
        for prefix in [".data", "$.data"] where path.hasPrefix(prefix) {
            let tail = path.dropFirst(prefix.count)
            // `.database` is a name of its own.
            if tail.isEmpty || tail.hasPrefix(".") || tail.hasPrefix("[") { rest = tail }
        }
        if rest.isEmpty || rest == "$" { return "." }
        return rest.hasPrefix(".") || rest.hasPrefix("$.") ? String(rest) : "." + rest
    }
}

/// One entry of `metadata.substitutions`.
struct Substitution: Sendable {
    struct Destination: Sendable {
        let path: String
        let pattern: String?
        /// How many levels of mappings and lists to search for the pattern, -1 for all; nil for none.
        let recurseDepth: Int?

        init(_ value: Value) {
            path = value["path"]?.stringValue ?? ""
            pattern = value["pattern"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
            recurseDepth = value["recurse"]?["depth"]?.intValue
        }
    }

    let source: RenderedIdentity
    let path: String
    let pattern: String?
    let matchGroup: Int
    let isDeepCopy: Bool
    let destinations: [Destination]

    init(_ value: Value) {
        let src = value["src"]
        source = RenderedIdentity(schema: src?["schema"]?.stringValue ?? "", name: src?["name"]?.stringValue ?? "")
        path = src?["path"]?.stringValue ?? ""
        pattern = src?["pattern"]?.stringValue.flatMap { $0.isEmpty ? nil : $0 }
        matchGroup = src?["match_group"]?.intValue ?? 0
        isDeepCopy = src?["deepcopy"]?.boolValue ?? false
        switch value["dest"] {
        case .array(let entries): destinations = entries.map(Destination.init)
        case .some(let entry): destinations = [Destination(entry)]
        case nil: destinations = []
        }
    }
}
