import JSONSchema
import OrderedCollections
import Primitives
import YAML

/// What is to be said of documents as they are written, before anything is made of them.
package struct SourceFindings {
    private let documents: [Value]
    private let lines: StreamLines

    /// - Parameters:
    ///   - documents: of a stream, as they were parsed.
    ///   - lines: of the same stream.
    package init(_ documents: [Value], lines: StreamLines) {
        self.documents = documents
        self.lines = lines
    }

    /// In the order of the documents, then what concerns several of them. At most a hundred of each kind.
    package var messages: [DocumentValidationMessage] { indexedMessages.map(\.message) }

    /// With the places of the documents that they are about; of several, of the first.
    package var indexedMessages: [(index: Int, message: DocumentValidationMessage)] {
        let single = documents.indices.flatMap { index in messages(of: index).map { (index: index, message: $0) } }
        return Self.bounded(single) + clearSecrets
    }

    private func messages(of index: Int) -> [DocumentValidationMessage] {
        unknownKeys(index) + repeatedKeys(index) + misreadTexts(index) + misreadKeys(index)
    }

    private static let limit = 100

    private static func bounded(
        _ messages: [(index: Int, message: DocumentValidationMessage)]
    ) -> [(index: Int, message: DocumentValidationMessage)] {
        var counts: [DocumentValidationMessage.Name: Int] = [:]
        return messages.filter { _, message in
            counts[message.name, default: 0] += 1
            return counts[message.name, default: 0] <= limit
        }
    }

    private func unknownKeys(_ index: Int) -> [DocumentValidationMessage] {
        guard UnknownKeys.isAny(in: documents[index]) else { return [] }
        return UnknownKeys.warnings([documents[index]]) { key, _ in
            lines.place(of: key, in: documents[index], at: index)
        }
        .map { located($0, index) }
    }

    /// With the place of its document, where it has none yet.
    private func located(_ message: DocumentValidationMessage, _ index: Int) -> DocumentValidationMessage {
        var message = message
        message.place = message.place ?? lines.place(at: message.path, in: documents[index], at: index)?.text
        return message
    }

    private func notes(_ index: Int) -> SourceNotes? { lines.notes.indices.contains(index) ? lines.notes[index] : nil }

    /// The last of them counts, to PyYAML and so to all of Airship, and the others are gone without a word.
    private func repeatedKeys(_ index: Int) -> [DocumentValidationMessage] {
        (notes(index)?.repeatedKeys ?? []).map { repeated in
            let places = repeated.lines.map { lines.text(line: $0) }
            let first = places.dropLast().joined(separator: ", ")
            let key = isSealed(index) ? "A key of the encrypted data" : "The key \(repeated.key.shown)"
            var message = message(
                "\(key) is written \(repeated.lines.count) times in one mapping: \(first) and \(places.last ?? ""). "
                    + "Only the last counts",
                .repeatedKey, .error, index, "Join what they say under one key, or remove all but one.")
            message.place = places.first
            return message
        }
    }

    /// Values that are no text where a text is made of them in Python's way.
    private func misreadTexts(_ index: Int) -> [DocumentValidationMessage] {
        guard !isSealed(index) else { return [] }
        return TextualPlaces.members(of: documents[index]).compactMap { member in
            let place = lines.place(at: member.path, in: documents[index], at: index)
            guard let text = member.complaint(spelling: place?.spelling) else { return nil }
            var message = message(text, .misreadText, .warning, index, "Put the value in quotes, if text is meant.")
            message.path = member.path
            message.place = place?.text
            return message
        }
    }

    private func misreadKeys(_ index: Int) -> [DocumentValidationMessage] {
        guard let spellings = notes(index)?.spellings, !spellings.isEmpty, !isSealed(index) else { return [] }
        return spellings.filter(\.isKey).compactMap { spelling in
            guard let text = SourceNotes.explanation(of: spelling.text, readAs: spelling.value) else { return nil }
            var message = message(
                "The key \(text)", .misreadText, .warning, index, "Put the key in quotes, if text is meant.")
            message.place = lines.text(line: spelling.line)
            return message
        }
    }

    /// Whoever may read documents can read these, and so can whoever gets the database.
    private var clearSecrets: [(index: Int, message: DocumentValidationMessage)] {
        let found = documents.indices.filter { index in
            guard let schema = documents[index]["schema"]?.stringValue, KnownSecret.isSchema(schema) else {
                return false
            }
            return !isSealed(index)
        }
        func literal(_ member: String) -> [Int] {
            documents.indices.filter { index in
                documents[index]["data"]?["oob"]?[member]?.stringValue?.isEmpty == false && !isSealed(index)
            }
        }
        return [
            clearSecret(found, path: [.key("metadata"), .key("storagePolicy")], "Write storagePolicy: encrypted."),
            clearSecret(
                literal("credential"), path: [.key("data"), .key("oob"), .key("credential")],
                "Put the credential into an encrypted deckhand/Passphrase/v1, and substitute it."),
            clearSecret(
                literal("kg"), path: [.key("data"), .key("oob"), .key("kg")],
                "Put the key of the BMC into an encrypted deckhand/Passphrase/v1, and substitute it."),
        ].compactMap { $0 }
    }

    private func clearSecret(
        _ found: [Int], path: [PathElement], _ remedy: String
    ) -> (index: Int, message: DocumentValidationMessage)? {
        guard let first = found.first else { return nil }
        let what = found.count == 1 ? "A secret stands in clear" : "\(found.count) secrets stand in clear"
        var message = DocumentValidationMessage(
            message: what
                + ": \(found.prefix(8).map { name($0) }.joined(separator: ", "))\(found.count > 8 ? ", …" : "")",
            name: .clearSecret, level: .warning, documents: [subject(first)], diagnostic: .string(remedy))
        message.path = path
        return (first, located(message, first))
    }

    private func isSealed(_ index: Int) -> Bool {
        documents[index]["metadata"]?["storagePolicy"]?.stringValue == "encrypted"
    }

    private func name(_ index: Int) -> String { documents[index]["metadata"]?["name"]?.stringValue ?? "" }

    private func subject(_ index: Int) -> DocumentValidationMessage.Subject {
        DocumentValidationMessage.Subject(documents[index])
    }

    private func message(
        _ text: String, _ name: DocumentValidationMessage.Name, _ level: Severity, _ index: Int, _ remedy: String
    ) -> DocumentValidationMessage {
        DocumentValidationMessage(
            message: text, name: name, level: level, documents: [subject(index)], diagnostic: .string(remedy))
    }
}

/// The places of documents at which any scalar is taken, and a text is made of it.
enum TextualPlaces {
    struct Member {
        let path: [PathElement]
        let value: Value

        private var isKernelParameter: Bool { path.dropLast().last == .key("kernel_params") }
        private var name: String { path.last?.description ?? "" }

        /// What becomes of the value; nil where that is what is written.
        func complaint(spelling: String?) -> String? {
            guard let explanation = SourceNotes.explanation(of: spelling, readAs: value) else { return nil }
            switch value {
            case .null: return nil
            // `quiet: true` is Drydock's way to give a parameter without a value.
            case .bool(true): if spelling.map({ $0.lowercased() == "true" }) ?? true { return nil }
            case .bool(false):
                if !isKernelParameter, spelling.map({ $0.lowercased() == "false" }) ?? true { return nil }
            default: if spelling == nil { return nil }
            }
            guard isKernelParameter else { return "\(name): \(explanation)" }
            let result = value == true ? name : "\(name)=\(value.pythonText)"
            return "Kernel parameter \(name): \(explanation). The kernel's command line gets \(result)"
        }
    }

    private static let labels: [PathElement] = [.key("metadata"), .key("labels")]
    private static let ofDrydock: [[PathElement]] = [
        ["platform", "kernel_params"], ["oob"], ["labels"], ["metadata", "owner_data"],
    ].map { [.key("data")] + $0.map(PathElement.key) }

    /// Those at which something else than a text or a null stands.
    static func members(of document: Value) -> [Member] {
        let labels = members(of: document, at: labels)
        guard document["schema"]?.stringValue?.hasPrefix("drydock/") ?? false else { return labels }
        let own = ofDrydock.flatMap { members(of: document, at: $0) }
        let filters = (document["data"]?["node_filter"]?["filter_set"]?.arrayValue ?? []).indices.flatMap { index in
            ["node_labels", "rack_labels"].flatMap { key in
                members(
                    of: document,
                    at: [.key("data"), .key("node_filter"), .key("filter_set"), .index(index), .key(key)])
            }
        }
        return labels + own + filters
    }

    private static func members(of document: Value, at path: [PathElement]) -> [Member] {
        var value: Value? = document
        for step in path {
            switch step {
            case .key(let key): value = value?[key]
            case .index(let index):
                let elements = value?.arrayValue ?? []
                value = elements.indices.contains(index) ? elements[index] : nil
            }
        }
        guard let members = value?.objectValue else { return [] }
        return members.compactMap { key, value in
            switch value {
            case .null, .string: nil
            default: Member(path: path + [.key(key)], value: value)
            }
        }
    }
}

extension DocumentValidationMessage.Subject {
    /// - Parameter document: as it was parsed, whatever it is.
    package init(_ document: Value) {
        self.init(
            schema: document["schema"]?.stringValue,
            layer: document["metadata"]?["layeringDefinition"]?["layer"]?.stringValue,
            name: document["metadata"]?["name"]?.stringValue)
    }
}

extension String {
    /// In quotes, cut where it is long.
    var shown: String { String(prefix(80)).pythonRepr }
}
