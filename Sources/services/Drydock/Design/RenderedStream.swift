import Deckhand
import Documents
import OrderedCollections
import Primitives
import YAML

/// The rendered documents of this daemon's Deckhand as a client gets them: a stream of YAML, filtered by the query
/// (`docs/reference/deckhand.md` §10).
enum RenderedStream {
    /// The stream in UTF-8.
    ///
    /// - Parameter query: the text after the `?` of the address.
    /// - Throws: `DrydockError` `.invalid` for a query that is not understood; what rendering throws.
    static func bytes(_ documents: DocumentService, revision: Int, query: String) async throws -> [UInt8] {
        let filter = try filter(query)
        if filter == DocumentFilter() {
            return try await documents.renderedAnswer(revision: revision, .init(.yaml, isRedacted: false)).bytes
        }
        let views = try await documents.rendered(revision: revision).documents.map { DocumentView($0) }
        return YAML.dumpBytes(views.filter { filter.admits($0) && !$0.isValidationPolicy }.map(\.value))
    }

    static func filter(_ query: String) throws(DrydockError) -> DocumentFilter {
        var filter = DocumentFilter()
        for item in query.split(separator: "&") {
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentCoding.decodeExactly(parts[0], plusIsSpace: true),
                let value = PercentCoding.decodeExactly(parts.count > 1 ? parts[1] : "", plusIsSpace: true)
            else {
                throw DrydockError(
                    .invalid, "The query '\(query.prefix(200))' of a location in Deckhand cannot be read.")
            }
            switch name {
            case "schema": filter.schemas.append(value)
            case "metadata.name": filter.names.append(value)
            case "metadata.label": filter.labels.append(value)
            case "metadata.layeringDefinition.layer": filter.layers.append(value)
            case "status.bucket": filter.buckets.append(value)
            default:
                throw DrydockError(
                    .invalid,
                    "Locations in Deckhand are filtered by schema, metadata.name, metadata.label, "
                        + "metadata.layeringDefinition.layer and status.bucket, not by '\(name.prefix(100))'.")
            }
        }
        return filter
    }
}
