import Documents
import OrderedCollections
import Primitives
import YAML

/// The body of a PUT: a stream of YAML documents, parsed once.
package struct DocumentStream: Sendable {
    /// The entries of the stream, whatever their types.
    package let documents: [Value]
    /// The lines of the entries, for `DocumentService.draft`.
    package let lines: StreamLines

    /// Parses the stream.
    ///
    /// - Parameter dropsEmpty: leaves out empty entries, such as stand between two files that were joined.
    /// - Throws: `.malformed` for a body that is no YAML.
    package init(_ body: [UInt8], dropsEmpty: Bool = false) throws(DocumentError) {
        let body = DocumentText.withoutMarks(body)
        var entries: [SourceDocument]
        do throws(YAMLError) {
            entries = try YAML.loadSources(body)
        } catch {
            throw Self.malformed(error, in: FileMark.marks(in: body))
        }
        if dropsEmpty { entries.removeAll(where: \.value.isNull) }
        documents = entries.map(\.value)
        lines = StreamLines(entries, files: FileMark.marks(in: body))
    }

    /// Checks that every entry is a mapping.
    ///
    /// - Throws: `.malformed` for entries that are none, which it counts from 1 (`docs/reference/deckhand.md` §4).
    package func requireMappings() throws(DocumentError) {
        let invalid = documents.indices.filter { documents[$0].objectValue?.isEmpty ?? true }
        guard !invalid.isEmpty else { return }
        throw DocumentError(
            .malformed,
            "Expected a list of valid objects. Invalid entries found at following indexes: "
                + "\(invalid.map { String($0 + 1) }.joined(separator: ",")).")
    }

    /// The error for a body that is no YAML, with the parser's message.
    package static func malformed(_ error: YAMLError, in files: [FileMark] = []) -> DocumentError {
        var malformed = DocumentError(
            .malformed, "The request body must be properly formatted YAML. Details: \(error.message).")
        if let file = files.last(where: { $0.line < error.line }) {
            malformed.remedy = "Correct \(file.file):\(file.line(ofStreamLine: error.line)):\(error.column)."
        }
        return malformed
    }
}
