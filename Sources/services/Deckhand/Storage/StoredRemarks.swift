import Documents
import OrderedCollections
import Primitives
import YAML

/// What is known of how the documents of one PUT are written, beyond their lines: what is to be said of it, and scalars
/// that YAML 1.1 takes for something else than text. Nothing of encrypted data.
struct StoredRemarks: Sendable {
    /// By the places of the documents in the PUT.
    private(set) var messages: [Int: [Value]] = [:]
    private(set) var spellings: [Int: [SourceNotes.Spelling]] = [:]

    init(_ documents: [Value], lines: StreamLines) {
        guard !lines.maps.isEmpty else { return }
        let findings = SourceFindings(documents, lines: lines)
        for message in findings.indexedMessages {
            messages[message.index, default: []].append(message.message.finding())
        }
        for (index, notes) in lines.notes.enumerated()
        where !notes.spellings.isEmpty && documents.indices.contains(index) {
            guard documents[index]["metadata"]?["storagePolicy"] != "encrypted" else { continue }
            let values = notes.spellings.filter { !$0.isKey }.prefix(Self.limit)
            if !values.isEmpty { spellings[index] = Array(values) }
        }
    }

    private static let limit = 1000

    /// Nil where there is nothing to remark.
    var encoded: [UInt8]? {
        guard !messages.isEmpty || !spellings.isEmpty else { return nil }
        var messageMembers = Value.Object()
        for (index, list) in messages.sorted(by: { $0.key < $1.key }) { messageMembers[String(index)] = .array(list) }
        var spellingMembers = Value.Object()
        for (index, list) in spellings.sorted(by: { $0.key < $1.key }) {
            spellingMembers[String(index)] = .array(list.map { [.int($0.line), .string($0.text), $0.value] })
        }
        let value: Value = ["messages": .object(messageMembers), "spellings": .object(spellingMembers)]
        return value.jsonBytes(.compact)
    }

    /// Of stored bytes; nothing where they are damaged.
    init(encoded bytes: [UInt8]) {
        guard let value = try? Value(json: bytes) else { return }
        for (index, list) in value["messages"]?.objectValue ?? [:] {
            if let index = Int(index) { messages[index] = list.arrayValue ?? [] }
        }
        for (index, list) in value["spellings"]?.objectValue ?? [:] {
            guard let index = Int(index) else { continue }
            spellings[index] = (list.arrayValue ?? []).compactMap { entry in
                guard let parts = entry.arrayValue, parts.count == 3, let line = parts[0].intValue,
                    let text = parts[1].stringValue
                else { return nil }
                return SourceNotes.Spelling(line: line, text: text, value: parts[2])
            }
        }
    }
}
