import OrderedCollections
import Primitives

/// Chooses nodes by name, tag, label and rack (`docs/reference/drydock.md` §8).
package struct NodeFilter: Sendable, Hashable {
    enum Combination: String, Sendable {
        case union
        case intersection
    }

    struct Criteria: Sendable, Hashable {
        /// nil: the filter has no say.
        var combination: Combination?
        var names: [String]
        var tags: [String]
        var racks: [String]
        var labels: Labels
    }

    private let combination: Combination
    private let set: [Criteria]

    /// - Throws: `BoatyardError` where `filter` is no filter: answer 400.
    package init(_ filter: Value) throws {
        guard case .object(let object) = filter else {
            throw Self.malformed("it must be an object with the keys 'filter_set_type' and 'filter_set'")
        }
        guard let text = object["filter_set_type"]?.stringValue, let combination = Combination(rawValue: text) else {
            throw Self.malformed("'filter_set_type' must be 'union' or 'intersection'")
        }
        guard let members = object["filter_set"]?.arrayValue else {
            throw Self.malformed("'filter_set' must be a list")
        }
        self.combination = combination
        set = try members.map(Self.criteria)
        if combination == .intersection, set.isEmpty { throw Self.malformed("an intersection of no filters") }
        if combination == .union, set.contains(where: \.isIgnored) {
            throw Self.malformed("a union of filters of which one has no criterion that counts")
        }
    }

    /// The names of the chosen nodes, each once, in the order of the design.
    ///
    /// - Returns: nil where no filter of the set has a say.
    package func apply(to nodes: [BaremetalNode]) -> [String]? {
        let choices = set.filter { !$0.isIgnored }
        guard !choices.isEmpty else { return nil }
        let prepared = choices.map(PreparedCriteria.init)
        return nodes.filter { node in
            combination == .union
                ? prepared.contains { $0.includes(node) } : prepared.allSatisfy { $0.includes(node) }
        }.map(\.name)
    }

    package func apply(to site: EffectiveSite) -> [String] { apply(to: site.nodes) ?? [] }

    /// All nodes for a null filter, else those that `filter` chooses.
    package static func names(_ filter: Value, in site: EffectiveSite) throws -> [String] {
        filter.isNull ? site.nodes.map(\.name) : try NodeFilter(filter).apply(to: site)
    }

    /// The names that a filter asks for and that `site` does not have, each once.
    ///
    /// - Throws: where `filter` is malformed.
    package static func unknownNames(_ filter: Value, in site: EffectiveSite) throws -> [String] {
        guard !filter.isNull else { return [] }
        var seen = Set(site.nodes.map(\.name))
        return try NodeFilter(filter).set.flatMap(\.names).filter { seen.insert($0).inserted }
    }

    private static func malformed(_ what: String) -> BoatyardError {
        BoatyardError("design.node_filter", "The node filter cannot be used: \(what).")
    }

    private static func criteria(_ value: Value) throws -> Criteria {
        guard case .object(let object) = value else { throw malformed("each member of 'filter_set' must be an object") }
        return Criteria(
            combination: object["filter_type"]?.stringValue.flatMap(Combination.init),
            names: try strings(object, "node_names"), tags: try strings(object, "node_tags"),
            racks: try strings(object, "rack_names"), labels: try labels(object, "node_labels"))
    }

    private static func strings(_ object: Value.Object, _ key: String) throws -> [String] {
        guard let value = object[key], !value.isNull else { return [] }
        guard let list = value.arrayValue else { throw malformed("'\(key)' must be a list of texts") }
        return try list.map {
            guard let text = $0.stringValue else { throw malformed("'\(key)' must be a list of texts") }
            return text
        }
    }

    private static func labels(_ object: Value.Object, _ key: String) throws -> Labels {
        guard let value = object[key], !value.isNull else { return [:] }
        guard let map = value.objectValue else { throw malformed("'\(key)' must be an object") }
        return map.compactMapValues(\.stringValue)
    }
}

extension NodeFilter.Criteria {
    var hasNoCriterion: Bool { names.isEmpty && tags.isEmpty && racks.isEmpty && labels.isEmpty }

    /// An intersection without criteria, or no known type: upstream's null, which joins with nothing.
    var isIgnored: Bool { combination == nil || combination == .intersection && hasNoCriterion }
}

/// Criteria as sets, so that a filter that names a thousand nodes stays linear.
private struct PreparedCriteria {
    let isUnion: Bool
    let names: Set<String>?
    let tags: Set<String>?
    let racks: Set<String>?
    let labels: Labels?

    init(_ criteria: NodeFilter.Criteria) {
        isUnion = criteria.combination == .union
        names = criteria.names.isEmpty ? nil : Set(criteria.names)
        tags = criteria.tags.isEmpty ? nil : Set(criteria.tags)
        racks = criteria.racks.isEmpty ? nil : Set(criteria.racks)
        labels = criteria.labels.isEmpty ? nil : criteria.labels
    }

    func includes(_ node: BaremetalNode) -> Bool {
        let verdicts = [
            names?.contains(node.name),
            tags.map { wanted in node.tags.contains { wanted.contains($0) } },
            racks.map { wanted in node.rack.map { wanted.contains($0) } ?? false },
            labels.map { wanted in wanted.contains { node.ownerData[$0] == $1 } },
        ].compactMap { $0 }
        return isUnion ? verdicts.contains(true) : verdicts.allSatisfy { $0 }
    }
}
