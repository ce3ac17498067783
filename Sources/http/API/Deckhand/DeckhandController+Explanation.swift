import Deckhand
import Documents
import OrderedCollections
import Primitives

extension DeckhandController {
    /// What `explain=PATH` on the rendered documents answers, in the place of the documents.
    func explanation(_ request: APIRequest, of path: String) async throws -> APIResponse {
        let query = request.query
        let maySeeAll = request.permits("deckhand:list_encrypted_documents")
        // Ours alone, so that nobody relies on seeing secrets who does not ask for them.
        let isRedacted = try query[DeckhandQuery.cleartext] != true
        let explanation = try await service.explain(
            revision: try request.revision(),
            identity: RenderedIdentity(
                schema: try Self.single(DeckhandQuery.schema, query), name: try Self.single(DeckhandQuery.name, query)),
            layer: try query[DeckhandQuery.layer].last, path: path.isEmpty ? "." : path,
            hidesSecrets: isRedacted || !maySeeAll, maySeeEncrypted: maySeeAll)
        return request.answer(explanation.value)
    }

    private static func single(_ parameter: QueryParameter<[String]>, _ query: QueryItems) throws -> String {
        let values = try query[parameter]
        guard let value = values.first, values.count == 1, !value.isEmpty else {
            throw RequestError.invalidParameter(
                "The \"\(parameter.name)\" parameter is invalid. To explain a value, name its document once: "
                    + "explain=.path&schema=NAMESPACE/KIND/VERSION&metadata.name=NAME.")
        }
        return value
    }
}
