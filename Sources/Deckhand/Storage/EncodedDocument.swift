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
    let dataHash: [UInt8]

    var identity: DocumentIdentity { draft.identity }

    init(_ draft: DocumentDraft, vault: SecretVault) {
        // An encrypted document without a payload becomes a plain one (§9).
        let draft = draft.isEncrypted && draft.data.isEmptyPayload ? draft.inClear() : draft
        self.draft = draft
        metadata = draft.metadata.jsonBytes(.compact)
        metadataHash = Self.hash(draft.metadata, metadata)
        let payload = draft.data.jsonBytes(.compact)
        data = Secret(payload)
        dataHash =
            draft.isEncrypted ? vault.fingerprint(payload, of: draft.identity) : Self.hash(draft.data, payload)
    }

    /// The same for equal values, whatever the order of their keys.
    private static func hash(_ value: Value, _ bytes: [UInt8]) -> [UInt8] {
        Hash.sha256(value.isSortedByKey ? bytes : value.jsonBytes(.compact, sortedKeys: true))
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
