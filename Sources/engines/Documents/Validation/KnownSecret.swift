import OrderedCollections
import Primitives

/// What is a secret wherever it stands, whatever the `storagePolicy` of its document: BY1013 tells it where it is in clear.
enum KnownSecret {
    private static let schemas = ["Passphrase", "PrivateKey", "CertificateKey", "CertificateAuthorityKey"].map {
        "deckhand/\($0)/"
    }
    /// The section of hosts, and its members.
    private static let section = "oob"
    private static let members = ["credential", "kg"]

    /// Whether all data of documents with this schema are a secret.
    static func isSchema(_ schema: String) -> Bool { schemas.contains { schema.hasPrefix($0) } }

    /// A value with sums, as in redacted documents, for what is a secret in it.
    ///
    /// - Parameter place: of the value, in the data of a document with this schema.
    static func hidden(in value: Value, at place: DataPlace, of schema: String) -> Value {
        if isSchema(schema) { return DocumentView.redacted(value) }
        switch place.steps.count {
        case 0:
            guard case .object(var data) = value, let found = data[section] else { return value }
            data[section] = hiddenMembers(of: found)
            return .object(data)
        case _ where place.steps[0] != .member(section): return value
        case 1: return hiddenMembers(of: value)
        default:
            let isSecret = members.contains { place.steps[1] == .member($0) }
            return isSecret ? DocumentView.redacted(value) : value
        }
    }

    private static func hiddenMembers(of value: Value) -> Value {
        guard case .object(var object) = value else { return value }
        for member in members {
            if let found = object[member], !found.isNull { object[member] = DocumentView.redacted(found) }
        }
        return .object(object)
    }
}
