import Primitives

/// How a node of a traced rendering came to be: what was done last comes first, the writing of its value last.
///
/// Only traced renderings have origins; all others carry a nil.
struct Origin {
    var hops: [Hop]

    struct Hop {
        let cause: Cause
        /// The place in the graph of the document that it happened in.
        let document: Int
        /// Where a written value stands in its document's own data; empty for every other cause.
        var place = DataPlace()
        /// What was there before, where it was not nothing.
        var overridden: [Hop] = []
        /// Where the text came from that a pattern was replaced in.
        var text: [Hop] = []
        /// Of members that a substitution at the root left here, each still the source's own.
        var arrivals: [String: Origin] = [:]
    }

    enum Cause: Hashable {
        /// The document's own data; by an action where the document has a parent.
        case written(action: Int?)
        /// Taken over from the parent.
        case inherited
        /// Emptied by an action.
        case emptied(action: Int)
        case substituted(index: Int, destination: Int)
        /// Written through another document that shares the value (`docs/reference/deckhand.md` §7.7).
        case shared
    }

    init(_ hops: [Hop]) { self.hops = hops }

    init(writtenIn document: Int, at place: DataPlace = DataPlace(), action: Int? = nil) {
        hops = [Hop(cause: .written(action: action), document: document, place: place)]
    }

    /// The origin of what is written below.
    func child(_ step: DataPlace.Step) -> Origin {
        Origin(
            hops.map { hop in
                guard case .written = hop.cause else {
                    return Hop(cause: hop.cause, document: hop.document)
                }
                return Hop(cause: hop.cause, document: hop.document, place: hop.place.appending(step))
            })
    }

    func preceded(by hop: Hop) -> Origin { Origin([hop] + hops) }

    /// What this origin is to the document `self` belongs to when `below` is that of a node on the way down from here:
    /// shared nodes know only of the document that they came from.
    func descending(to below: Origin?) -> Origin {
        guard let below, let holder = below.hops.first?.document else { return self }
        if hops.first?.document == holder { return below }
        if let known = hops.firstIndex(where: { $0.document == holder }) {
            return Origin(hops[..<known].map { Hop(cause: $0.cause, document: $0.document) } + below.hops)
        }
        let arrivals = hops.prefix { if case .written = $0.cause { false } else { true } }
        return Origin(
            arrivals.map { Hop(cause: $0.cause, document: $0.document) } + [Hop(cause: .shared, document: holder)]
                + below.hops)
    }
}
