import JSONSchema
import OrderedCollections
import Primitives
import YAML

/// The documents of YAML files, read as everybody reads them who takes files: with or without a byte order mark, and with
/// or without a `---` before the first document.
package struct DocumentSet: Sendable {
    /// Why a file is none, and where.
    package struct FileError: Error, Sendable, CustomStringConvertible {
        package let file: String
        package let error: YAMLError

        /// `site/a.yaml:3:7: while parsing a block mapping: did not find expected key`
        package var description: String {
            let context = error.context.map { "\($0): " } ?? ""
            return "\(file):\(error.line):\(error.column): \(context)\(error.problem)"
        }
    }

    /// All files in one stream, each behind a comment that names it (`FileMark`).
    package let stream: [UInt8]
    /// What the stream holds, nulls included.
    package let documents: [Value]
    package let lines: StreamLines
    /// Those in which there is no document.
    package let emptyFiles: [String]

    /// - Parameter files: names, and contents in UTF-8, or in UTF-16 with a byte order mark.
    package init(_ files: [(name: String, contents: [UInt8])]) throws(FileError) {
        var stream: [UInt8] = []
        var texts: [(name: String, contents: [UInt8])] = []
        for (name, contents) in files {
            let text = DocumentText.plain(contents)
            texts.append((name, text))
            let startsDocument = DocumentText.startsDocument(text)
            stream += Array((FileMark.text(file: name, fileLine: startsDocument ? 1 : 0) ?? "").utf8)
            if !startsDocument { stream += Array("---\n".utf8) }
            stream += text
            if stream.last != 0x0a { stream.append(0x0a) }
        }
        let sources: [SourceDocument]
        do throws(YAMLError) {
            sources = try YAML.loadSources(stream)
        } catch {
            throw Self.fileError(error, texts)
        }
        self.stream = stream
        documents = sources.map(\.value)
        lines = StreamLines(sources, files: FileMark.marks(in: stream))
        emptyFiles = texts.filter { DocumentText.isEmpty($0.contents) }.map(\.name)
    }

    /// The first file that is no YAML by itself; the error of the whole where each of them is.
    private static func fileError(_ error: YAMLError, _ texts: [(name: String, contents: [UInt8])]) -> FileError {
        for (name, contents) in texts {
            do throws(YAMLError) {
                _ = try YAML.loadSources(contents)
            } catch {
                return FileError(file: name, error: error)
            }
        }
        return FileError(file: texts.last?.name ?? "", error: error)
    }

    /// The documents, checked by themselves and together, as a revision that held nothing else. Their ids are their places
    /// in `documents`.
    ///
    /// - Throws: `.invalidFormat` with every problem of every document, and `.duplicate`; each with its place.
    package func stored() throws(DocumentError) -> [StoredDocument] {
        var stored: [StoredDocument] = []
        var seen: [DocumentIdentity: Int] = [:]
        var problems: [DocumentValidationMessage] = []
        for (index, document) in documents.enumerated() where !document.isNull {
            let draft: DocumentDraft
            do throws(DocumentError) {
                draft = try DocumentDraft(document)
            } catch {
                problems += error.located(in: lines, document, at: index).messages
                continue
            }
            if let first = seen.updateValue(index, forKey: draft.identity) {
                throw DocumentError.twice(draft.identity, places: [first, index].map { place(of: $0) })
            }
            stored.append(
                StoredDocument(
                    id: index, bucket: "", revision: 1, identity: draft.identity, metadata: draft.metadata,
                    data: draft.data))
        }
        if !problems.isEmpty { throw .invalidFormat(problems) }
        return stored
    }

    /// Where document `index` begins: `site/a.yaml:3`.
    package func place(of index: Int) -> String {
        lines.place(at: [], in: documents[index], at: index)?.text ?? "document \(index + 1)"
    }

    /// Where in a file something is written.
    package func place(of origin: SourceOrigin) -> SourcePlace? {
        guard documents.indices.contains(origin.document.id) else { return nil }
        let path = [PathElement.key(origin.section.rawValue)] + origin.place.steps.map(PathElement.init)
        return lines.place(
            at: origin.isDocument ? [] : path, in: documents[origin.document.id],
            at: origin.document.id)
    }

    /// What is to be said of the documents as they are written.
    package var messages: [DocumentValidationMessage] {
        let empty = emptyFiles.map { file in
            var message = DocumentValidationMessage(
                message: "The file \(file) holds no document", name: .emptyFile, level: .warning, documents: [],
                diagnostic: "Write a document into it, or remove it.")
            message.place = file
            return message
        }
        return empty + SourceFindings(documents, lines: lines).messages
    }
}

extension PathElement {
    init(_ step: DataPlace.Step) {
        switch step {
        case .member(let name): self = .key(name)
        case .element(let index): self = .index(index)
        }
    }
}

/// The bytes of YAML files.
package enum DocumentText {
    private static let mark: [UInt8] = [0xef, 0xbb, 0xbf]

    /// In UTF-8 without a byte order mark.
    static func plain(_ contents: [UInt8]) -> [UInt8] {
        if contents.starts(with: mark) { return Array(contents.dropFirst(mark.count)) }
        guard contents.starts(with: [0xff, 0xfe]) || contents.starts(with: [0xfe, 0xff]) else { return contents }
        let isLittle = contents[0] == 0xff
        let units = stride(from: 2, to: contents.count - 1, by: 2).map { index in
            let (low, high) = isLittle ? (contents[index], contents[index + 1]) : (contents[index + 1], contents[index])
            return UInt16(high) << 8 | UInt16(low)
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    /// A stream without the byte order marks that files had which were joined: those at the beginning of a document.
    package static func withoutMarks(_ stream: [UInt8]) -> [UInt8] {
        guard stream.contains(mark[0]) else { return stream }
        var plain: [UInt8] = []
        plain.reserveCapacity(stream.count)
        var mayBegin = true
        var position = 0
        while position < stream.count {
            if mayBegin, stream[position...].starts(with: mark) { position += mark.count }
            let end = stream[position...].firstIndex(of: 0x0a).map { $0 + 1 } ?? stream.count
            let line = stream[position..<end]
            plain += line
            mayBegin = isOutside(line) || line.starts(with: "---".utf8) || line.starts(with: "...".utf8)
            position = end
        }
        return plain
    }

    /// Whether a `---` line comes before the first content.
    static func startsDocument(_ contents: [UInt8]) -> Bool {
        for line in contents.split(separator: 0x0a) {
            if line.starts(with: "---".utf8) || line.first == UInt8(ascii: "%") { return true }
            if !isOutside(line) { return false }
        }
        return false
    }

    /// Whether there are only blank lines, comments, directives and marks of documents.
    static func isEmpty(_ contents: [UInt8]) -> Bool {
        contents.split(separator: 0x0a).allSatisfy { line in
            if isOutside(line) || line.first == UInt8(ascii: "%") { return true }
            guard line.starts(with: "---".utf8) || line.starts(with: "...".utf8) else { return false }
            return isOutside(line.dropFirst(3)) || line.dropFirst(3).drop { $0 == 0x20 }.first == UInt8(ascii: "#")
        }
    }

    /// Whether a line is blank or a comment.
    private static func isOutside(_ line: ArraySlice<UInt8>) -> Bool {
        line.first == UInt8(ascii: "#") || line.allSatisfy { [0x20, 0x09, 0x0d, 0x0a].contains($0) }
    }
}

extension DocumentError {
    /// The same document twice in one stream.
    ///
    /// - Parameter places: of both.
    package static func twice(_ identity: DocumentIdentity, places: [String]) -> DocumentError {
        DocumentError(.duplicate, "There are two documents \(identity): \(places.joined(separator: " and "))")
            .about(identity, remedy: "Remove one of them, or give it another name.")
    }

    /// The same error with the places of what its messages tell of one document of a stream.
    package func located(in lines: StreamLines, _ document: Value, at index: Int) -> DocumentError {
        var error = self
        error.messages = messages.map { message in
            var message = message
            guard message.place == nil, let place = lines.place(at: message.path, in: document, at: index) else {
                return message
            }
            message.place = place.text
            if let offending = message.offending {
                message.remedy =
                    SourceNotes.explanation(of: place.spelling, readAs: offending).map { $0 + "." } ?? message.remedy
            }
            return message
        }
        return error
    }
}

extension DocumentValidationMessage {
    /// As clients receive it, with the place and the remedy as further keys: `documents[].place`, `remedy`.
    ///
    /// - Parameter found: where it is written; nil takes the message's own place.
    package func finding(at found: SourcePlace? = nil) -> Value {
        guard case .object(var body) = value else { return value }
        let spelled = offending.flatMap { SourceNotes.explanation(of: found?.spelling, readAs: $0) }
        if let remedy = spelled.map({ $0 + "." }) ?? remedy { body["remedy"] = .string(remedy) }
        if let place = place ?? found?.text {
            body["documents"] = FindingPlaces.adding(place, to: body["documents"])
            if documents.isEmpty { body["place"] = .string(place) }
        }
        return .object(body)
    }
}

extension DocumentError {
    /// What is wrong as messages with places and remedies.
    ///
    /// - Parameter place: of the document that the error itself is about.
    package func findings(at place: (DocumentValidationMessage) -> SourcePlace? = { _ in nil }, own: SourcePlace? = nil)
        -> [Value]
    {
        guard messages.isEmpty else { return messages.map { $0.finding(at: place($0)) } }
        var body: Value.Object = ["error": true, "message": .string(message)]
        if let remedy { body["remedy"] = .string(remedy) }
        if let document {
            let subject: Value = [
                "layer": .string(document.layer ?? ""), "name": .string(document.name),
                "schema": .string(document.schema),
            ]
            body["documents"] = FindingPlaces.adding(own?.text, to: [subject])
        }
        return [.object(body)]
    }
}

/// Places of documents in messages.
package enum FindingPlaces {
    /// The documents of a message, the first of them with its place.
    package static func adding(_ place: String?, to documents: Value?) -> Value {
        var list = documents?.arrayValue ?? []
        guard let place, case .object(var first)? = list.first else { return .array(list) }
        first["place"] = .string(place)
        list[0] = .object(first)
        return .array(list)
    }
}
