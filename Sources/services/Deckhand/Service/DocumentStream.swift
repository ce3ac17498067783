import Documents
import OrderedCollections
import Primitives
import YAML

/// The body of a PUT: a YAML stream whose entries are documents.
package enum DocumentStream {
    /// - Parameter dropsEmpty: leaves out entries of nothing, such as stand between two joined files.
    /// - Throws: `.malformed` for what is no YAML, and for entries that are no mappings, counted from 1
    ///   (`spec/deckhand.md` §4).
    package static func parse(_ body: [UInt8], dropsEmpty: Bool = false) throws(DocumentError) -> [Value] {
        try parseWithLines(body, dropsEmpty: dropsEmpty).documents
    }

    /// As `parse`, with the lines of each document, for `put`.
    package static func parseWithLines(
        _ body: [UInt8], dropsEmpty: Bool = false
    ) throws(DocumentError) -> (documents: [Value], lines: StreamLines) {
        var entries: [(value: Value, lines: LineMap)]
        do throws(YAMLError) {
            entries = try YAML.loadWithLines(body)
        } catch {
            throw malformed(error)
        }
        if dropsEmpty { entries.removeAll(where: \.value.isNull) }
        let invalid = entries.indices.filter { entries[$0].value.objectValue?.isEmpty ?? true }
        guard invalid.isEmpty else {
            throw DocumentError(
                .malformed,
                "Expected a list of valid objects. Invalid entries found at following indexes: "
                    + "\(invalid.map { String($0 + 1) }.joined(separator: ",")).")
        }
        return (entries.map(\.value), StreamLines(maps: entries.map(\.lines), files: FileMark.marks(in: body)))
    }

    package static func malformed(_ error: YAMLError) -> DocumentError {
        DocumentError(
            .malformed, "The request body must be properly formatted YAML. Details: \(error.message).")
    }
}
