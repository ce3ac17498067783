import OrderedCollections
import Primitives

/// Applies the actions of a child to a copy of its parent's data (`docs/reference/deckhand.md` §7.6).
struct Layering {
    let child: StoredDocument
    let parent: DocumentIdentity
    /// The child's place in the graph if the rendering is traced.
    let tracedPlace: Int?
    /// At first the parent's data, in the end the child's.
    private(set) var tree: RenderTree

    init(child: StoredDocument, parent: DocumentIdentity, parentData: RenderNode, tracedPlace: Int? = nil) {
        self.child = child
        self.parent = parent
        self.tracedPlace = tracedPlace
        tree = RenderTree(parentData)
    }

    mutating func apply(
        _ action: LayeringAction, index: Int, expressions: inout ExpressionCache, budget: inout RenderBudget
    ) throws(RenderingFailure) {
        let path: JSONPath
        do {
            path = try expressions.path(action.dataPath)
        } catch {
            throw .document(.badActionPath(action, document: child.identity, problem: error.message))
        }
        switch action.method {
        case "delete": try delete(path, action, index, &budget)
        case "merge": try put(path, action, index, merging: true, &budget)
        case "replace": try put(path, action, index, merging: false, &budget)
        default: throw .document(.unsupportedMethod(action, document: child.identity))
        }
    }

    /// Removes what is at `path`.
    ///
    /// Deckhand removes the first place, depth first, that *equals* what it found there. The real site airskiff has its
    /// charts' shape from that, so it is kept for mappings and lists; scalars, where it would hit anything, go by path.
    private mutating func delete(
        _ path: JSONPath, _ action: LayeringAction, _ index: Int, _ budget: inout RenderBudget
    ) throws(RenderingFailure) {
        if path.isRoot { return tree = empty(index) }
        do {
            guard let place = try tree.places(path, &budget, limit: 1).first, !place.node.isNull else {
                throw RenderingFailure.document(missing(action))
            }
            if place.node.isMapping || place.node.isList {
                let target = try place.node.value(&budget)
                let steps = try tree.root.value(&budget).stepsToFirst(equal: target) ?? path.steps
                if let first = try tree.places(JSONPath(steps), &budget, limit: 1).first { tree.remove(first) }
            } else {
                tree.remove(place)
            }
        } catch {
            throw RenderingFailure(error)
        }
    }

    private mutating func put(
        _ path: JSONPath, _ action: LayeringAction, _ index: Int, merging: Bool, _ budget: inout RenderBudget
    ) throws(RenderingFailure) {
        guard let addition = child.payload.first(at: path), !addition.isNull else {
            throw .document(missing(action))
        }
        let origin = origin(of: path, action: index)
        do {
            if merging, case .object = addition, let present = try tree.first(path, &budget), present.isMapping {
                return try present.merge(addition, origin: origin, &budget)
            }
            if path.isRoot { return tree = RenderTree(RenderNode(addition, origin: origin)) }
            // A parent without data counts as an empty one.
            if tree.root.isNull { tree = empty(index) }
            if try !tree.matches(path, &budget) { try tree.create(path, &budget) }
            let node = RenderNode(addition, origin: origin)
            for place in try tree.places(path, &budget) { tree.set(node, at: place) }
        } catch let error as PathCreationError {
            throw .document(.badActionPath(action, document: child.identity, problem: error.problem))
        } catch {
            throw RenderingFailure(error)
        }
    }

    private func missing(_ action: LayeringAction) -> DocumentError {
        .missingKey(action, parent: parent, child: child.identity)
    }
}

/// What stops a rendering: a document's fault, or the budget's end.
enum RenderingFailure: Error, CustomStringConvertible {
    case document(DocumentError)
    case limit(RenderLimitError)

    /// Any error of the types that rendering throws.
    init(_ error: any Error) {
        switch error {
        case let error as RenderingFailure: self = error
        case let error as DocumentError: self = .document(error)
        case let error as RenderLimitError: self = .limit(error)
        default: self = .document(DocumentError(.substitutionFailed, error.inWords))
        }
    }

    var description: String {
        switch self {
        case .document(let error): error.description
        case .limit(let error): error.description
        }
    }
}
