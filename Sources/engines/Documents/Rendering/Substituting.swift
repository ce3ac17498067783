import Primitives
import PythonRegex

/// One entry of a document's `metadata.substitutions`, carried out (`docs/reference/deckhand.md` §7.7).
struct Substituting {
    let index: Int
    let substitution: Substitution
    let source: StoredDocument
    let destination: DocumentIdentity
    /// The destination's place in the graph if the rendering is traced.
    var tracedPlace: Int?
    /// Whether what is brought may hold something of an encrypted document, as everything does that its source holds
    /// where the source is known to.
    private(set) var isSecret: Bool
    /// What it did that can hardly be meant.
    private(set) var remarks: [SubstitutionRemark] = []

    init(
        index: Int, substitution: Substitution, source: StoredDocument, destination: DocumentIdentity,
        tracedPlace: Int? = nil, isSecret: Bool
    ) {
        self.index = index
        self.substitution = substitution
        self.source = source
        self.destination = destination
        self.tracedPlace = tracedPlace
        self.isSecret = isSecret
    }

    /// Puts what is found in `sourceData` into `tree`.
    ///
    /// - Parameter looksForSecrets: looks whether one was put into what is found by way of another document.
    mutating func apply(
        from sourceData: RenderNode, to tree: inout RenderTree, looksForSecrets: Bool,
        expressions: inout ExpressionCache,
        budget: inout RenderBudget
    ) throws(RenderingFailure) {
        let found = try value(in: sourceData, &expressions, &budget)
        if looksForSecrets, !isSecret {
            do {
                isSecret = try found.holdsSecret(&budget)
            } catch {
                throw RenderingFailure(error)
            }
        }
        let origin = tracedPlace == nil ? nil : try tracedOrigin(in: sourceData, &expressions, &budget)
        for (number, target) in substitution.destinations.enumerated() {
            do {
                let copy = try copy(of: found, origin, &budget)
                let value = try matched(copy, &expressions)
                value.origin = arrival(of: origin, destination: number)
                value.isSecret = isSecret
                try put(value, at: target, number, in: &tree, &expressions, &budget)
            } catch let error as JSONPathError {
                throw failure(target, error.message)
            } catch let error as PathCreationError {
                throw failure(target, error.problem)
            } catch RenderingProblem.text(let problem) {
                throw failure(target, problem)
            } catch RenderingProblem.limit(let error) {
                throw .limit(error)
            } catch {
                throw RenderingFailure(error)
            }
        }
    }

    private func copy(
        of node: RenderNode, _ origin: Origin?, _ budget: inout RenderBudget
    ) throws(RenderLimitError) -> RenderNode {
        guard substitution.isDeepCopy else { return try node.shallowCopy(&budget) }
        return origin == nil ? try node.deepCopy(&budget) : try node.tracedCopy(seen: origin, &budget)
    }

    private func failure(_ target: Substitution.Destination, _ problem: String) -> RenderingFailure {
        .document(
            .substitutionFailed(
                index, of: destination, from: substitution.source, path: target.path, problem: problem))
    }

    private func value(
        in sourceData: RenderNode, _ expressions: inout ExpressionCache, _ budget: inout RenderBudget
    ) throws(RenderingFailure) -> RenderNode {
        var found: RenderNode? = sourceData
        if sourceData.isMapping {
            do {
                found = try RenderTree(sourceData).first(try expressions.path(substitution.path), &budget)
            } catch let error as JSONPathError {
                throw .document(
                    .substitutionFailed(
                        index, of: destination, from: substitution.source, path: substitution.path,
                        problem: error.message))
            } catch {
                throw RenderingFailure(error)
            }
        }
        guard let found, !found.isNull else {
            throw .document(
                .sourceDataNotFound(
                    path: substitution.path, source: source.identity, destination: destination, index: index))
        }
        return found
    }

    /// The part of a text that `src.pattern` picks; the whole where it does not match.
    private func matched(
        _ node: RenderNode, _ expressions: inout ExpressionCache
    ) throws(RenderingProblem) -> RenderNode {
        guard let pattern = substitution.pattern else { return node }
        guard let text = node.plainValue?.stringValue else {
            throw .text("src.pattern needs a text in the source, but its value is none; remove the pattern")
        }
        let match: PythonRegex.Match?
        do {
            match = try expressions.pattern(pattern).search(in: text)
        } catch {
            throw .text("src.pattern: \(error.message)")
        }
        guard let match else { return node }
        guard match.groups.indices.contains(substitution.matchGroup) else {
            throw .text("src.pattern has no group \(substitution.matchGroup); correct match_group")
        }
        guard let part = match[substitution.matchGroup] else {
            throw .text("group \(substitution.matchGroup) of src.pattern took no part in the match")
        }
        return RenderNode(.string(part))
    }

    private mutating func put(
        _ value: RenderNode, at target: Substitution.Destination, _ number: Int, in tree: inout RenderTree,
        _ expressions: inout ExpressionCache, _ budget: inout RenderBudget
    ) throws {
        guard target.path == "$" || target.path.hasPrefix(".") || target.path.hasPrefix("$.") else {
            throw RenderingProblem.text("dest.path must begin with a dot")
        }
        let path = try expressions.path(target.path)
        if try !tree.matches(path, &budget) {
            if let near = tree.nearName(to: path) { remark(.nearName(near), number) }
            try tree.create(path, &budget)
        }
        guard let pattern = target.pattern else { return try set(value, at: path, in: &tree, &budget) }

        let places = try tree.places(path, &budget, limit: 2)
        guard let present = places.first?.node else { return }
        if places.count > 1, target.recurseDepth == nil { remark(.severalTexts, number) }
        let text = try value.value(&budget).pythonText
        let replacement: PatternReplacement
        do {
            replacement = PatternReplacement(
                try expressions.pattern(pattern), text: text, origin: value.origin, isSecret: isSecret)
        } catch {
            throw RenderingProblem.text("dest.pattern: \(error.message)")
        }
        if let depth = target.recurseDepth, present.isMapping || present.isList {
            return try replacement.applyRecursively(to: present, depth: depth, &budget)
        }
        guard let subject = present.plainValue?.stringValue else {
            throw DocumentError.missingPattern(pattern, path: target.path, destination: destination)
        }
        let result = try replacement.apply(to: subject, &budget)
        if result == subject, text != subject, try expressions.pattern(pattern).search(in: subject) == nil {
            remark(.patternAbsent(pattern), number)
        }
        let replaced = RenderNode(
            .string(result), origin: replacement.origin(in: present),
            isSecret: isSecret || present.isSecret)
        try set(replaced, at: path, in: &tree, &budget)
    }

    private mutating func remark(_ kind: SubstitutionRemark.Kind, _ number: Int) {
        remarks.append(SubstitutionRemark(kind: kind, destination: destination, index: index, number: number))
    }

    private func set(
        _ value: RenderNode, at path: JSONPath, in tree: inout RenderTree, _ budget: inout RenderBudget
    ) throws {
        guard path.isRoot else {
            for place in try tree.places(path, &budget) { tree.set(value, at: place) }
            return
        }
        if tree.root.isMapping, value.isMapping {
            tree.root.update(from: value)
            if isSecret { tree.root.isSecret = true }
            noteArrivals(of: value, at: tree.root)
        } else if try value.value(&budget).isFalsy {
            throw RenderingProblem.text("an empty value cannot replace the whole data; choose a path below the root")
        } else {
            tree.root = value
        }
    }
}
