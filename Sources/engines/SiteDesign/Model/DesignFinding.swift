import JSONSchema
import OrderedCollections
import Primitives
import YAML

extension DesignValidationMessage {
    /// As it stands in `messageList`, with all documents, and with the place and the remedy as further keys:
    /// `documents[].place`, `remedy`.
    ///
    /// - Parameters:
    ///   - document: in which it is written, as `DesignPlaces` finds it.
    ///   - place: where, `site/a.yaml:3`.
    ///   - spelling: how the scalar is written that is wrong, where that is not how it would be written again.
    package func finding(
        at moment: Timestamp, document: DocumentReference?, place: String?, spelling: String? = nil
    ) -> Value {
        guard case .object(var body) = body(at: moment) else { return .null }
        var references = documents
        if let document, let index = references.firstIndex(of: document) {
            references.remove(at: index)
            references.insert(document, at: 0)
        } else if let document {
            references.insert(document, at: 0)
        }
        var values = references.map(\.value)
        if let place, document != nil, case .object(var first)? = values.first {
            first["place"] = .string(place)
            values[0] = .object(first)
        }
        body["documents"] = .array(values)
        let spelled = offending.flatMap { SourceNotes.explanation(of: spelling, readAs: $0) }
        if let remedy = spelled.map({ $0 + "." }) ?? remedy { body["remedy"] = .string(remedy) }
        return .object(body)
    }
}
