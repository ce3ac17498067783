import Cryptography
import Documents
import OrderedCollections
import Primitives

/// A document in the form in which it is stored.
struct EncodedDocument: Sendable {
    let draft: DocumentDraft
    let metadata: [UInt8]
    /// The data, or of an encrypted document its payload.
    let data: Secret<[UInt8]>
    let metadataHash: [UInt8]
    /// Nil for an encrypted document, which is told from others by a fingerprint under the key of the moment.
    private let clearHash: [UInt8]?

    var identity: DocumentIdentity { draft.identity }

    init(_ draft: DocumentDraft) {
        // An encrypted document without a payload becomes a plain one (§9).
        let draft = draft.isEncrypted && draft.data.isEmptyPayload ? draft.inClear() : draft
        self.draft = draft
        metadata = draft.metadata.jsonBytes(.compact)
        metadataHash = Hash.sha256(Self.canonical(draft.metadata, metadata))
        let payload = draft.data.jsonBytes(.compact)
        data = Secret(payload)
        clearHash = draft.isEncrypted ? nil : Hash.sha256(Self.canonical(draft.data, payload))
    }

    /// Equal for equal data.
    func dataHash(_ vault: SecretVault) -> [UInt8] {
        clearHash ?? vault.fingerprint(Self.canonical(draft.data, data.reveal()), of: identity)
    }

    /// The same bytes for equal values, whatever the order of their keys.
    ///
    /// - Parameter bytes: the value as compact JSON.
    static func canonical(_ value: Value, _ bytes: [UInt8]) -> [UInt8] {
        value.isSortedByKey ? bytes : value.jsonBytes(.compact, sortedKeys: true)
    }
}

extension Value {
    /// What is not worth a secret: empty text, mapping or list, and null.
    fileprivate var isEmptyPayload: Bool {
        switch self {
        case .null, .string(""): true
        case .array(let elements): elements.isEmpty
        case .object(let members): members.isEmpty
        default: false
        }
    }
}

/// Equal for documents of one identity that hold the same.
struct ContentHashes: Hashable, Sendable {
    let metadata: [UInt8]
    let data: [UInt8]
}
