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
        metadata = Array(draft.metadata.json(.compact).utf8)
        metadataHash = Self.hash(draft.metadata)
        let payload = Array(draft.data.json(.compact).utf8)
        data = Secret(payload)
        dataHash =
            draft.isEncrypted ? vault.fingerprint(payload, of: draft.identity) : Self.hash(draft.data)
    }

    private static func hash(_ value: Value) -> [UInt8] {
        Hash.sha256(Array(value.json(.compact, sortedKeys: true).utf8))
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
