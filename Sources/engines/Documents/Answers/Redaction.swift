import Cryptography
import OrderedCollections
import Primitives

/// Hides values behind the SHA-256 of their JSON text (`docs/reference/deckhand.md` §9).
enum Redaction {
    static func hash(_ value: Value) -> Value {
        .string(Hash.sha256(value.jsonBytes(.spaced)).hex)
    }

    /// Metadata with the paths of every substitution hashed, as encrypted documents show it.
    ///
    /// - Parameter hashedTwice: the substitutions that brought a secret into a document that is not encrypted itself.
    static func metadata(_ metadata: Value, hashedTwice: Set<Int> = []) -> Value {
        guard var members = metadata.objectValue else { return metadata }
        members["storagePolicy"] = "encrypted"
        if let substitutions = members["substitutions"]?.arrayValue {
            members["substitutions"] = .array(
                substitutions.enumerated().map { index, substitution in
                    let once = paths(in: substitution)
                    return hashedTwice.contains(index) ? paths(in: once) : once
                })
        }
        return .object(members)
    }

    private static func paths(in substitution: Value) -> Value {
        guard var members = substitution.objectValue else { return substitution }
        members["src"] = members["src"].map(path(in:))
        if case .array(let entries) = members["dest"] {
            members["dest"] = .array(entries.map(path(in:)))
        } else {
            members["dest"] = members["dest"].map(path(in:))
        }
        return .object(members)
    }

    private static func path(in entry: Value) -> Value {
        guard var members = entry.objectValue, let path = members["path"] else { return entry }
        members["path"] = hash(path)
        return .object(members)
    }
}
