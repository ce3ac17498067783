import Documents
import Synchronization

/// Where things are written in the revisions that were asked about last: a text for each question.
final class PlaceCache: Sendable {
    typealias Places = [PlaceQuery: SourcePlace?]

    private static let revisionLimit = 8
    private static let placeLimit = 1000
    /// The one that was asked about last comes last.
    private let entries = Mutex<[(revision: RenderedRevision.Identity, places: Places)]>([])

    func places(of revision: RenderedRevision.Identity) -> Places {
        entries.withLock { entries in entries.first { $0.revision == revision }?.places ?? [:] }
    }

    func keep(_ places: Places, of revision: RenderedRevision.Identity) {
        entries.withLock { entries in
            entries.removeAll { $0.revision == revision }
            guard places.count <= Self.placeLimit else { return }
            entries.append((revision, places))
            entries = Array(entries.suffix(Self.revisionLimit))
        }
    }

    func removeAll() { entries.withLock { $0 = [] } }
}
