import Documents
import OrderedCollections
import Primitives
import YAML

/// The body of a PUT: a YAML stream whose entries are documents, parsed once.
package struct DocumentStream: Sendable {
    private let entries: [(value: Value, lines: LineMap)]
    private let files: [FileMark]

    /// - Throws: `.malformed` for what is no YAML.
    package init(_ body: [UInt8]) throws(DocumentError) {
        do throws(YAMLError) {
            entries = try YAML.loadWithLines(body)
        } catch {
            throw Self.malformed(error)
        }
        files = FileMark.marks(in: body)
    }

    /// The entries as they are, whatever they are.
    package var values: [Value] { entries.map(\.value) }

    /// The documents, with the lines of each, for `put`.
    ///
    /// - Parameter dropsEmpty: leaves out entries of nothing, such as stand between two joined files.
    /// - Throws: `.malformed` for entries that are no mappings, counted from 1 (`docs/reference/deckhand.md` §4).
    package func documents(
        dropsEmpty: Bool = false
    ) throws(DocumentError) -> (documents: [Value], lines: StreamLines) {
        let kept = dropsEmpty ? entries.filter { !$0.value.isNull } : entries
        let invalid = kept.indices.filter { kept[$0].value.objectValue?.isEmpty ?? true }
        guard invalid.isEmpty else {
            throw DocumentError(
                .malformed,
                "Expected a list of valid objects. Invalid entries found at following indexes: "
                    + "\(invalid.map { String($0 + 1) }.joined(separator: ",")).")
        }
        return (kept.map(\.value), StreamLines(maps: kept.map(\.lines), files: files))
    }

    package static func malformed(_ error: YAMLError) -> DocumentError {
        DocumentError(
            .malformed, "The request body must be properly formatted YAML. Details: \(error.message).")
    }
}
